import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { DataFolderUnusable } from "./secrets.ts";

/** Result code of SQLite for a lock that somebody else has. */
const SQLITE_BUSY = 5;

/**
 * Takes the data folder for this process alone, until the returned function is called or the process ends in whatever way: two servers
 * on one folder would write one journal twice. The lock is the operating system's (by way of SQLite), so none is ever left behind.
 * Throws `DataFolderUnusable`.
 */
export function holdDataFolder(folder: string): () => void {
  const lock = new DatabaseSync(join(folder, "lock"));
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    if (!(error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY)) throw error;
    throw new DataFolderUnusable(`Sluice runs already on the data folder ${folder}. Stop that one, or give this one a folder of its own by --data.`, {
      cause: error,
    });
  }
  return () => lock.isOpen && lock.close();
}
