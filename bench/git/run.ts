// `npm run bench -- git [--json] [--long]`: what years of history and thousands of adoptions do to a server.
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "@sluice/node";
import { FlagRepository, flagKeys, flagPath, flagText } from "../../faults/rig/flag-repository.ts";
import { print, type Row } from "../../faults/rig/report.ts";
import { makeFolder, pause, startSluice, until } from "../../faults/rig/running.ts";
import { pssMib } from "../kill/measure.ts";

const COMMITS = 50_000;
const FEW_COMMITS = 10;
const FLAGS = 100;
const STARTS = 4;
const isLong = process.argv.includes("--long");
/** With `--long`, as many as somebody has in years. */
const ADOPTIONS = isLong ? 10_000 : 300;
/** Adopted before the first look at the memory, so that everything has run and been compiled once. */
const WARM_ADOPTIONS = 100;
const SETTLE_MS = 3_000;
const START_MS_MAX = 60_000;

const PROJECT =
  "project: history\nenvironments:\n  production: { name: Production }\n  staging: { name: Staging }\nteams:\n  team-drill: { name: Drill }\ncustomer: customer\nattributes:\n  plan: { type: string, values: [starter, pro], description: Booked. }\n";

/** A bare repository whose one branch has so many commits, each of one flag; the last flag that it changed and what it answers. */
function historyOf(folder: string, commits: number): { readonly flag: string; readonly answers: boolean } {
  const keys = flagKeys(FLAGS);
  const parts: string[] = [];
  const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;
  const file = (path: string, text: string): string => `M 100644 inline ${path}\n${data(text)}`;
  let last = { flag: "", answers: false };
  for (let at = 0; at < commits; at += 1) {
    parts.push(`commit refs/heads/main\ncommitter Ada <ada@plumbline.example> ${1_700_000_000 + at} +0000\n${data(`change ${at}`)}`);
    if (at === 0) parts.push(file("sluice.yaml", PROJECT), ...keys.map((key) => file(flagPath(key), flagText(key, "on"))));
    const flag = keys[at % FLAGS] ?? "";
    const variant = Math.floor(at / FLAGS) % 2 === 0 ? "off" : "on";
    parts.push(file(flagPath(flag), flagText(flag, variant)));
    last = { flag, answers: variant === "on" };
  }
  mkdirSync(folder, { recursive: true });
  const git = (args: readonly string[], input = ""): void => {
    const ran = spawnSync("git", args, { cwd: folder, input, encoding: "utf8", maxBuffer: 1 << 28 });
    if (ran.status !== 0) throw new Error(`git ${args[0]}: ${ran.stderr}`);
  };
  git(["init", "--quiet", "--bare", "--initial-branch=main"]);
  git(["fast-import", "--quiet", "--done"], `${parts.join("")}done\n`);
  return last;
}

/** Milliseconds of a first start, with no data folder, until an SDK answers as the newest commit says. */
async function firstStartMs(source: string, { flag, answers }: ReturnType<typeof historyOf>): Promise<number> {
  const folder = makeFolder("bench-history");
  try {
    const start = performance.now();
    const running = await startSluice({ data: join(folder.path, "data"), source });
    const client = createClient({ url: running.url, key: running.sdkKey, environment: "production", service: "bench" });
    try {
      await until(
        "the newest commit is served",
        () => (client.version !== undefined && client.getBoolean(flag, !answers) === answers ? true : undefined),
        START_MS_MAX,
      );
      return performance.now() - start;
    } finally {
      await client.close();
      await running.supervised.stop();
    }
  } finally {
    folder.remove();
  }
}

async function historyRows(): Promise<readonly Row[]> {
  const folder = makeFolder("bench-commits");
  try {
    const sources = [FEW_COMMITS, COMMITS].map((commits) => {
      const source = join(folder.path, String(commits));
      return { source, last: historyOf(source, commits), ms: Number.POSITIVE_INFINITY };
    });
    // In turn, so that a machine that is busy for a while is so for both.
    for (let turn = 0; turn < STARTS; turn += 1) for (const one of sources) one.ms = Math.min(one.ms, await firstStartMs(one.source, one.last));
    const [few, many] = sources.map(({ ms }) => ms);
    return [
      { key: "history50000.startRatio", value: (many ?? Number.NaN) / (few ?? Number.NaN), target: "<= 1.2" },
      { key: "history50000.startMs", value: many ?? Number.NaN, target: "" },
      { key: "history10.startMs", value: few ?? Number.NaN, target: "" },
    ];
  } finally {
    folder.remove();
  }
}

/** Memory of API and fan-out after some adoptions, and after many more. */
async function adoptionRows(): Promise<readonly Row[]> {
  const folder = makeFolder("bench-adoptions");
  try {
    const keys = flagKeys(FLAGS);
    const repository = new FlagRepository(join(folder.path, "flags"), keys);
    const running = await startSluice({ data: join(folder.path, "data"), source: repository.folder, pollMs: 3_600_000 });
    const client = createClient({ url: running.url, key: running.sdkKey, environment: "production", service: "bench" });
    try {
      await client.ready();
      let adopted = 0;
      const adopt = async (count: number): Promise<void> => {
        for (const end = adopted + count; adopted < end; adopted += 1) {
          const key = keys[adopted % FLAGS] ?? "";
          const isOn = Math.floor(adopted / FLAGS) % 2 === 1;
          repository.write(flagPath(key), flagText(key, isOn ? "on" : "off"));
          repository.commit(`adoption ${adopted}`);
          await fetch(`${running.url}/hooks/git`, { method: "POST", body: "{}" });
          await until(`${key} is ${isOn ? "on" : "off"}`, () => (client.getBoolean(key, !isOn) === isOn ? true : undefined));
        }
      };
      const memory = async (): Promise<number> => {
        await pause(SETTLE_MS);
        return pssMib(running.supervised.pids.api) + pssMib(running.supervised.pids.fanout);
      };
      await adopt(WARM_ADOPTIONS);
      const before = await memory();
      await adopt(ADOPTIONS);
      const after = await memory();
      return [
        { key: `adoptions${ADOPTIONS}.growthMib`, value: after - before, target: "" },
        { key: `adoptions${ADOPTIONS}.mib`, value: after, target: "" },
      ];
    } finally {
      await client.close();
      await running.supervised.stop();
    }
  } finally {
    folder.remove();
  }
}

const rows = [...(await historyRows()), ...(await adoptionRows())];
print({
  name: "git",
  rows,
  notes: `history: a first start with no data folder until an SDK answers as the newest of ${COMMITS} commits says, to the same with ${FEW_COMMITS}; least of ${STARTS}. adoptions: PSS of API and fan-out ${SETTLE_MS / 1000} s after ${ADOPTIONS} commits more were adopted, one by one${isLong ? "" : "; 10,000 with --long"}.`,
});
