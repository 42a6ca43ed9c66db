import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect } from "vitest";
import { FlagRepository, flagKeys } from "../faults/rig/flag-repository.ts";
import { kill, type Killed, lift, makeFolder, newCommand, startSluice, until, untilHealthy } from "../faults/rig/running.ts";
import { relayKeyOf, type RunningRelay, startRelay } from "../faults/rig/running-relay.ts";

const FLAG = "area-3.flag-3";

/** The receipt of a kill, as far as this looks at it. */
interface Receipt {
  readonly of: number;
  readonly confirmed: number;
}

/** The servers that a process of each language must get on with. */
export const LIVE_SERVERS = [
  { server: "the real server", sign: false, at: "server" },
  { server: "the real server that signs, whose key it pins", sign: true, at: "server" },
  { server: "a relay of the server whose key it pins, which takes the kill", sign: true, at: "relay" },
] as const;

/**
 * A process of another language beside a real server: it hears a kill, confirms it, and hears the lift. It is given the flag's key as its
 * last argument and SLUICE_URL, SLUICE_SDK_KEY and SLUICE_SIGNATURE_KEYS (with commas between, empty where nothing is signed), prints a line of
 * JSON with `cause` and `value` for each answer, and ends when its standard input does.
 */
export async function hearsKillAndLift(program: string, argv: readonly string[], { sign, at }: (typeof LIVE_SERVERS)[number]): Promise<void> {
  const folder = makeFolder("live-sdk");
  const repository = new FlagRepository(join(folder.path, "flags"), flagKeys(10));
  const running = await startSluice({ data: join(folder.path, "data"), source: repository.folder, run: "sources", sign });
  const { keys } = (await running.ask("GET", "/api/signing-keys")).body as { readonly keys: readonly { readonly publicKey: string }[] };
  expect(keys.length).toBe(sign ? 1 : 0);
  const data = join(folder.path, "data");
  const relay =
    at === "relay" ? await startRelay({ data: join(folder.path, "relay"), upstream: running.url, key: relayKeyOf(data), run: "sources" }) : undefined;
  const child = spawn(program, [...argv, FLAG], {
    stdio: ["pipe", "pipe", "inherit"],
    env: {
      ...process.env,
      SLUICE_URL: relay?.url ?? running.url,
      SLUICE_SDK_KEY: running.sdkKey,
      SLUICE_SIGNATURE_KEYS: keys.map(({ publicKey }) => publicKey).join(),
    },
  });
  try {
    const lines: string[] = [];
    createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
    const says = (...parts: readonly string[]): Promise<string> =>
      until(`a line with ${parts.join(" and ")}`, () => lines.find((line) => parts.every((part) => line.includes(part))), 60_000);
    await untilHealthy(running, 60_000);
    await says('"cause":"default"', '"value":true');
    const killed = relay === undefined ? await kill(running, [FLAG]) : await killAt(relay);
    await says('"cause":"kill"', '"value":false');
    const confirmed = await until("the receipt", async () => {
      const receipt = (await running.ask("GET", `/api/kills/${killed.kill}/receipt`)).body as Receipt;
      return receipt.of === 1 && receipt.confirmed === 1 ? receipt.confirmed : undefined;
    });
    expect(confirmed).toBe(1);
    lines.length = 0;
    await lift(running, killed.kill);
    await says('"cause":"default"', '"value":true');
  } finally {
    child.stdin.end();
    child.kill("SIGTERM");
    await relay?.supervised.stop();
    await running.supervised.stop();
    folder.remove();
  }
}

async function killAt(relay: RunningRelay): Promise<Killed> {
  const reply = await relay.ask("POST", "/api/kills", { command: newCommand(), environment: "production", flags: [FLAG] });
  expect(reply).toMatchObject({ status: 201, body: { emergency: true } });
  return reply.body as Killed;
}
