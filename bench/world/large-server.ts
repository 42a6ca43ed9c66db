// The larger company on a real server: processes, Git, the embedded store.
import { join } from "node:path";
import type { Decisions } from "@sluice/releases";
import { openStore } from "@sluice/store";
import { makeFolder, type Running, startSluice, until } from "../../faults/rig/running.ts";
import { readDecisions } from "../../packages/distribution/src/demo-releases.ts";
import { ENVIRONMENT, type LargeTimes, makeLargeRepository, signIn, writeLargeCompany } from "./large-company.ts";

export interface LargeServer {
  readonly running: Running;
  /** The decisions as they were written, before the server started anything. */
  readonly decisions: Decisions;
  /** Cookie values of people who are signed in. */
  readonly sessions: { readonly product: string; readonly customerSuccess: string; readonly engineer: string };
  stop(): Promise<void>;
}

/** Starts it and waits until its flags are adopted; the times are asked for then. Whoever starts it stops it. */
export async function startLargeServer(timesFrom: (nowMs: number) => LargeTimes): Promise<LargeServer> {
  const folder = makeFolder("large-world");
  const repository = join(folder.path, "flags");
  makeLargeRepository(repository);
  const running = await startSluice({ data: join(folder.path, "data"), source: repository });
  const stop = async (): Promise<void> => {
    await running.supervised.stop();
    folder.remove();
  };
  const store = await openStore(`sqlite:${join(folder.path, "data", "store.db")}`);
  try {
    await until("the flags are adopted", async () => ((await readDecisions(store)).environments[ENVIRONMENT] === undefined ? undefined : true));
    const sessions = {
      product: await signIn(store, "product"),
      customerSuccess: await signIn(store, "customerSuccess"),
      engineer: await signIn(store, "engineer"),
    };
    const decisions = await writeLargeCompany(store, timesFrom(Date.now()));
    return { running, decisions, sessions, stop };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    await store.close();
  }
}
