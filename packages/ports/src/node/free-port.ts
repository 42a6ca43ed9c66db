import { createServer } from "node:net";

/** Below the ports that systems lend to outgoing connections (32,768 on Linux, 49,152 elsewhere) and above those of well-known servers. */
const RANGE: PortRange = { first: 15_000, last: 32_767 };
const PORT_MAX = 65_535;
const TRIES_MAX = 100;

interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** Those that this process was given: whoever asked may not listen yet. */
const given = new Set<number>();

/**
 * A port of 127.0.0.1 that nobody listens on and that this process was not given before, between 15,000 and 32,767, or in the range that the
 * environment variable `SLUICE_FREE_PORTS` names (`20000-20999`). The kernel's own choice (port 0) is one that any outgoing connection may be lent
 * the moment it is free, so that a process which ends and starts again on it may find it taken.
 * @param random - A number of [0, 1) with each call.
 * @throws When a hundred ports were taken, or `SLUICE_FREE_PORTS` is no range.
 */
export async function freePort(random: () => number = Math.random): Promise<number> {
  const { first, last } = rangeOf(process.env["SLUICE_FREE_PORTS"]);
  // All were given once: the first have been free again for long.
  if (given.size > (last - first) / 2) given.clear();
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const port = first + Math.floor(random() * (last - first + 1));
    if (given.has(port)) continue;
    // Before it is looked at: two that ask at once are not given one.
    given.add(port);
    if (await isFree(port)) return port;
    given.delete(port);
  }
  throw new Error(`No free port was found between ${first} and ${last}: ${TRIES_MAX} were tried.`);
}

function rangeOf(text: string | undefined): PortRange {
  if (text === undefined || text === "") return RANGE;
  const [, first, last] = (/^(\d+)-(\d+)$/.exec(text) ?? []).map(Number);
  if (first === undefined || last === undefined || first < 1 || last > PORT_MAX || first > last)
    throw new Error(`SLUICE_FREE_PORTS is "${text}"; expected two ports from 1 to ${PORT_MAX} with a dash between, as 20000-20999.`);
  return { first, last };
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}
