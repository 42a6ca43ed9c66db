import { readFileSync } from "node:fs";
import type { FlagRepository } from "../../faults/rig/flag-repository.ts";
import { flagPath, flagText } from "../../faults/rig/flag-repository.ts";
import { msBetween } from "../../faults/rig/report.ts";
import { kill, lift, newCommand, pause, type Running } from "../../faults/rig/running.ts";
import type { Fleet } from "../../faults/rig/sdk-fleet.ts";
import type { StreamCrowd } from "../../faults/rig/stream-crowd.ts";

/** Between two decisions: confirms of the last one have come back. */
const CALM_MS = 120;

export interface Asked {
  readonly running: Running;
  readonly flag: string;
  readonly rounds: number;
}

/** One number per process and round: from before the request was sent to the first changed `getBoolean` in that process. */
export async function killRounds(fleet: Fleet, { running, flag, rounds }: Asked): Promise<readonly number[]> {
  const times: number[] = [];
  await fleet.read(flag, true);
  for (let round = 0; round < rounds; round += 1) {
    await pause(CALM_MS + Math.random() * CALM_MS);
    const sentNs = process.hrtime.bigint();
    const { kill: id } = await kill(running, [flag]);
    for (const atNs of await fleet.read(flag, false)) times.push(msBetween(sentNs, atNs));
    await pause(CALM_MS);
    await lift(running, id);
    await fleet.read(flag, true);
  }
  return times;
}

export interface CrowdTimes {
  /** Of each round: until the last of the connections had it. */
  readonly all: readonly number[];
  readonly half: readonly number[];
}

/** Kills against bare connections: when the last byte-reader of the crowd had the patch. */
export async function crowdRounds(crowd: StreamCrowd, { running, flag, rounds }: Asked): Promise<CrowdTimes> {
  const all: number[] = [];
  const half: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await pause(CALM_MS * 2);
    const armed = await crowd.arm();
    const sentNs = process.hrtime.bigint();
    const { kill: id } = await kill(running, [flag]);
    const times = (await armed.all).map((atNs) => msBetween(sentNs, atNs)).toSorted((a, b) => a - b);
    all.push(times.at(-1) ?? Number.NaN);
    half.push(times[times.length >> 1] ?? Number.NaN);
    await pause(CALM_MS);
    await lift(running, id);
  }
  return { all, half };
}

/** From before `git commit` is started to the changed answer in every process; the hook is rung as a Git host would. */
export async function pushRounds(fleet: Fleet, repository: FlagRepository, { running, flag, rounds }: Asked): Promise<readonly number[]> {
  const times: number[] = [];
  await fleet.read(flag, true);
  for (let round = 0; round < rounds; round += 1) {
    const variant = round % 2 === 0 ? "off" : "on";
    await pause(CALM_MS);
    repository.write(flagPath(flag), flagText(flag, variant));
    const startNs = process.hrtime.bigint();
    repository.commit(`Round ${round}: ${flag} is ${variant}`);
    const reply = await running.ask("POST", "/hooks/git", {}, {});
    if (reply.status !== 202) throw new Error(`the hook was answered ${reply.status}`);
    for (const atNs of await fleet.read(flag, variant === "on")) times.push(msBetween(startNs, atNs));
  }
  return times;
}

interface PastForm {
  readonly seq: number;
}

/** From before a revert to the form before the newest is asked for to its answer in every process; each is ended again, so that Git is followed. */
export async function revertRounds(fleet: Fleet, { running, flag, rounds }: Asked): Promise<readonly number[]> {
  const { history } = (await running.ask("GET", `/api/flags/${flag}`)).body as { readonly history: readonly PastForm[] };
  const [newest, before] = history.toSorted((a, b) => b.seq - a.seq);
  if (newest === undefined || before === undefined) throw new Error(`${flag} has ${history.length} forms: none to go back to`);
  const times: number[] = [];
  await fleet.read(flag, true);
  for (let round = 0; round < rounds; round += 1) {
    await pause(CALM_MS + Math.random() * CALM_MS);
    const startNs = process.hrtime.bigint();
    const reply = await running.ask("POST", "/api/reverts", { command: newCommand(), environment: "production", flag, toSeq: before.seq });
    const { outcome, revert } = reply.body as { readonly outcome?: string; readonly revert?: string };
    if (outcome !== "reverted" || revert === undefined) throw new Error(`the revert was answered ${reply.status} ${JSON.stringify(reply.body)}`);
    for (const atNs of await fleet.read(flag, false)) times.push(msBetween(startNs, atNs));
    const ended = await running.ask("POST", `/api/reverts/${revert}/end`, { command: newCommand() });
    if (ended.status !== 200) throw new Error(`the end of a revert was answered ${ended.status} ${JSON.stringify(ended.body)}`);
    await fleet.read(flag, true);
  }
  return times;
}

/** Keeps the API's thread busy until the work is done. */
export async function whileApiSpins<T>(running: Running, work: () => Promise<T>): Promise<T> {
  let over = false;
  let spins = 0;
  const spinning = (async (): Promise<void> => {
    while (!over) {
      const reply = await fetch(`${running.apiUrl}/internal/v1/spin?ms=5000`, { method: "POST" });
      if (reply.status !== 204) throw new Error(`spin was answered ${reply.status}`);
      spins += 1;
    }
  })();
  await pause(100);
  const working = work();
  try {
    await working;
  } finally {
    over = true;
    await spinning;
  }
  // Of work that is over sooner than one spin, the spin that was under way is counted by now.
  if (spins === 0) throw new Error("the API's thread was never kept busy");
  return working;
}

/** Proportional set size of a process in MiB: shared pages count by their share. */
export function pssMib(pid: number | undefined): number {
  if (pid === undefined) throw new Error("the process is not running");
  const found = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"));
  if (found === null) throw new Error(`no PSS of process ${pid}`);
  return Number(found[1]) / 1024;
}
