import { join } from "node:path";
import { FlagRepository, flagPath, flagText } from "../rig/flag-repository.ts";
import { kill, lift, makeFolder, pause, startSluice } from "../rig/running.ts";
import type { Driver } from "./driver.ts";
import { startFaultProxy } from "./fault-proxy.ts";
import type { Language } from "./languages.ts";
import { Verdict } from "./verdict.ts";

const FLAG = "area-0.killed";
/** A person who has killed and lifted waits no longer than this for every process. */
const REACHED_MS_MAX = 10_000;
const LOOK_MS = 5;

/** Kills and lifts through a real server, one after the other: each must come to a client of each language before the next. */
export async function reachKills(languages: readonly Language[], rounds: number, run: "bundle" | "sources"): Promise<readonly Verdict[]> {
  const folder = makeFolder("sdk-kills");
  const repository = new FlagRepository(join(folder.path, "flags"), []);
  repository.write(flagPath(FLAG), flagText(FLAG, "on").replace("type: boolean", "type: boolean\nexpose: [server, browser]"));
  repository.commit("A flag to kill");
  const running = await startSluice({ data: join(folder.path, "data"), source: repository.folder, pollMs: 30_000, run });
  const proxy = await startFaultProxy({ upstream: running.url, speed: 1 });
  const clients: { readonly name: string; readonly driver: Driver; readonly verdict: Verdict }[] = [];
  try {
    for (const { name, isPage, start } of languages) {
      const driver = await start(1);
      // A page is of another origin than the server, which the proxy allows; it holds nothing up.
      await driver.open({ client: name, url: isPage ? proxy.url(name) : running.url, key: running.sdkKey, environment: "production" });
      clients.push({ name, driver, verdict: new Verdict(name, "kills") });
    }
    const reached = async (value: boolean, what: string): Promise<void> => {
      await Promise.all(
        clients.map(async ({ name, driver, verdict }) => {
          const begun = performance.now();
          for (;;) {
            const [read] = (await driver.ask([[FLAG, false]])).get(name)?.values ?? [];
            const tookMs = performance.now() - begun;
            if (read === value) return void (value || verdict.recoveredAfter(tookMs));
            if (tookMs > REACHED_MS_MAX) return verdict.lose(`${what} did not come to ${name} within ${REACHED_MS_MAX / 1000} s`);
            await pause(LOOK_MS);
          }
        }),
      );
    };
    await reached(true, "the first answer");
    for (let round = 1; round <= rounds; round += 1) {
      const { kill: id } = await kill(running, [FLAG]);
      await reached(false, `kill ${round}`);
      await lift(running, id);
      await reached(true, `lift ${round}`);
    }
    return clients.map(({ verdict }) => verdict);
  } finally {
    await Promise.all(clients.map(({ driver }) => driver.stop()));
    await proxy.close();
    await running.supervised.stop();
    folder.remove();
  }
}
