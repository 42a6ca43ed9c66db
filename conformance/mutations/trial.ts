import {
  applyPatch,
  compilePatch,
  compileSnapshot,
  compileUrgent,
  decodePatch,
  decodeSnapshot,
  decodeUrgentKill,
  encodeSnapshot,
  evaluate,
  explain,
  flagKeysOf,
  layOutSnapshot,
  openIntactSnapshot,
  openSnapshot,
  snapshotOf,
  type Answer,
  type Compiled,
  type Context,
  type Patch,
  type Result,
  type Snapshot,
  type UrgentKill,
} from "@sluice/evaluation";
import { askNaive, comparable, type World } from "../compare.ts";
import { WorldMaker } from "../worlds.ts";
import { mutateContext } from "./contexts.ts";
import { mutate, type MutatedText } from "./documents.ts";
import { Draw } from "./draw.ts";

/** What one trial came to. `compared`: answers held against the naive interpreter. */
export interface Outcome {
  readonly kind: "snapshot" | "patch" | "urgentKill" | "context";
  readonly refused: boolean;
  readonly asked: number;
  readonly compared: number;
}

/** The evaluator did what it must not: threw, refused what is right, or answered what the semantics do not. */
export class Fault extends Error {
  override readonly name = "Fault";
}

/** Several trials share a world: drawing one costs more than asking it. */
const TRIALS_PER_WORLD = 8;
const ODD_KEYS = ["__proto__", "constructor", "toString", "hasOwnProperty", "", "none"];
const REASONS = new Set(["DISABLED", "TARGETING_MATCH", "SPLIT", "STATIC", "DEFAULT", "ERROR"]);
const PROBLEMS_MAX = 100;

interface Ground {
  readonly seed: number;
  readonly world: World;
  readonly flags: readonly string[];
  readonly snapshot: Snapshot;
  readonly urgent: readonly UrgentKill[];
  readonly compiled: Compiled;
}
type Json = Readonly<Record<string, unknown>>;

let latest: Ground | undefined;

function groundOf(seed: number): Ground {
  if (latest?.seed === seed) return latest;
  const maker = new WorldMaker(seed);
  const world = maker.world();
  const snapshot = mustDecode(decodeSnapshot(world.snapshot), "a valid snapshot");
  const urgent = (world.urgent ?? []).map((kill) => mustDecode(decodeUrgentKill(kill), "a valid urgent kill"));
  latest = { seed, world, flags: maker.flags, snapshot, urgent, compiled: compileSnapshot(snapshot, { asker: world.asker ?? {}, urgent }) };
  return latest;
}

function mustDecode<T>(decoded: Result<T, unknown>, what: string): T {
  if (!decoded.ok) throw new Fault(`${what} is refused: ${JSON.stringify(decoded.problem)}`);
  return decoded.value;
}

/** A refusal names places, in a list of bounded length. */
function checkRefusal(decoded: Result<unknown, readonly { readonly path: string; readonly message: string }[]>): boolean {
  if (decoded.ok) return false;
  const { problem } = decoded;
  const isRight = problem.length > 0 && problem.length <= PROBLEMS_MAX && problem.every((one) => typeof one.path === "string" && one.message !== "");
  if (!isRight) throw new Fault(`a refusal without a readable reason: ${JSON.stringify(problem).slice(0, 200)}`);
  return true;
}

/** Asks every flag there is, and some that are not; what is asked twice must answer twice the same, explained or not. */
function askAll(compiled: Compiled, flags: readonly string[], context: unknown): number {
  const keys = [...new Set([...flags, ...ODD_KEYS, ...flagKeysOf(compiled).slice(0, 20)])];
  for (const key of keys) {
    const answer = evaluate(compiled, key, context as Context);
    if (!REASONS.has(answer.reason) || (answer.variant === undefined) !== (answer.reason === "ERROR")) throw new Fault(`${key} answers ${comparable(answer)}`);
  }
  return keys.length;
}

