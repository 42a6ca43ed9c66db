import { join } from "node:path";
import { FlagRepository, flagKeys } from "../rig/flag-repository.ts";
import { connected, kill, lift, makeFolder, pause, type Running, startSluice, until } from "../rig/running.ts";
import { Fleet } from "../rig/sdk-fleet.ts";
import { mustCome, Tally } from "../rig/tally.ts";

const PROCESSES = 8;
const STOPPED = 3;
/** A person who waits for a kill looks at names by then. */
const NAMED_WITHIN_MS = 5_000;
const LOOK_EVERY_MS = 50;
const FLAG = "area-3.flag-3";

interface Receipt {
  readonly of: number;
  readonly confirmed: number;
  readonly laggards: readonly { readonly service?: string }[];
  readonly done: boolean;
}

async function receiptWhen(running: Running, id: string, isIt: (receipt: Receipt) => boolean, maxMs: number): Promise<Receipt> {
  const end = performance.now() + maxMs;
  for (;;) {
    const receipt = (await running.ask("GET", `/api/kills/${id}/receipt`)).body as Receipt;
    if (isIt(receipt) || performance.now() > end) return receipt;
    await pause(LOOK_EVERY_MS);
  }
}

async function round(running: Running, fleet: Fleet, tally: Tally): Promise<void> {
  await until("every process is connected", async () => ((await connected(running)) === PROCESSES ? true : undefined));
  const chosen = fleet.pids.map((pid, index) => ({ pid, service: fleet.services[index] ?? "", order: Math.random() })).toSorted((a, b) => a.order - b.order);
  const stopped = chosen.slice(0, STOPPED);
  for (const { pid } of stopped) process.kill(pid, "SIGSTOP");
  const start = performance.now();
  const { kill: id } = await kill(running, [FLAG]);
  await mustCome(
    fleet.read(
      FLAG,
      false,
      10_000,
      chosen.slice(STOPPED).map(({ pid }) => pid),
    ),
    (why) => tally.lose(`those that run: ${why}`),
  );
  const receipt = await receiptWhen(running, id, ({ laggards }) => laggards.length > 0, NAMED_WITHIN_MS);
  tally.waited(performance.now() - start);
  const named = receipt.laggards
    .map(({ service }) => service ?? "?")
    .toSorted()
    .join(" ");
  const expected = stopped
    .map(({ service }) => service)
    .toSorted()
    .join(" ");
  tally.expect(named === expected, `named: ${named}; stopped: ${expected}`);
  tally.expect(
    receipt.of === PROCESSES && receipt.confirmed === PROCESSES - STOPPED && !receipt.done,
    `the receipt says ${receipt.confirmed} of ${receipt.of}, done ${receipt.done}`,
  );
  for (const { pid } of stopped) process.kill(pid, "SIGCONT");
  await mustCome(fleet.read(FLAG, false), (why) => tally.lose(why));
  const last = await receiptWhen(running, id, ({ done, confirmed }) => done && confirmed === PROCESSES, 20_000);
  tally.expect(last.done && last.confirmed === PROCESSES && last.laggards.length === 0, `after they went on, the receipt says ${JSON.stringify(last)}`);
  await lift(running, id);
  await fleet.read(FLAG, true);
}

/** Three application processes hang (SIGSTOP) while a flag is killed: the receipt names exactly those three. */
export async function stoppedSdks(rounds: number, run: "bundle" | "sources" = "bundle"): Promise<Tally> {
  const tally = new Tally("sigstop");
  const folder = makeFolder("sigstop");
  const repository = new FlagRepository(join(folder.path, "flags"), flagKeys(20));
  const running = await startSluice({ data: join(folder.path, "data"), source: repository.folder, pollMs: 30_000, run });
  try {
    const fleet = await Fleet.start({ count: PROCESSES, url: running.url, key: running.sdkKey, watch: [FLAG], pollMs: 10, folder: folder.path });
    try {
      for (let index = 0; index < rounds; index += 1) {
        await round(running, fleet, tally);
        tally.rounds += 1;
      }
    } finally {
      await fleet.stop();
    }
  } finally {
    await running.supervised.stop();
    folder.remove();
  }
  return tally;
}
