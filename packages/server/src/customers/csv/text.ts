import type { Result } from "@sluice/evaluation";

/** How the bytes of a file were read as text. */
export type Encoding = "UTF-8" | "UTF-16 LE" | "UTF-16 BE" | "Windows-1252";

/** Why a file as a whole cannot be read, in two sentences for people. */
export interface NotRead {
  readonly message: string;
  readonly fix: string;
}

/** Bytes that are looked at to tell UTF-16 without a mark from anything else. */
const SAMPLE_BYTES = 2_000;

/** Names of the WHATWG Encoding Standard, which every runtime's decoder knows. */
const LABELS: Readonly<Record<Encoding, string>> = { "UTF-8": "utf-8", "UTF-16 LE": "utf-16le", "UTF-16 BE": "utf-16be", "Windows-1252": "windows-1252" };

const WORKBOOK: NotRead = { message: "This is a workbook (.xlsx), not a CSV.", fix: "In the spreadsheet: File, Save as, CSV UTF-8; then choose that file." };
const OLD_WORKBOOK: NotRead = { ...WORKBOOK, message: "This is a workbook of an older spreadsheet (.xls), not a CSV." };
const BINARY: NotRead = { message: "The file holds zero bytes: it is not text.", fix: "Export the list as CSV, in UTF-8 where you are asked." };
const BROKEN: NotRead = { message: "The file says that it is Unicode and holds bytes that are not.", fix: "Export it again as CSV in UTF-8." };

/**
 * Reads bytes as text: by their mark (UTF-8, UTF-16), UTF-16 also without one, else UTF-8 where every byte fits, else Windows-1252, which is
 * what older spreadsheets write. Nothing is replaced: Unicode that is broken is refused. A byte that Windows-1252 does not define becomes a
 * control character, which no cell may hold.
 */
export function decodeText(bytes: Uint8Array): Result<{ readonly text: string; readonly encoding: Encoding }, NotRead> {
  if (startsWith(bytes, [0x50, 0x4b, 0x03, 0x04])) return { ok: false, problem: WORKBOOK };
  if (startsWith(bytes, [0xd0, 0xcf, 0x11, 0xe0])) return { ok: false, problem: OLD_WORKBOOK };
  const marked = startsWith(bytes, [0xff, 0xfe])
    ? "UTF-16 LE"
    : startsWith(bytes, [0xfe, 0xff])
      ? "UTF-16 BE"
      : startsWith(bytes, [0xef, 0xbb, 0xbf])
        ? "UTF-8"
        : utf16WithoutMark(bytes);
  if (marked !== undefined) {
    const text = decoded(bytes, marked);
    return text === undefined || text.includes("\0") ? { ok: false, problem: BROKEN } : { ok: true, value: { text, encoding: marked } };
  }
  if (bytes.includes(0)) return { ok: false, problem: BINARY };
  const text = decoded(bytes, "UTF-8");
  return text === undefined
    ? { ok: true, value: { text: decoded(bytes, "Windows-1252") ?? "", encoding: "Windows-1252" } }
    : { ok: true, value: { text, encoding: "UTF-8" } };
}

const startsWith = (bytes: Uint8Array, mark: readonly number[]): boolean => mark.every((byte, index) => bytes[index] === byte);

/** Without its mark; `undefined` where the bytes are not of that encoding. */
function decoded(bytes: Uint8Array, encoding: Encoding): string | undefined {
  try {
    return new TextDecoder(LABELS[encoding], { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Where most of the second bytes are zero and nearly none of the others. */
function utf16WithoutMark(bytes: Uint8Array): "UTF-16 LE" | "UTF-16 BE" | undefined {
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  if (sample.length < 4) return undefined;
  const zeros = { even: 0, odd: 0 };
  for (const [index, byte] of sample.entries()) if (byte === 0) zeros[index % 2 === 0 ? "even" : "odd"] += 1;
  const half = sample.length / 2;
  if (zeros.odd > half * 0.6 && zeros.even < half * 0.05) return "UTF-16 LE";
  return zeros.even > half * 0.6 && zeros.odd < half * 0.05 ? "UTF-16 BE" : undefined;
}
