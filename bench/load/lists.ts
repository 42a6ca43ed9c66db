// A segment at its limit: 100,000 ids included, 100,000 excluded and a runtime list of 100,000, in one snapshot.
import { gzipSync } from "node:zlib";
import { type Compiled, compilePatch, compileSnapshot, customerHash, decodePatch, decodeSnapshot, encodePatch, evaluate, type Patch } from "@sluice/evaluation";

const IDS = 100_000;
const SALT = "bench-salt";
const EDITS = 100;
/** Different users asked one after the other, so that the hash of the one before is no help. */
const USERS = 1_024;
const ROUNDS = 40;
const GZIP_LEVEL = 9;

type Figures = Record<string, number>;

const ids = (word: string): readonly string[] => Array.from({ length: IDS }, (_, at) => `${word}-${at}`);
/** The snapshot as it travels; made when it is asked for, so that nothing else is measured beside it. */
function listsText(): string {
  const hashes = ids("listed")
    .map((id) => customerHash(SALT, id))
    .sort();
  return JSON.stringify({
    format: 1,
    environment: "production",
    epoch: "bench",
    seq: 1,
    salt: SALT,
    segments: { s: { include: ids("user"), exclude: ids("gone"), hashes } },
    flags: { f: { rules: [{ if: ["segment", "s"], serve: "on" }] } },
  });
}

/** Bytes of the snapshot, compressed as the server does for those who fetch it. */
export const listsGzipBytes = (): number => gzipSync(listsText(), { level: GZIP_LEVEL }).length;

/** Somebody joins, or leaves: one id of 100,000. */
function edit(at: number): Patch {
  const one = { hashes: { s: [customerHash(SALT, `joining-${at >> 1}`)] } };
  return { epoch: "bench", base: at, to: at + 1, ...(at % 2 === 0 ? { set: one } : { drop: one }) };
}
export const listEditBytes = (): number => Buffer.byteLength(encodePatch(edit(12_344)));

/** From text to the first answer, cold; then edits of one id to the changed answer, and look-ups, all answers checked. */
export function measureLists(): Figures {
  const collect = globalThis.gc;
  if (collect === undefined) throw new Error("needs --expose-gc");
  const text = listsText();
  collect();
  const heap = process.memoryUsage().heapUsed;
  const start = process.hrtime.bigint();
  const decoded = decodeSnapshot(text);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.problem));
  const decodedAt = process.hrtime.bigint();
  let compiled = compileSnapshot(decoded.value);
  expectOn(compiled, "listed-5");
  const readyAt = process.hrtime.bigint();
  collect();
  const mib = (process.memoryUsage().heapUsed - heap) / 2 ** 20;
  const edits: number[] = [];
  for (let at = 1; at <= EDITS; at += 1) {
    const source = encodePatch(edit(at));
    const from = process.hrtime.bigint();
    const patch = decodePatch(source);
    const next = patch.ok ? compilePatch(compiled, patch.value) : undefined;
    if (next?.ok !== true) throw new Error("the patch was refused");
    compiled = next.value;
    const { variant } = evaluate(compiled, "f", { targetingKey: `joining-${at >> 1}` });
    edits.push(Number(process.hrtime.bigint() - from) / 1e6);
    if (variant !== (at % 2 === 0 ? "on" : "off")) throw new Error(`edit ${at} did not take effect`);
  }
  const ms = (from: bigint, to: bigint): number => Number(to - from) / 1e6;
  return {
    decodeMs: ms(start, decodedAt),
    ms: ms(start, readyAt),
    mib,
    editMs: edits.toSorted((a, b) => a - b)[edits.length >> 1] ?? Number.NaN,
    includedNs: lookUp(compiled, "user", "on"),
    excludedNs: lookUp(compiled, "gone", "off"),
    hashedNs: lookUp(compiled, "listed", "on"),
  };
}

function expectOn(compiled: Compiled, targetingKey: string): void {
  if (evaluate(compiled, "f", { targetingKey }).variant !== "on") throw new Error(`${targetingKey} is no member`);
}

/** Least nanoseconds an answer takes, over rounds of different users. */
function lookUp(compiled: Compiled, word: string, expected: string): number {
  const contexts = Array.from({ length: USERS }, (_, at) => ({ targetingKey: `${word}-${at * 97}` }));
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round += 1) {
    let right = 0;
    const start = process.hrtime.bigint();
    for (const context of contexts) if (evaluate(compiled, "f", context).variant === expected) right += 1;
    best = Math.min(best, Number(process.hrtime.bigint() - start) / USERS);
    if (right !== USERS) throw new Error(`${word}: ${right} of ${USERS} answers are right`);
  }
  return best;
}
