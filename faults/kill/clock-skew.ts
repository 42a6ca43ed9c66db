import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { flagKeys } from "../rig/flag-repository.ts";
import { kill, lift, makeFolder, newCommand, type Running, startSluice, until } from "../rig/running.ts";
import { killAtRelay, relayKeyOf, type RunningRelay, startRelay, untilServes } from "../rig/running-relay.ts";
import { FlagRepository } from "../rig/flag-repository.ts";
import { Fleet } from "../rig/sdk-fleet.ts";
import { mustCome, Tally } from "../rig/tally.ts";
import { LogReader } from "../rig/witness.ts";

const DAY_MS = 24 * 60 * 60_000;
const IN_FORCE_MS_MAX = 2_000;
/** How far a clock may be from where it was set, for the drill to have set it. */
const CLOCK_MS = 30_000;
const HELD = "area-9.flag-9";

/** How wrong the clocks are, in days. SDK processes: one right, one a day ahead, one a day behind. */
interface Setting {
  readonly server: number;
  readonly relay: number;
}
/** One after the other over the same data: from one to the next the server's clock jumps, two days back at the most. */
const SETTINGS: readonly Setting[] = [
  { server: 1, relay: -1 },
  { server: -1, relay: 1 },
  { server: 0, relay: -1 },
];
const SDKS: readonly number[] = [0, 1, -1];

/** Environment of a process whose clock is `days` off. */
export function skewed(days: number): Readonly<Record<string, string>> {
  if (days === 0) return {};
  const clock = fileURLToPath(new URL("../rig/skewed-clock.ts", import.meta.url));
  return { NODE_OPTIONS: `--disable-warning=ExperimentalWarning --import=${clock}`, SLUICE_DRILL_SKEW_MS: String(days * DAY_MS) };
}

interface Drill {
  readonly server: Running;
  readonly relay: RunningRelay;
  /** Half of its processes at the server, half behind the relay. */
  readonly fleets: readonly Fleet[];
  readonly log: LogReader;
  readonly tally: Tally;
}

async function everywhere(fleets: readonly Fleet[], flag: string, value: boolean, maxMs: number): Promise<void> {
  await Promise.all(fleets.map((fleet) => fleet.read(flag, value, maxMs)));
}

async function round({ server, relay, fleets, log, tally }: Drill, { server: days }: Setting, flag: string, isAtRelay: boolean): Promise<void> {
  const command = newCommand();
  const askedMs = performance.now();
  let id: string;
  if (isAtRelay) id = await killAtRelay(relay, flag, command);
  else {
    const killed = await kill(server, [flag], command);
    id = killed.kill;
    const offMs = (killed.undoUntilMs ?? 0) - 60_000 - Date.now() - days * DAY_MS;
    tally.expect(Math.abs(offMs) < CLOCK_MS, `the server's clock is ${offMs} ms from where the drill set it`);
  }
  await mustCome(everywhere(fleets, flag, false, IN_FORCE_MS_MAX), (why) => tally.lose(`${id}: ${why}`));
  tally.waited(performance.now() - askedMs);
  await mustCome(
    until(`${id} is in the log`, async () => ((await log.withCommand(command)).length === 1 ? true : undefined)),
    (why) => tally.lose(why),
  );
  // Undone within its minute, by the same person, whatever the clock says; or lifted.
  const undo = isAtRelay ? undefined : await server.ask("POST", `/api/kills/${id}/undo`, { command: newCommand() });
  tally.expect(undo === undefined || undo.status === 200, `the undo was answered ${undo?.status} ${JSON.stringify(undo?.body)}`);
  if (undo === undefined) await lift(server, id);
  await mustCome(everywhere(fleets, flag, true, 20_000), (why) => tally.fault(`after the lift: ${why}`));
  tally.rounds += 1;
}

/** Servers, relays and SDKs with clocks a day ahead, a day behind, and set from one to the other between two starts. */
export async function clockSkew(rounds: number, run: "bundle" | "sources" = "bundle"): Promise<Tally> {
  const tally = new Tally("clockSkew");
  const folder = makeFolder("clock-skew");
  try {
    const keys = flagKeys(8);
    const source = new FlagRepository(join(folder.path, "flags"), flagKeys(20)).folder;
    const settings = SETTINGS.slice(0, rounds);
    let held: string | undefined;
    for (const [at, setting] of settings.entries()) {
      const data = join(folder.path, "data");
      const server = await startSluice({ data, source, run, environment: skewed(setting.server) });
      const relay = await startRelay({
        data: join(folder.path, "relay"),
        upstream: server.url,
        key: relayKeyOf(data),
        run,
        environment: skewed(setting.relay),
      });
      const fleets: Fleet[] = [];
      try {
        await untilServes(relay);
        for (const url of [server.url, relay.url])
          fleets.push(
            await Fleet.start({
              count: SDKS.length,
              url,
              key: server.sdkKey,
              watch: [...keys, HELD],
              pollMs: 10,
              folder: folder.path,
              environments: SDKS.map(skewed),
            }),
          );
        const log = await LogReader.open(server);
        // A kill of an earlier setting, of yesterday or of tomorrow, is in force.
        if (held !== undefined)
          await mustCome(everywhere(fleets, HELD, false, IN_FORCE_MS_MAX), (why) => tally.lose(`${held} over a jump of the clock: ${why}`));
        else held = (await kill(server, [HELD])).kill;
        const share = Math.floor(((at + 1) * rounds) / settings.length) - Math.floor((at * rounds) / settings.length);
        for (let index = 0; index < share; index += 1)
          await round({ server, relay, fleets, log, tally }, setting, keys[index % keys.length] ?? "", index % 2 === 1);
        for (const why of await log.faults()) tally.fault(why);
        await log.close();
      } finally {
        for (const fleet of fleets) await fleet.stop();
        await relay.supervised.stop();
        await server.supervised.stop();
      }
    }
  } finally {
    folder.remove();
  }
  return tally;
}
