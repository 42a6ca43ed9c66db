const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f", "0": "\0", "\\": "\\", "'": "'", '"': '"', "`": "`" };

/** What stands between quotes, with the escapes that TypeScript, Python, Go and Java share; undefined where there is another. */
export function textOfQuoted(inner: string): string | undefined {
  if (!inner.includes("\\")) return inner;
  let isWhole = true;
  const text = inner.replaceAll(
    /\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([\s\S]))/g,
    (all, unit: string | undefined, byte: string | undefined, sign: string | undefined) => {
      const digits = unit ?? byte;
      if (digits !== undefined) return String.fromCharCode(Number.parseInt(digits, 16));
      const found = ESCAPES[sign ?? ""];
      isWhole &&= found !== undefined;
      return found ?? all;
    },
  );
  return isWhole ? text : undefined;
}
