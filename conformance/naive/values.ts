// Versions, instants, addresses and patterns, each as its standard reads, by other means than the evaluator's. Undefined means: does not parse.
import { isIPv4, isIPv6 } from "node:net";
import { Temporal } from "temporal-polyfill";

type SemVer = readonly [core: readonly bigint[], pre: readonly string[]];

/** SemVer 2.0.0, the grammar of semver.org, up to 1,024 characters. */
export function semver(text: string): SemVer | undefined {
  const number = "(0|[1-9]\\d*)";
  const part = "(?:0|[1-9]\\d*|\\d*[A-Za-z-][0-9A-Za-z-]*)";
  const found = new RegExp(`^${number}\\.${number}\\.${number}(?:-(${part}(?:\\.${part})*))?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?$`).exec(text);
  return found === null || text.length > 1024 ? undefined : [found.slice(1, 4).map((each) => BigInt(each)), found[4]?.split(".") ?? []];
}

/** -1, 0 or 1, as SemVer §11 orders: core, then a pre-release before its release, then identifier by identifier, numbers before words. */
function compare([a, preA]: SemVer, [b, preB]: SemVer): number {
  const rank = (id: string): readonly [number, bigint | string] => (/^\d+$/.test(id) ? [0, BigInt(id)] : [1, id]);
  const keys = (core: readonly bigint[], pre: readonly string[]): readonly (bigint | string | number)[] =>
    pre.length === 0 ? [...core, 1] : [...core, 0, ...pre.flatMap((id) => [1, ...rank(id)]), 0];
  const [x, y] = [keys(a, preA), keys(b, preB)];
  const at = x.findIndex((key, index) => key !== y[index]);
  return at < 0 ? 0 : (x[at] ?? 0) < (y[at] ?? 0) ? -1 : 1;
}

/** Ranges by `||`, comparators by spaces. Undefined: the range is broken. */
export function inRange(version: string, range: string): boolean | undefined {
  const v = semver(version);
  const sides = range.split("||").map((side) => side.split(" ").filter((part) => part !== ""));
  const results = sides.map((parts) => parts.map((part) => comparator(v, /^(<=|>=|<|>|=|\^|~)?(.+)$/s.exec(part))));
  if (results.some((side) => side.length === 0 || side.includes(undefined))) return undefined;
  return results.some((side) => side.every((one) => one === true));
}

function comparator(v: SemVer | undefined, part: readonly (string | undefined)[] | null): boolean | undefined {
  const [sign, w] = [part?.[1] ?? "=", semver(part?.[2] ?? "")];
  if (w === undefined || v === undefined) return w === undefined ? undefined : false;
  const order = compare(v, w);
  if (sign !== "^" && sign !== "~") return (order < 0 && sign.includes("<")) || (order > 0 && sign.includes(">")) || (order === 0 && sign.includes("="));
  const [major = 0n, minor = 0n, patch = 0n] = w[0];
  const caret = major > 0n ? [major + 1n, 0n, 0n] : minor > 0n ? [0n, minor + 1n, 0n] : [0n, 0n, patch + 1n];
  return order >= 0 && compare(v, [sign === "^" ? caret : [major, minor + 1n, 0n], []]) < 0;
}

/** RFC 3339 with zone, to milliseconds since 1970. Further digits are cut, and second 60 is none. */
export function instant(text: string): number | undefined {
  const found = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:[0-5]\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.exec(text);
  try {
    return found === null ? undefined : Temporal.Instant.from(`${found[1]}${(found[2] ?? "").slice(0, 4)}${found[3]}`).epochMilliseconds;
  } catch {
    return undefined;
  }
}

/** The bits of an address, as text: 32 or 128 of them. */
function bits(text: string): string | undefined {
  const binary = (numbers: readonly number[], width: number): string => numbers.map((n) => n.toString(2).padStart(width, "0")).join("");
  if (isIPv4(text)) return binary(text.split(".").map(Number), 8);
  if (!isIPv6(text) || text.includes("%")) return undefined;
  const [left = [], right = []] = new URL(`http://[${text}]`).hostname
    .slice(1, -1)
    .split("::")
    .map((half) => (half === "" ? [] : half.split(":")));
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => "0");
  return binary(
    [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16)),
    16,
  );
}

const MAPPED = "0".repeat(80) + "1".repeat(16);

/** Whether a block has an address; an IPv4-mapped IPv6 address or block is its IPv4 one. Undefined: the block is broken. */
export function inBlock(text: string, block: string): boolean | undefined {
  const found = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(block);
  const [base, length] = [bits(found?.[1] ?? ""), Number(found?.[2])];
  if (base === undefined || length > base.length) return undefined;
  const one = bits(text)?.replace(new RegExp(`^${MAPPED}`), "") ?? "";
  const isMapped = base.startsWith(MAPPED) && length >= 96;
  const network = isMapped ? base.slice(96) : base;
  return one.length === network.length && one.startsWith(network.slice(0, isMapped ? length - 96 : length));
}

/** `*` any run, `?` one code point, all else itself. */
export function globMatches(text: string, pattern: string): boolean {
  const source = [...pattern].map((sign) => (sign === "*" ? "(?:.)*" : sign === "?" ? "." : `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`)).join("");
  return new RegExp(`^${source}$`, "su").test(text);
}
