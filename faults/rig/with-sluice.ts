import { join } from "node:path";
import { FlagRepository, flagKeys } from "./flag-repository.ts";
import { makeFolder, type Running, type StartOptions, startSluice, untilHealthy } from "./running.ts";

/** A server of a drill, with the repository that it follows and a folder for whatever stands beside it. */
export interface Place {
  readonly running: Running;
  readonly repository: FlagRepository;
  readonly folder: string;
}

/** Flags of a drill's repository where nothing else is said. */
const FLAGS = 20;
/** Nobody commits in most drills: the repository need not be looked at. */
const POLL_MS = 30_000;

/** Starts a server over `flags` flags, does the work, and leaves nothing behind. */
export async function withSluice(
  name: string,
  options: Omit<StartOptions, "data" | "source"> & { readonly flags?: number },
  work: (place: Place) => Promise<void>,
): Promise<void> {
  const { flags = FLAGS, ...start } = options;
  const folder = makeFolder(name);
  try {
    const repository = new FlagRepository(join(folder.path, "flags"), flagKeys(flags));
    const running = await startSluice({ pollMs: POLL_MS, ...start, data: join(folder.path, "data"), source: repository.folder });
    try {
      await untilHealthy(running);
      await work({ running, repository, folder: folder.path });
    } finally {
      await running.supervised.stop();
    }
  } finally {
    folder.remove();
  }
}