/** Holds the evaluator's answers against those of the naive interpreter for the plain meaning of the context. */
function compare(world: World, compiled: Compiled, flags: readonly string[], contexts: { readonly given: unknown; readonly plain: unknown }): number {
  for (const flag of flags) {
    const [naive, evaluator] = [comparable(askNaive(world, flag, contexts.plain)), comparable(evaluate(compiled, flag, contexts.given as Context))];
    if (naive !== evaluator) throw new Fault(`${flag}: the naive interpreter answers ${naive}, the evaluator ${evaluator}`);
  }
  return flags.length;
}

/** The flags that cannot see what another one is: whose prerequisites do not lead there. */
function flagsApartFrom(spoiled: string, { world, flags }: Ground): readonly string[] {
  const forms = (world.snapshot as { readonly flags: Readonly<Record<string, { readonly prerequisites?: readonly { readonly flag?: string }[] }>> }).flags;
  const seen = new Set([spoiled]);
  for (let size = 0; size < seen.size;) {
    size = seen.size;
    for (const [key, { prerequisites = [] }] of Object.entries(forms)) if (prerequisites.some(({ flag }) => seen.has(flag ?? ""))) seen.add(key);
  }
  return flags.filter((flag) => !seen.has(flag));
}

/** Asks what was decoded from a mutated text, and compares as much as the mutation left as it was. */
function checkCompiled(compiled: Compiled, mutated: MutatedText, ground: Ground, context: unknown): { readonly asked: number; readonly compared: number } {
  const asked = askAll(compiled, ground.flags, context);
  const kept = mutated.same === true ? ground.flags : mutated.flag === undefined ? [] : flagsApartFrom(mutated.flag, ground);
  const compared = compare(ground.world, compiled, kept, { given: context, plain: context });
  const [key = ""] = ground.flags;
  const explained: Answer = explain(compiled, key, context as Context).answer;
  if (comparable(explained) !== comparable(evaluate(compiled, key, context as Context))) throw new Fault(`${key}: explained otherwise than answered`);
  return { asked, compared };
}

/** Whatever the bytes, opening them comes to the same as decoding their text, answers and refusals alike. */
function checkOpened(bytes: Uint8Array, decoded: ReturnType<typeof decodeSnapshot>, ground: Ground, context: unknown): void {
  const opened = openSnapshot(bytes);
  if (opened.ok !== decoded.ok) throw new Fault(`decoded it is ${decoded.ok ? "taken" : "refused"}, opened it is not`);
  if (!opened.ok || !decoded.ok) return;
  const options = { asker: ground.world.asker ?? {}, urgent: ground.urgent };
  const [one, other] = [compileSnapshot(opened.value, options), compileSnapshot(decoded.value, options)];
  for (const key of new Set([...ground.flags, ...ODD_KEYS, ...flagKeysOf(other)])) {
    const [open, plain] = [one, other].map((compiled) => comparable(evaluate(compiled, key, context as Context)));
    if (open !== plain) throw new Fault(`${key}: opened ${open}, decoded ${plain}`);
  }
  if (encodeSnapshot(snapshotOf(one)) !== encodeSnapshot(decoded.value)) throw new Fault("what was opened is written out as something else");
}

/** Laid out, it answers as it does otherwise; with a character lost that its sender vouches for, it still answers everything and can be written out. */
function checkLaidOut(snapshot: Snapshot, lostAt: number, ground: Ground, context: unknown): void {
  const text = layOutSnapshot(snapshot);
  const options = { asker: ground.world.asker ?? {}, urgent: ground.urgent };
  const whole = compileSnapshot(mustDecode(openIntactSnapshot(new TextEncoder().encode(text)), "what was laid out"), options);
  // Numbers beyond what JSON can write become null on their way, whoever writes them: what travels is compared with what travels.
  const plain = compileSnapshot(mustDecode(decodeSnapshot(encodeSnapshot(snapshot)), "what was encoded"), options);
  for (const key of new Set([...ground.flags, ...ODD_KEYS, ...flagKeysOf(plain)])) {
    const [one, other] = [whole, plain].map((compiled) => comparable(evaluate(compiled, key, context as Context)));
    if (one !== other) throw new Fault(`${key}: laid out ${one}, decoded ${other}`);
  }
  const spoiled = openIntactSnapshot(new TextEncoder().encode(`${text.slice(0, lostAt % text.length)}${text.slice((lostAt % text.length) + 1)}`));
  if (checkRefusal(spoiled) || !spoiled.ok) return;
  const compiled = compileSnapshot(spoiled.value, options);
  askAll(compiled, [...ground.flags, ...flagKeysOf(compiled)], context);
  encodeSnapshot(snapshotOf(compiled));
}

