/** What people write; larger files are bundles and data. */
export const CODE_FILE_BYTES_MAX: number = 2 ** 20;

/** Said of a file with more. */
export const TOO_LARGE = "larger than 1 MiB";

/** A file's bytes as text without a byte-order mark, places count without it; or why they are none that somebody wrote. */
export function codeText(bytes: Uint8Array): { readonly text: string } | { readonly text?: undefined; readonly why: string } {
  if (bytes.length > CODE_FILE_BYTES_MAX) return { why: TOO_LARGE };
  if (bytes.includes(0)) return { why: "not text" };
  try {
    // In another encoding, a repair would write its letters as others.
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return { text: text.startsWith("\uFEFF") ? text.slice(1) : text };
  } catch {
    return { why: "not UTF-8" };
  }
}
