/** Above this nothing is read into the page: far more than any list that the server takes, which says its own limit. */
const READ_BYTES_MAX = 32 << 20;

/** A file as Base64. `undefined` where it is too large, or cannot be read any more. */
export async function asBase64(file: File): Promise<string | undefined> {
  if (file.size > READ_BYTES_MAX) return undefined;
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    let text = "";
    for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
    return btoa(text);
  } catch {
    return undefined;
  }
}