function trySnapshot(ground: Ground, mutated: MutatedText, context: unknown): Outcome {
  const bytes = new TextEncoder().encode(mutated.text);
  const decoded = decodeSnapshot(new TextDecoder().decode(bytes));
  checkOpened(bytes, decoded, ground, context);
  if (checkRefusal(decoded) && mutated.same !== true) return { kind: "snapshot", refused: true, asked: 0, compared: 0 };
  const snapshot = mustDecode(decoded, `a snapshot that is ${mutated.how}`);
  // A prime far larger than a line spreads the places over the text.
  checkLaidOut(snapshot, bytes.length * 7_919, ground, context);
  const { world, urgent } = ground;
  const done = checkCompiled(compileSnapshot(snapshot, { asker: world.asker ?? {}, urgent }), mutated, ground, context);
  // The same again on top of what is compiled already, and onwards by a patch: what an SDK does with the next snapshot it gets.
  const later = compileSnapshot(snapshot, { asker: world.asker ?? {}, urgent, previous: ground.compiled });
  checkCompiled(later, mutated, ground, context);
  const patch: Patch = { epoch: snapshot.epoch, base: snapshot.seq, to: snapshot.seq + 1, set: { flags: { f0: ground.snapshot.flags["f0"] ?? {} } } };
  const patched = compilePatch(later, patch, urgent);
  if (!patched.ok) throw new Fault(`a patch from exactly this version is refused: ${patched.problem.message}`);
  askAll(patched.value, ground.flags, context);
  mustDecode(decodeSnapshot(encodeSnapshot(snapshotOf(patched.value))), "what was encoded again");
  return { kind: "snapshot", refused: false, ...done };
}

/**
 * Another snapshot, and what makes this world's of it. Mostly it is other in two flags alone: then everything else stays compiled,
 * and the patch has to find what depends on these two.
 */
function patchOf({ seed, world }: Ground, draw: Draw): { readonly before: Json; readonly patch: Json } {
  const now = world.snapshot as Json & { readonly seq: number; readonly flags: Json; readonly segments: Json; readonly kills?: Json };
  const other = new WorldMaker(seed ^ 0x5eed).world().snapshot as typeof now;
  const { f0, f1 } = now.flags;
  const isMore = { salt: draw.chance(0.2), segments: draw.chance(0.3), kills: draw.chance(0.3) };
  const kills = isMore.kills ? (other.kills ?? {}) : (now.kills ?? {});
  const before: Json = {
    ...now,
    seq: now.seq - 3,
    salt: isMore.salt ? "before" : now["salt"],
    segments: isMore.segments ? other.segments : now.segments,
    kills,
    flags: { ...now.flags, f0: other.flags["f0"], f1: other.flags["f1"], gone: {} },
  };
  const set = {
    flags: { f0, f1 },
    journals: now["journals"],
    ...(isMore.salt ? { salt: now["salt"] } : {}),
    ...(isMore.segments ? { segments: now.segments } : {}),
    ...(isMore.kills ? { kills: now.kills ?? {} } : {}),
  };
  const gone = Object.keys(kills).filter((id) => !Object.hasOwn(now.kills ?? {}, id));
  return { before, patch: { epoch: now["epoch"], base: now.seq - 3, to: now.seq, set, drop: { flags: ["gone"], kills: gone } } };
}

