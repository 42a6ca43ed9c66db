// Versions, instants, addresses and patterns, each as its standard reads. Undefined means: does not parse.

interface SemVer {
  readonly core: readonly bigint[];
  readonly pre: readonly string[];
}

/** SemVer 2.0.0, the grammar of semver.org. */
export function semver(text: string): SemVer | undefined {
  const found =
    /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/.exec(
      text,
    );
  if (!found) return undefined;
  return { core: found.slice(1, 4).map((part) => BigInt(part)), pre: found[4] === undefined ? [] : found[4].split(".") };
}

function compare(a: SemVer, b: SemVer): number {
  for (let i = 0; i < 3; i++) if (a.core[i] !== b.core[i]) return (a.core[i] ?? 0n) < (b.core[i] ?? 0n) ? -1 : 1;
  if (a.pre.length === 0 || b.pre.length === 0) return a.pre.length === b.pre.length ? 0 : a.pre.length === 0 ? 1 : -1;
  for (let i = 0; i < Math.max(a.pre.length, b.pre.length); i++) {
    const [x, y] = [a.pre[i], b.pre[i]];
    if (x === undefined || y === undefined) return x === undefined ? -1 : 1;
    if (x === y) continue;
    const [xIsNumber, yIsNumber] = [/^\d+$/.test(x), /^\d+$/.test(y)];
    if (xIsNumber && yIsNumber) return BigInt(x) < BigInt(y) ? -1 : 1;
    if (xIsNumber !== yIsNumber) return xIsNumber ? -1 : 1;
    return x < y ? -1 : 1;
  }
  return 0;
}

/** Ranges by `||`, comparators by spaces. Undefined: the range is broken. */
export function inRange(version: string, range: string): boolean | undefined {
  const v = semver(version);
  let some = false;
  for (const side of range.split("||")) {
    const parts = side.split(" ").filter((part) => part !== "");
    if (parts.length === 0) return undefined;
    let all = true;
    for (const part of parts) {
      const found = /^(<=|>=|<|>|=|\^|~)?(.+)$/.exec(part);
      const w = semver(found?.[2] ?? "");
      if (w === undefined) return undefined;
      all = all && v !== undefined && holds(v, found?.[1] ?? "=", w);
    }
    some = some || all;
  }
  return some;
}

function holds(v: SemVer, sign: string, w: SemVer): boolean {
  const order = compare(v, w);
  if (sign === "=") return order === 0;
  if (sign === "<") return order < 0;
  if (sign === "<=") return order <= 0;
  if (sign === ">") return order > 0;
  if (sign === ">=") return order >= 0;
  const [major = 0n, minor = 0n, patch = 0n] = w.core;
  let upper: readonly bigint[] = [major, minor + 1n, 0n];
  if (sign === "^") upper = major > 0n ? [major + 1n, 0n, 0n] : minor > 0n ? [0n, minor + 1n, 0n] : [0n, 0n, patch + 1n];
  return order >= 0 && compare(v, { core: upper, pre: [] }) < 0;
}

/** RFC 3339 with zone, to milliseconds since 1970. Further digits are cut. */
export function instant(text: string): number | undefined {
  const found = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/.exec(text);
  if (!found) return undefined;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number);
  const [zoneHour, zoneMinute] = [Number(found[9] ?? 0), Number(found[10] ?? 0)];
  if ((hour ?? 0) > 23 || (minute ?? 0) > 59 || (second ?? 0) > 59 || zoneHour > 23 || zoneMinute > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year ?? 0, (month ?? 0) - 1, day ?? 0);
  if (date.getUTCFullYear() !== year || date.getUTCMonth() + 1 !== month || date.getUTCDate() !== day) return undefined;
  const millis = Number(`${found[7] ?? ""}000`.slice(0, 3));
  const zone = (found[8] === "-" ? -1 : 1) * (zoneHour * 60 + zoneMinute) * 60_000;
  return date.getTime() + (((hour ?? 0) * 60 + (minute ?? 0)) * 60 + (second ?? 0)) * 1000 + millis - zone;
}

interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

function ipv4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n);
}

function ipv6(text: string): bigint | undefined {
  let rest = text;
  const dotted = /(?:^|:)([\d.]+\.[\d.]+)$/.exec(rest);
  if (dotted) {
    const v4 = ipv4(dotted[1] ?? "");
    if (v4 === undefined) return undefined;
    rest = `${rest.slice(0, rest.length - (dotted[1]?.length ?? 0))}${(v4 >> 16n).toString(16)}:${(v4 & 0xffffn).toString(16)}`;
  }
  const halves = rest.split("::");
  if (halves.length > 2) return undefined;
  const groups = halves.map((half) => (half === "" ? [] : half.split(":")));
  const given = groups.reduce((sum, half) => sum + half.length, 0);
  if (halves.length === 1 ? given !== 8 : given > 7) return undefined;
  const all = [...(groups[0] ?? []), ...Array.from({ length: 8 - given }, () => "0"), ...(groups[1] ?? [])];
  if (!all.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  return all.reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n);
}

/** An IPv4-mapped IPv6 address is its IPv4 address. */
export function address(text: string): Address | undefined {
  const v4 = ipv4(text);
  if (v4 !== undefined) return { bits: 32, value: v4 };
  const v6 = ipv6(text);
  if (v6 === undefined) return undefined;
  return v6 >> 32n === 0xffffn ? { bits: 32, value: v6 & 0xffffffffn } : { bits: 128, value: v6 };
}

/** Undefined: the block is broken. */
export function inBlock(text: string, block: string): boolean | undefined {
  const found = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(block);
  const base = found?.[1] ?? "";
  const v4 = ipv4(base);
  const v6 = v4 === undefined ? ipv6(base) : undefined;
  let length = Number(found?.[2] ?? -1);
  if (!found || (v4 === undefined && v6 === undefined) || length > (v4 === undefined ? 128 : 32)) return undefined;
  let network: Address = v4 === undefined ? { bits: 128, value: v6 ?? 0n } : { bits: 32, value: v4 };
  if (v6 !== undefined && v6 >> 32n === 0xffffn && length >= 96) {
    network = { bits: 32, value: v6 & 0xffffffffn };
    length -= 96;
  }
  const one = address(text);
  if (one === undefined || one.bits !== network.bits) return false;
  const shift = BigInt(network.bits - length);
  return one.value >> shift === network.value >> shift;
}

/** `*` any run, `?` one code point; by trying everything, from the end. */
export function globMatches(text: string, pattern: string): boolean {
  const [points, signs] = [[...text], [...pattern]];
  let fits = signs.map(() => false);
  let next: boolean[] = [];
  for (let i = points.length; i >= 0; i--) {
    const row: boolean[] = Array.from({ length: signs.length + 1 }, () => false);
    row[signs.length] = i === points.length;
    for (let j = signs.length - 1; j >= 0; j--) {
      if (signs[j] === "*") row[j] = (row[j + 1] ?? false) || (i < points.length && (next[j] ?? false));
      else row[j] = i < points.length && (signs[j] === "?" || signs[j] === points[i]) && (next[j + 1] ?? false);
    }
    next = row;
    fits = row;
  }
  return fits[0] ?? false;
}
