// `npm run bench -- git [--json] [--long] [--adoptions N]`: what years of history and thousands of adoptions do to a server.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "@sluice/node";
import { flagKeys, flagPath, flagText } from "../../faults/rig/flag-repository.ts";
import { numberOption, print, type Row } from "../../faults/rig/report.ts";
import { makeFolder, pause, startSluice, until } from "../../faults/rig/running.ts";
import { pssMib } from "../kill/measure.ts";

const COMMITS = 50_000;
const FEW_COMMITS = 10;
const FLAGS = 100;
const STARTS = 4;
const isLong = process.argv.includes("--long");
/** With `--long`, as many as somebody has in years. */
const ADOPTIONS = process.argv.includes("--adoptions") ? numberOption("--adoptions", 0) : isLong ? 10_000 : 300;
/** Looks at the memory on the way: what is flat is so everywhere. */
const LOOKS = 10;
/**
 * Adopted before the first look at the memory, so that everything has run and been compiled once; with `--long` as many as the decisions
 * remember for reverts (`ADOPTIONS_MAX`), so that what is filled once is full.
 */
const WARM_ADOPTIONS = isLong ? 1_100 : 100;
const SETTLE_MS = 3_000;
const START_MS_MAX = 60_000;

const PROJECT =
  "project: history\nenvironments:\n  production: { name: Production }\n  staging: { name: Staging }\nteams:\n  team-drill: { name: Drill }\ncustomer: customer\nattributes:\n  plan: { type: string, values: [starter, pro], description: Booked. }\n";

/** What the commit at a place of the history changes, and what it answers from then on. */
const changeAt = (at: number): { readonly flag: string; readonly answers: boolean } => ({
  flag: flagKeys(FLAGS)[at % FLAGS] ?? "",
  answers: Math.floor(at / FLAGS) % 2 === 1,
});

/** A bare repository whose one branch has so many commits, each of one flag. */
function historyOf(folder: string, commits: number): void {
  const keys = flagKeys(FLAGS);
  const parts: string[] = [];
  const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;
  const file = (path: string, text: string): string => `M 100644 inline ${path}\n${data(text)}`;
  for (let at = 0; at < commits; at += 1) {
    parts.push(`commit refs/heads/main\ncommitter Ada <ada@plumbline.example> ${1_700_000_000 + at} +0000\n${data(`change ${at}`)}`);
    if (at === 0) parts.push(file("sluice.yaml", PROJECT), ...keys.map((key) => file(flagPath(key), flagText(key, "on"))));
    const { flag, answers } = changeAt(at);
    parts.push(file(flagPath(flag), flagText(flag, answers ? "on" : "off")));
  }
  mkdirSync(folder, { recursive: true });
  gitIn(folder, ["init", "--quiet", "--bare", "--initial-branch=main"]);
  gitIn(folder, ["fast-import", "--quiet", "--done"], `${parts.join("")}done\n`);
}

function gitIn(folder: string, args: readonly string[], input = ""): string {
  const ran = spawnSync("git", args, { cwd: folder, input, encoding: "utf8", maxBuffer: 1 << 28 });
  if (ran.status !== 0) throw new Error(`git ${args[0]}: ${ran.stderr}`);
  return ran.stdout;
}

/** Milliseconds of a first start, with no data folder, until an SDK answers as the newest commit says. */
async function firstStartMs(source: string, { flag, answers }: ReturnType<typeof changeAt>): Promise<number> {
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
      historyOf(source, commits);
      return { source, last: changeAt(commits - 1), ms: Number.POSITIVE_INFINITY };
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

/** Memory of API and fan-out after some adoptions, and after many more; the host's branch is moved along a history that is there already. */
async function adoptionRows(): Promise<readonly Row[]> {
  const folder = makeFolder("bench-adoptions");
  try {
    const bare = join(folder.path, "flags.git");
    historyOf(bare, WARM_ADOPTIONS + ADOPTIONS + 1);
    const commits = gitIn(bare, ["rev-list", "--reverse", "main"]).trim().split("\n");
    const moveTo = (at: number): void => writeFileSync(join(bare, "refs/heads/main"), `${commits[at] ?? ""}\n`);
    moveTo(0);
    const running = await startSluice({ data: join(folder.path, "data"), source: bare, pollMs: 3_600_000 });
    const client = createClient({ url: running.url, key: running.sdkKey, environment: "production", service: "bench" });
    try {
      await client.ready();
      let adopted = 0;
      const adopt = async (count: number): Promise<void> => {
        for (const end = adopted + count; adopted < end;) {
          adopted += 1;
          moveTo(adopted);
          const { flag, answers } = changeAt(adopted);
          const isServed = new Promise<void>((resolve, reject) => {
            const timer = setTimeout(() => reject(new Error(`commit ${adopted} is not served`)), START_MS_MAX);
            const end = client.onChange(() => {
              if (client.getBoolean(flag, !answers) !== answers) return;
              clearTimeout(timer);
              end();
              resolve();
            });
          });
          await fetch(`${running.url}/hooks/git`, { method: "POST", body: "{}" });
          await isServed;
        }
      };
      const memory = async (): Promise<number> => {
        await pause(SETTLE_MS);
        const [api, fanout] = [pssMib(running.supervised.pids.api), pssMib(running.supervised.pids.fanout)];
        process.stderr.write(`after ${adopted} adoptions: API ${api.toFixed(0)} MiB, fan-out ${fanout.toFixed(0)} MiB\n`);
        return api + fanout;
      };
      await adopt(WARM_ADOPTIONS);
      const looks = [await memory()];
      const start = performance.now();
      for (let look = 0; look < LOOKS; look += 1) {
        await adopt(Math.round(((look + 1) * ADOPTIONS) / LOOKS) - Math.round((look * ADOPTIONS) / LOOKS));
        looks.push(await memory());
      }
      const eachMs = (performance.now() - start - LOOKS * SETTLE_MS) / ADOPTIONS;
      return [
        { key: `adoptions${ADOPTIONS}.growthMib`, value: (looks.at(-1) ?? Number.NaN) - (looks[0] ?? Number.NaN), target: "" },
        { key: `adoptions${ADOPTIONS}.mib`, value: looks.at(-1) ?? Number.NaN, target: "" },
        { key: `adoptions${ADOPTIONS}.eachMs`, value: eachMs, target: "" },
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
