import { spawnSync } from "node:child_process";

const OUTPUT_BYTES_MAX = 512 * 2 ** 20;

/** Contents of blobs by path, in one call of Git however many there are. None where Git fails, and none from the first on that it does not have. */
export function blobContents(folder: string, blobs: readonly { readonly id: string; readonly path: string }[]): ReadonlyMap<string, Buffer> {
  const contents = new Map<string, Buffer>();
  if (blobs.length === 0) return contents;
  const input = blobs.map(({ id }) => `${id}\n`).join("");
  const { status, stdout } = spawnSync("git", ["-C", folder, "cat-file", "--batch"], { input, maxBuffer: OUTPUT_BYTES_MAX });
  let at = 0;
  // `<id> blob <size>\n<bytes>\n` for each.
  for (const { path } of status === 0 ? blobs : []) {
    const end = stdout.indexOf(10, at);
    const size = Number(stdout.toString("latin1", at, end).split(" ")[2]);
    if (end < 0 || !Number.isSafeInteger(size)) break;
    contents.set(path, stdout.subarray(end + 1, end + 1 + size));
    at = end + size + 2;
  }
  return contents;
}
