import type { Result } from "./result.ts";
import { isCount, isRecord, isStringList, ownValue, type UnknownRecord } from "./shape.ts";
import { SNAPSHOT_FORMAT, type Patch, type Snapshot, type UrgentKill } from "./snapshot-form.ts";

/** What is wrong with received data, and where: `path` is like `kills.k1.flags`, empty for the whole. */
export interface DecodeProblem {
  readonly path: string;
  readonly message: string;
}

/** Limits of what is read, each well above what one environment needs and below what would hurt the process that reads. */
export const decodeLimits: {
  readonly textLength: number;
  readonly flags: number;
  readonly segments: number;
  readonly hashes: number;
  readonly kills: number;
  readonly journals: number;
  readonly replaces: number;
  readonly nameLength: number;
  readonly depth: number;
} = {
  /** Code units of JSON text: 64 Mi; 10,000 flags take about 2.5 million. */
  textLength: 64 * 1024 * 1024,
  flags: 100_000,
  segments: 20_000,
  /** Hashes of one segment in a patch: as many as a list of runtime members holds. */
  hashes: 100_000,
  kills: 20_000,
  journals: 10_000,
  replaces: 100,
  /** Code units of a flag key, segment id, kill id, salt or epoch. */
  nameLength: 1024,
  /** Levels of lists and objects: flag files have 40, conditions are broken beyond 64, and JSON.stringify overflows the stack at some thousands. */
  depth: 256,
};

type Problems = DecodeProblem[];

/**
 * Reads a snapshot from JSON text or from what JSON.parse gave, without copying or changing it. Unknown fields are left alone.
 * The envelope and the kills must be right, or nothing is accepted: half a kill list would switch things on.
 * Nor is what is nested deeper than `decodeLimits.depth`: whoever writes it out again, an answer or all of it, would throw.
 * A flag or segment is not looked into here: one that is broken spoils itself alone when it is compiled
 * (that rule, or that flag with reason ERROR), and 10,000 flags cost little more than JSON.parse.
 */
export function decodeSnapshot(source: unknown): Result<Snapshot, readonly DecodeProblem[]> {
  return decode(source, checkSnapshot);
}

/** Reads a patch; as `decodeSnapshot`. */
export function decodePatch(source: unknown): Result<Patch, readonly DecodeProblem[]> {
  return decode(source, checkPatch);
}

/** Reads an urgent kill; as `decodeSnapshot`. */
export function decodeUrgentKill(source: unknown): Result<UrgentKill, readonly DecodeProblem[]> {
  return decode(source, checkUrgentKill);
}

/** A type parameter that only the result names: the checks before it are what makes the claim true. */
function decode<T>(source: unknown, check: (record: UnknownRecord, problems: Problems) => void): Result<T, readonly DecodeProblem[]> {
  const parsed = typeof source === "string" ? parse(source) : { ok: true as const, value: source };
  if (!parsed.ok) return parsed;
  if (!isRecord(parsed.value)) return { ok: false, problem: [{ path: "", message: "not an object" }] };
  if (isDeeper(parsed.value, decodeLimits.depth)) return { ok: false, problem: [{ path: "", message: `nested more than ${decodeLimits.depth} deep` }] };
  const problems: Problems = [];
  check(parsed.value, problems);
  return problems.length === 0 ? { ok: true, value: parsed.value as T } : { ok: false, problem: problems };
}

/** True where lists and objects are nested more than so many levels, the value itself among them. `for … in` and not Object.values, because it makes no lists: the walk takes a quarter of the time that JSON.parse takes. */
export function isDeeper(value: object, levels: number): boolean {
  if (levels === 0) return true;
  if (Array.isArray(value)) {
    for (const item of value as readonly unknown[]) if (typeof item === "object" && item !== null && isDeeper(item, levels - 1)) return true;
    return false;
  }
  for (const name in value) {
    const member = (value as UnknownRecord)[name];
    if (typeof member === "object" && member !== null && isDeeper(member, levels - 1)) return true;
  }
  return false;
}

