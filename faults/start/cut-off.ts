import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, pause } from "../rig/running.ts";
import { Tally } from "../rig/tally.ts";
import { Checkout } from "./checkout.ts";
import { startsNow } from "./refusal.ts";

/** Where a cold start is when it is cut off: the line that it has just printed. */
const STAGES: readonly RegExp[] = [/^Bringing|Bringing the one pinned/m, /^Installing dependencies/m, /^Building/m, /^\s+Sluice\s+http/m];
/** The stages take from half a second to some seconds with a full cache: a later cut in each round. */
const STEP_MS = 400;

/** A cold start is ended with kill -9 while it downloads Node 24, installs, builds, has just begun to serve; then it is simply started again. */
export async function cutOff(rounds: number): Promise<Tally> {
  const tally = new Tally("cutOff");
  const place = makeFolder("cut-off");
  try {
    const cache = join(place.path, "cache");
    for (let round = 0; round < rounds; round += 1) {
      const checkout = new Checkout(join(place.path, `round-${round}`), cache);
      for (const [index, stage] of STAGES.entries()) {
        const cut = await checkout.start();
        await cut.says(stage);
        await pause(STEP_MS * (round + (index === 0 ? 1 : 0)));
        await cut.end("SIGKILL");
      }
      await startsNow(tally, await checkout.start());
      const halves = readdirSync(join(checkout.folder, ".build")).filter((name) => name.startsWith("dist-"));
      tally.expect(halves.length === 0, `halves of builds were left: ${halves.join(", ")}`);
      const changed = execFileSync("git", ["status", "--porcelain"], { cwd: checkout.folder, encoding: "utf8" });
      tally.expect(changed === "", `files of the project were changed:\n${changed}`);
      tally.rounds += 1;
    }
  } finally {
    place.remove();
  }
  return tally;
}
