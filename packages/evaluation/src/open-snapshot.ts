import { decodeLimits, decodeSnapshot, type DecodeProblem } from "./decode.ts";
import { type FlagForms, FlagTexts, formsOf, nameIn, ScannedPlaces, type TextPart } from "./flag-forms.ts";
import { type ObjectPlaces, scanObject } from "./json-scan.ts";
import { flagLines, TAKEN_OUT } from "./laid-out.ts";
import type { Result } from "./result.ts";
import type { Envelope, Snapshot } from "./snapshot-form.ts";

/** In every JavaScript runtime, and part of no library that this package is checked against. */
declare const TextDecoder: new () => { decode(bytes: Uint8Array): string };

const UTF8: InstanceType<typeof TextDecoder> = new TextDecoder();

/** A snapshot whose flags are still text, each read when it is first asked for. Holds on to that text. */
export class OpenedSnapshot {
  readonly envelope: Envelope;
  readonly flags: FlagForms;

  constructor(envelope: Envelope, flags: FlagForms) {
    this.envelope = envelope;
    this.flags = flags;
  }
}

/**
 * Reads a snapshot as `decodeSnapshot` reads the text of these UTF-8 bytes, with the same outcome for any bytes, in half the time:
 * the whole is checked to be JSON, and of the flags no objects are made before somebody asks for them. The bytes must not change afterwards.
 */
export function openSnapshot(bytes: Uint8Array): Result<OpenedSnapshot, readonly DecodeProblem[]> {
  const opened = bytes.length > decodeLimits.textLength ? undefined : openScanned(bytes);
  if (opened !== undefined) return { ok: true, value: opened };
  const decoded = decodeSnapshot(UTF8.decode(bytes));
  return decoded.ok ? { ok: true, value: opening(decoded.value) } : decoded;
}

/**
 * As `openSnapshot`, for bytes that are known to be as their sender wrote them, by a digest or a signature: where they are laid out as
 * `layOutSnapshot` does it, the JSON of a flag is not looked at before somebody asks for it, and one that is none spoils that flag alone.
 */
export function openIntactSnapshot(bytes: Uint8Array): Result<OpenedSnapshot, readonly DecodeProblem[]> {
  const opened = bytes.length > decodeLimits.textLength ? undefined : openLaidOut(UTF8.decode(bytes));
  return opened === undefined ? openSnapshot(bytes) : { ok: true, value: opened };
}

function openLaidOut(text: string): OpenedSnapshot | undefined {
  const laidOut = flagLines(text);
  if (laidOut === undefined || laidOut.flags.count > decodeLimits.flags) return undefined;
  const decoded = decodeSnapshot(laidOut.rest);
  if (!decoded.ok) return undefined;
  const { flags, ...envelope } = decoded.value;
  // What lay between the tabs may be called flags and be others than the snapshot's.
  return Object.keys(flags).join() === TAKEN_OUT ? new OpenedSnapshot(envelope, new FlagTexts(laidOut.flags)) : undefined;
}

/** The snapshot as it is, where it is opened already. */
export function opening(snapshot: Snapshot | OpenedSnapshot): OpenedSnapshot {
  if (snapshot instanceof OpenedSnapshot) return snapshot;
  const { flags, ...envelope } = snapshot;
  return new OpenedSnapshot(envelope, formsOf(flags));
}

/** Undefined where something is not as it should be: then the slow way says what. */
function openScanned(bytes: Uint8Array): OpenedSnapshot | undefined {
  const places = scanObject(bytes, decodeLimits.depth);
  if (places === undefined) return undefined;
  const text = UTF8.decode(bytes);
  // A byte for each code unit: then places in one are places in the other, and cutting a text is ten times cheaper than decoding bytes.
  const part: TextPart = text.length === bytes.length ? (from, to) => text.slice(from, to) : (from, to) => UTF8.decode(bytes.subarray(from, to));
  const [from, to] = placeOf("flags", places, part);
  const decoded = decodeSnapshot(`${part(0, from)}{}${part(to, bytes.length)}`);
  if (!decoded.ok || !part(from, to).trimStart().startsWith("{")) return undefined;
  const { flags: _, ...envelope } = decoded.value;
  const flags = new ScannedPlaces([from, to], places, part);
  return flags.count > decodeLimits.flags || hasLongName(places) ? undefined : new OpenedSnapshot(envelope, new FlagTexts(flags));
}

/** By its bytes, which are as many as its characters or more. */
function hasLongName({ inner }: ObjectPlaces): boolean {
  for (let at = 0; at < inner.length; at += 4) if ((inner[at + 1] ?? 0) - (inner[at] ?? 0) > decodeLimits.nameLength) return true;
  return false;
}

/** Where the value of a member lies; an empty place at the beginning where there is none. */
function placeOf(name: string, { outer }: ObjectPlaces, part: TextPart): readonly [from: number, to: number] {
  for (let at = outer.length - 4; at >= 0; at -= 4) {
    const [nameFrom = 0, nameTo = 0, from = 0, to = 0] = [outer[at], outer[at + 1], outer[at + 2], outer[at + 3]];
    if (nameIn(part(nameFrom, nameTo)) === name) return [from, to];
  }
  return [0, 0];
}