function parse(text: string): Result<unknown, readonly DecodeProblem[]> {
  if (text.length > decodeLimits.textLength) return { ok: false, problem: [{ path: "", message: `longer than ${decodeLimits.textLength} characters` }] };
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (cause) {
    return {
      ok: false,
      problem: [{ path: "", message: `not JSON: ${cause instanceof Error ? cause.message : String(cause)}` }],
    };
  }
}

function checkSnapshot(snapshot: UnknownRecord, problems: Problems): void {
  const format = ownValue(snapshot, "format");
  if (!isCount(format, Number.MAX_SAFE_INTEGER) || format < SNAPSHOT_FORMAT) problem(problems, "format", `not a whole number from ${SNAPSHOT_FORMAT} up`);
  checkName(snapshot, "environment", problems);
  checkName(snapshot, "epoch", problems);
  checkName(snapshot, "salt", problems);
  if (Object.hasOwn(snapshot, "customer")) checkName(snapshot, "customer", problems);
  checkSeq(snapshot, "seq", problems);
  const replaces = ownValue(snapshot, "replaces");
  if (replaces !== undefined && (!isStringList(replaces) || replaces.length > decodeLimits.replaces)) {
    problem(problems, "replaces", `not a list of at most ${decodeLimits.replaces} epochs`);
  }
  const seen = Object.entries(ownRecord(snapshot, "seen") ?? { "": "none" });
  if (seen.length > decodeLimits.replaces || seen.some(([epoch, seq]) => epoch.length > decodeLimits.nameLength || !isCount(seq, Number.MAX_SAFE_INTEGER)))
    problem(problems, "seen", `not an object of at most ${decodeLimits.replaces} whole numbers`);
  if (ownValue(snapshot, "flags") === undefined) problem(problems, "flags", "missing");
  checkParts(snapshot, "", problems);
}

/** Empty where it is absent; undefined where it is something else. */
function ownRecord(parts: UnknownRecord, name: string): UnknownRecord | undefined {
  const record = ownValue(parts, name);
  return record === undefined ? {} : isRecord(record) ? record : undefined;
}

function checkPatch(patch: UnknownRecord, problems: Problems): void {
  checkName(patch, "epoch", problems);
  checkSeq(patch, "base", problems);
  checkSeq(patch, "to", problems);
  const [base, to] = [ownValue(patch, "base"), ownValue(patch, "to")];
  if (typeof base === "number" && typeof to === "number" && to <= base) problem(problems, "to", `not above base ${base}`);
  const set = partOf(patch, "set");
  if (!isRecord(set)) problem(problems, "set", "not an object");
  else {
    for (const name of ["customer", "salt"]) if (Object.hasOwn(set, name)) checkName(set, name, problems, "set.");
    checkParts(set, "set.", problems);
    checkHashes(set, "set.", problems);
  }
  const drop = partOf(patch, "drop");
  if (!isRecord(drop)) return problem(problems, "drop", "not an object");
  for (const name of ["flags", "segments", "kills"] as const) {
    const list = ownValue(drop, name);
    if (list === undefined) continue;
    if (!isStringList(list) || list.length > decodeLimits[name]) problem(problems, `drop.${name}`, `not a list of at most ${decodeLimits[name]} names`);
  }
  checkHashes(drop, "drop.", problems);
}

/** Unlike segments, these are applied at once: half a list would leave everybody else with another one. */
function checkHashes(part: UnknownRecord, at: "set." | "drop.", problems: Problems): void {
  const lists = ownValue(part, "hashes");
  if (lists === undefined) return;
  if (!isRecord(lists) || Object.keys(lists).length > decodeLimits.segments)
    return problem(problems, `${at}hashes`, `not an object of at most ${decodeLimits.segments} lists`);
  for (const [id, list] of Object.entries(lists)) {
    if (!isStringList(list) || list.length > decodeLimits.hashes) problem(problems, `${at}hashes.${id}`, `not a list of at most ${decodeLimits.hashes} hashes`);
  }
}