function tryPatch(ground: Ground, draw: Draw, context: unknown): Outcome {
  const { before, patch } = patchOf(ground, draw);
  const mutated = mutate(patch, draw);
  const decoded = decodePatch(mutated.text);
  if (checkRefusal(decoded) && mutated.same !== true) return { kind: "patch", refused: true, asked: 0, compared: 0 };
  const value = mustDecode(decoded, `a patch that is ${mutated.how}`);
  const snapshot = mustDecode(decodeSnapshot(before), "the snapshot before the patch");
  const compiled = compileSnapshot(snapshot, { asker: ground.world.asker ?? {}, urgent: ground.urgent });
  askAll(compiled, ground.flags, context);
  const plainly = applyPatch(snapshot, value);
  const patched = compilePatch(compiled, value, ground.urgent);
  if (plainly.ok !== patched.ok)
    throw new Fault(`the patch is ${plainly.ok ? "" : "not "}applied to plain data, but it is ${patched.ok ? "" : "not "}to what is compiled`);
  if (!patched.ok || !plainly.ok) {
    if (mutated.same === true || mutated.flag !== undefined) throw new Fault(`a patch that fits is refused: ${mutated.how}`);
    return { kind: "patch", refused: true, asked: askAll(compiled, ground.flags, context), compared: 0 };
  }
  const afresh = compileSnapshot(plainly.value, { asker: ground.world.asker ?? {}, urgent: ground.urgent });
  for (const key of ground.flags) {
    const [moved, made] = [patched.value, afresh].map((one) => comparable(evaluate(one, key, context as Context)));
    if (moved !== made) throw new Fault(`${key}: after the patch ${moved}, compiled afresh ${made}`);
  }
  return { kind: "patch", refused: false, ...checkCompiled(patched.value, mutated, ground, context) };
}

function tryUrgentKill(ground: Ground, draw: Draw, context: unknown): Outcome {
  const scope = draw.pick([{}, { services: ["web"] }, { segment: "s0" }, { versions: ">=1.0.0" }, { customers: [] }]);
  const kill = { id: "u9", epoch: draw.pick(["e2", "e1", "e0"]), flags: ["f0", "f1"], journal: "j1", counter: draw.pick([5, 6]), seq: 21, scope };
  const mutated = mutate(kill, draw);
  const decoded = decodeUrgentKill(mutated.text);
  if (checkRefusal(decoded) && mutated.same !== true) return { kind: "urgentKill", refused: true, asked: 0, compared: 0 };
  const value = mustDecode(decoded, `an urgent kill that is ${mutated.how}`);
  const asker = ground.world.asker ?? {};
  const compiled = compileUrgent(compileSnapshot(ground.snapshot, { asker }), [value]);
  const world = { snapshot: ground.world.snapshot, urgent: [kill], asker };
  return { kind: "urgentKill", refused: false, ...checkCompiled(compiled, mutated, { ...ground, world }, context) };
}

function tryContext({ world, flags, compiled }: Ground, draw: Draw, valid: Json): Outcome {
  let isInside = false;
  const reenter = (): void => {
    // Once inside itself is enough, and it must end.
    if (isInside) return;
    isInside = true;
    for (const flag of flags.slice(0, 2)) evaluate(compiled, flag, { targetingKey: "u2", customer: "bolt", name: "a" });
    isInside = false;
  };
  const { context, meaning } = mutateContext(valid, draw, reenter);
  const asked = askAll(compiled, flags, context);
  for (const flag of flags.slice(0, 2)) explain(compiled, flag, context as Context);
  const compared = meaning === undefined ? 0 : compare(world, compiled, flags, { given: context, plain: meaning.plain });
  return { kind: "context", refused: false, asked, compared };
}

/** Plays one trial; everything in it follows from its number. Throws where the evaluator did what it must not. */
export function playTrial(trial: number): Outcome {
  const ground = groundOf(1 + Math.floor(trial / TRIALS_PER_WORLD));
  const draw = new Draw(trial);
  const context = new WorldMaker(trial).context() as Json;
  const kind = draw.below(100);
  if (kind < 45) return tryContext(ground, draw, context);
  if (kind < 50) return tryUrgentKill(ground, draw, context);
  if (kind < 60) return tryPatch(ground, draw, context);
  return trySnapshot(ground, mutate(ground.world.snapshot, draw), context);
}
