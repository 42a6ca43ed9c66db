import { open } from "node:fs/promises";

/** What a platform answers that cannot open or sync a folder; there, the file's own sync has to do. */
const NOT_FOR_FOLDERS = new Set(["EISDIR", "EPERM", "EINVAL", "ENOTSUP"]);

/** Makes the names in a folder durable: new files, and renames. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const directory = await open(folder, "r");
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  } catch (error) {
    if (!(error instanceof Error && "code" in error && NOT_FOR_FOLDERS.has(String(error.code)))) throw error;
  }
}