/** An absent part changes nothing. `null` is not absent: whoever applies the patch would look into it. */
function partOf(patch: UnknownRecord, name: "set" | "drop"): unknown {
  const part = ownValue(patch, name);
  return part === undefined ? {} : part;
}

function checkUrgentKill(kill: UnknownRecord, problems: Problems): void {
  checkName(kill, "id", problems);
  checkName(kill, "epoch", problems);
  if (Object.hasOwn(kill, "journal")) checkName(kill, "journal", problems);
  for (const name of ["counter", "seq"]) if (Object.hasOwn(kill, name)) checkSeq(kill, name, problems);
  checkKill(kill, "", problems);
}

/** The parts that a snapshot and the `set` of a patch share. */
function checkParts(parts: UnknownRecord, at: string, problems: Problems): void {
  checkRecord(parts, "flags", at, problems);
  checkRecord(parts, "segments", at, problems);
  for (const [journal, counter] of checkRecord(parts, "journals", at, problems)) {
    if (!isCount(counter, Number.MAX_SAFE_INTEGER)) problem(problems, `${at}journals.${journal}`, "not a whole number");
  }
  for (const [id, kill] of checkRecord(parts, "kills", at, problems)) {
    if (isRecord(kill)) checkKill(kill, `${at}kills.${id}.`, problems);
    else problem(problems, `${at}kills.${id}`, "not an object");
  }
}

/** Scopes are not looked into: a part of one that cannot be read narrows nothing, so the kill covers more and not less. */
function checkKill(kill: UnknownRecord, at: string, problems: Problems): void {
  const flags = ownValue(kill, "flags");
  if (!isStringList(flags) || flags.length > decodeLimits.flags) problem(problems, `${at}flags`, `not a list of at most ${decodeLimits.flags} flag keys`);
}

/** Checks that a part is an object of allowed size with names of allowed length; gives its entries, none where it is wrong. */
function checkRecord(parts: UnknownRecord, name: "flags" | "segments" | "kills" | "journals", at: string, problems: Problems): readonly [string, unknown][] {
  const record = ownValue(parts, name);
  if (record === undefined) return [];
  if (!isRecord(record)) {
    problem(problems, `${at}${name}`, "not an object");
    return [];
  }
  const keys = Object.keys(record);
  if (keys.length > decodeLimits[name]) {
    problem(problems, `${at}${name}`, `more than ${decodeLimits[name]} entries`);
    return [];
  }
  const tooLong = keys.find((key) => key.length > decodeLimits.nameLength);
  if (tooLong !== undefined) problem(problems, `${at}${name}`, `a name is longer than ${decodeLimits.nameLength} characters`);
  return name === "flags" || name === "segments" ? [] : Object.entries(record);
}

function checkName(record: UnknownRecord, name: string, problems: Problems, at = ""): void {
  const value = ownValue(record, name);
  if (typeof value !== "string") return problem(problems, `${at}${name}`, value === undefined ? "missing" : "not a string");
  if (value.length > decodeLimits.nameLength) problem(problems, `${at}${name}`, `longer than ${decodeLimits.nameLength} characters`);
}

function checkSeq(record: UnknownRecord, name: string, problems: Problems): void {
  if (!isCount(ownValue(record, name), Number.MAX_SAFE_INTEGER)) problem(problems, name, "not a whole number from 0 up");
}

/** One page of problems tells what is wrong; a hostile text must not make a list as long as itself. */
const PROBLEMS_MAX = 100;

function problem(problems: Problems, path: string, message: string): void {
  if (problems.length < PROBLEMS_MAX) problems.push({ path: path.slice(0, decodeLimits.nameLength), message });
}
