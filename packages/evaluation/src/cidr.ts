/** An address as 16-bit groups: 2 for IPv4, 8 for IPv6. An IPv4-mapped IPv6 address is its IPv4 address. */
export type Address = readonly number[];

/** Decides whether an address lies in a block. Families never match each other. */
export type Block = (address: Address) => boolean;

const BYTE = /^(?:0|[1-9][0-9]{0,2})$/;
const GROUP = /^[0-9A-Fa-f]{1,4}$/;
const PREFIX_BITS = /^(?:0|[1-9][0-9]{0,2})$/;
/** Bits of ::ffff:0:0/96, under which IPv6 writes IPv4 addresses (RFC 4291 §2.5.5.2). */
const MAPPED_BITS = 96;
/** The longest text form: six groups of four, an IPv4 tail, and separators. */
const ADDRESS_LENGTH_MAX = 45;

/** Reads IPv4 dotted decimal without leading zeros, or IPv6 text of RFC 4291 without zone; undefined otherwise. */
export function parseAddress(text: string): Address | undefined {
  const groups = parseGroups(text);
  return groups !== undefined && isMapped(groups) ? groups.slice(6) : groups;
}

/** Compiles `address/bits`; bits beyond the prefix are ignored. Undefined where it does not parse. */
export function compileBlock(text: string): Block | undefined {
  const slash = text.indexOf("/");
  if (slash < 0) return undefined;
  let groups = parseGroups(text.slice(0, slash));
  const written = text.slice(slash + 1);
  if (groups === undefined || !PREFIX_BITS.test(written)) return undefined;
  let bits = Number(written);
  if (bits > groups.length * 16) return undefined;
  if (isMapped(groups) && bits >= MAPPED_BITS) {
    groups = groups.slice(6);
    bits -= MAPPED_BITS;
  }
  const base = groups;
  return (address) => address.length === base.length && sharesPrefix(address, base, bits);
}

function sharesPrefix(a: Address, b: Address, bits: number): boolean {
  for (let at = 0; at * 16 < bits; at += 1) {
    const unused = Math.max(0, 16 - (bits - at * 16));
    if (((a[at] ?? 0) ^ (b[at] ?? 0)) >> unused !== 0) return false;
  }
  return true;
}

function isMapped(groups: Address): boolean {
  return groups.length === 8 && groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
}

function parseGroups(text: string): Address | undefined {
  if (text.length > ADDRESS_LENGTH_MAX) return undefined;
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Address | undefined {
  const bytes = text.split(".");
  if (bytes.length !== 4 || !bytes.every((byte) => BYTE.test(byte) && Number(byte) <= 255)) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = bytes.map(Number);
  return [a * 256 + b, c * 256 + d];
}

function parseIpv6(text: string): Address | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head = "", tail] = halves;
  const before = parseHalf(head, tail === undefined);
  const after = tail === undefined ? [] : parseHalf(tail, true);
  if (before === undefined || after === undefined) return undefined;
  const missing = 8 - before.length - after.length;
  // "::" stands for at least one group; without it all eight must be there.
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  return [...before, ...Array<number>(missing).fill(0), ...after];
}

function parseHalf(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const groups: number[] = [];
  for (const [at, part] of parts.entries()) {
    if (GROUP.test(part)) groups.push(Number.parseInt(part, 16));
    else {
      const ipv4 = mayEndInIpv4 && at === parts.length - 1 ? parseIpv4(part) : undefined;
      if (ipv4 === undefined) return undefined;
      groups.push(...ipv4);
    }
  }
  return groups;
}
