/** Reads what `git cat-file --batch` prints, `<id> blob <size>\n<bytes>\n` for each; what is missing, or no blob, is left out. The bytes are views of the output. */
export function* printedBlobs(output: Buffer): Generator<readonly [id: string, bytes: Buffer]> {
  for (let at = 0; at < output.length;) {
    const end = output.indexOf(10, at);
    const [id = "", kind, size = "0"] = output.toString("latin1", at, end).split(" ");
    at = end + 1;
    if (kind !== "blob") continue;
    yield [id, output.subarray(at, at + Number(size))];
    at += Number(size) + 1;
  }
}
