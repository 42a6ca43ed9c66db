import { createServer } from "node:net";

/** Below the ports that systems lend to outgoing connections (32,768 on Linux, 49,152 elsewhere) and above those of well-known servers. */
const FIRST = 15_000;
const LAST = 32_767;
const TRIES_MAX = 100;

/**
 * A port of 127.0.0.1 that nobody listens on, between 15,000 and 32,767. The kernel's own choice (port 0) is one that any outgoing connection may
 * be lent the moment it is free, so that a process which ends and starts again on it may find it taken.
 * @param random - A number of [0, 1) with each call.
 * @throws When a hundred ports were taken.
 */
export async function freePort(random: () => number = Math.random): Promise<number> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const port = FIRST + Math.floor(random() * (LAST - FIRST + 1));
    if (await isFree(port)) return port;
  }
  throw new Error(`No free port was found between ${FIRST} and ${LAST}: ${TRIES_MAX} were tried.`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}
