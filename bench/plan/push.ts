import { createHmac } from "node:crypto";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { createClient } from "@sluice/node";
import { FlagRepository, flagKeys, flagPath, flagText } from "../../faults/rig/flag-repository.ts";
import { makeFolder, startSluice } from "../../faults/rig/running.ts";

const FLAGS = 500;
const ROUNDS = 50;
const SECRET = "bench-hook-secret";
/** Long enough that no look at the repository happens but the hook's. */
const POLL_MS = 3_600_000;
const ANSWER_MS_MAX = 20_000;

/**
 * Milliseconds from the end of a `git push` until a connected SDK answers by it, one for each push: real Git, a bare remote, the signed hook
 * that a host sends once it has taken the push, the server's processes, and the SDK's stream.
 */
export async function measurePushes(): Promise<readonly number[]> {
  const folder = makeFolder("bench-push");
  try {
    const remote = join(folder.path, "remote.git");
    const keys = flagKeys(FLAGS);
    const repository = new FlagRepository(join(folder.path, "work"), keys);
    execFileSync("git", ["clone", "--quiet", "--bare", repository.folder, remote]);
    repository.git("remote", "add", "origin", remote);
    const environment = { SLUICE_HOOK_SECRET: SECRET };
    const running = await startSluice({ data: join(folder.path, "data"), source: remote, pollMs: POLL_MS, environment });
    const client = createClient({ url: running.url, key: running.sdkKey, environment: "production", service: "bench" });
    try {
      await client.ready();
      const times: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const key = keys[(round * 7) % FLAGS] ?? "";
        if (!client.getBoolean(key, false)) throw new Error(`${key} answers off before it is changed`);
        repository.write(flagPath(key), flagText(key, "off"));
        repository.commit(`${key} off`);
        repository.git("push", "--quiet", "origin", "main");
        times.push(await msUntilOff(client, key, () => sendHook(running.url)));
      }
      return times;
    } finally {
      await client.close();
      await running.supervised.stop();
    }
  } finally {
    folder.remove();
  }
}

async function sendHook(url: string): Promise<void> {
  const body = JSON.stringify({ ref: "refs/heads/main" });
  const signature = `sha256=${createHmac("sha256", SECRET).update(body).digest("hex")}`;
  const { status } = await fetch(`${url}/hooks/git`, { method: "POST", headers: { "x-hub-signature-256": signature }, body });
  if (status !== 202) throw new Error(`the hook was answered with ${status}`);
}

async function msUntilOff(client: ReturnType<typeof createClient>, key: string, send: () => Promise<void>): Promise<number> {
  const start = performance.now();
  let stop = (): void => {};
  let timer: NodeJS.Timeout | undefined;
  const off = new Promise<number>((resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${key} still answers on, ${ANSWER_MS_MAX} ms after the push`)), ANSWER_MS_MAX);
    stop = client.onChange(() => {
      if (!client.getBoolean(key, true)) resolve(performance.now() - start);
    });
  });
  try {
    const [, ms] = await Promise.all([send(), off]);
    return ms;
  } finally {
    clearTimeout(timer);
    stop();
  }
}
