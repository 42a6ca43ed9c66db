import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, pause, until } from "../rig/running.ts";
import { mustCome, Tally } from "../rig/tally.ts";
import { Checkout, type Start } from "./checkout.ts";
import { startsNow } from "./refusal.ts";

/** Later in each round, so that the cut falls on other bytes. */
const LATER_MS = 120;
/** Of some two hundred. */
const PACKAGES_STEP = 30;

/** When a cold start is cut off. */
interface Stage {
  readonly name: string;
  /** The line that it has just printed; a start whose build is there prints none before its data. */
  readonly line?: RegExp;
  /** Is the work of the stage half done? */
  readonly isHalf: (folder: string, round: number) => boolean;
  /** Written last by a start that got through the stage. */
  readonly stamp: string;
}

const STAGES: readonly Stage[] = [
  {
    name: "runtime",
    line: /Bringing the one pinned/,
    isHalf: (folder) =>
      entries(join(folder, "tools/runtime/node_modules")).some((name) => existsSync(join(folder, "tools/runtime/node_modules", name, "bin/node"))),
    stamp: "tools/runtime/node_modules/.sluice-installed",
  },
  {
    name: "dependencies",
    line: /^Installing dependencies/m,
    isHalf: (folder, round) => entries(join(folder, "node_modules")).length > PACKAGES_STEP * round,
    stamp: "node_modules/.sluice-installed",
  },
  { name: "build", line: /^Building/m, isHalf: (folder) => entries(join(folder, ".build")).some((name) => name.startsWith("dist-")), stamp: "dist/.built" },
  { name: "data", isHalf: (folder) => existsSync(join(folder, ".sluice")), stamp: ".sluice/address" },
];

const entries = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder) : []);

/** Ends the start in the middle of the stage; true where it was the middle. */
async function cut(start: Start, checkout: Checkout, stage: Stage, round: number): Promise<boolean> {
  if (stage.line !== undefined) await start.says(stage.line);
  await until(`${stage.name} is half done`, () => (stage.isHalf(checkout.folder, round) || start.code !== undefined ? true : undefined), 60_000);
  await pause(LATER_MS * round);
  await start.end("SIGKILL");
  return stage.isHalf(checkout.folder, round) && !existsSync(join(checkout.folder, stage.stamp));
}

async function cutInEachStage(checkout: Checkout, round: number, halves: Map<string, number>): Promise<void> {
  for (const stage of STAGES) if (await cut(await checkout.start(), checkout, stage, round)) halves.set(stage.name, (halves.get(stage.name) ?? 0) + 1);
}

/** A cold start is ended with kill -9 in the middle of the runtime, of the dependencies, of the build, of the data folder; then it is simply started again. */
export async function cutOff(rounds: number): Promise<Tally> {
  const tally = new Tally("cutOff");
  const place = makeFolder("cut-off");
  const halves = new Map(STAGES.map(({ name }) => [name, 0]));
  try {
    const cache = join(place.path, "cache");
    for (let round = 0; round < rounds; round += 1) {
      const checkout = new Checkout(join(place.path, `round-${round}`), cache);
      await mustCome(cutInEachStage(checkout, round, halves), (why) => tally.lose(why));
      await startsNow(tally, await checkout.start());
      const left = entries(join(checkout.folder, ".build")).filter((name) => name.startsWith("dist-"));
      tally.expect(left.length === 0, `halves of builds were left: ${left.join(", ")}`);
      const changed = execFileSync("git", ["status", "--porcelain"], { cwd: checkout.folder, encoding: "utf8" });
      tally.expect(changed === "", `files of the project were changed:\n${changed}`);
      tally.rounds += 1;
    }
    for (const [name, count] of halves) tally.also(`${name}Halves`, count, "> 0");
    for (const name of ["runtime", "dependencies"]) tally.expect((halves.get(name) ?? 0) > 0, `no cut fell into the middle of ${name}`);
  } finally {
    place.remove();
  }
  return tally;
}
