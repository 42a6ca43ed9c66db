// The meaning of evaluation, read off docs/decisions/0001-semantics.md sentence by sentence. It walks the JSON for each question,
// remembers nothing and is clever nowhere: where it and an evaluator differ, one of them misreads the page.
import { murmur128Start, murmur32, slot } from "./hashing.ts";
import { globMatches, inBlock, inRange, instant, semver } from "./values.ts";

type Json = unknown;
type Obj = Readonly<Record<string, Json>>;
/** `problems` is compared only as present or absent. */
type Parts<V> = { readonly reason: string; readonly cause: string; readonly value?: Json; readonly problems?: readonly string[] | undefined } & V;
export type NaiveAnswer = Parts<{ readonly variant?: string; readonly by?: string | undefined }>;
export type Question = { readonly snapshot: Json; readonly urgent: readonly Json[]; readonly asker: { readonly service?: string; readonly version?: string } };

/** A condition, share or segment that cannot be read. */
class Broken extends Error {}
const broken = (why: string): never => {
  throw new Broken(why);
};

/** What the work gives; undefined where it is broken, and then why is added to `problems`. */
function attempt<T>(problems: string[], work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    problems.push(error.message);
    return undefined;
  }
}

const isObj = (x: Json): x is Obj => typeof x === "object" && x !== null && !Array.isArray(x);
const isOf = (x: Json, names: readonly string[]): boolean => isObj(x) && Object.keys(x).every((name) => names.includes(name));
const has = (x: Json, name: string): boolean => isObj(x) && Object.prototype.hasOwnProperty.call(x, name);
const get = (x: Json, name: string): Json => (has(x, name) ? (x as Obj)[name] : undefined);
const texts = (x: Json): readonly string[] | undefined => (Array.isArray(x) && x.every((one) => typeof one === "string") ? x : undefined);
const isScalar = (x: Json): boolean => typeof x === "string" || typeof x === "boolean" || (typeof x === "number" && Number.isFinite(x));

/** An attribute by path; undefined where it is missing. */
function attribute(context: Json, path: string): Json {
  const walk = (from: Json, part: string): Json => (Array.isArray(from) ? undefined : get(from, part));
  const found = has(context, path) ? get(context, path) : path.split(".").reduce(walk, context);
  return isScalar(found) || Array.isArray(found) || isObj(found) ? found : undefined;
}

function unitText(value: Json): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" && Number.isInteger(value) && Math.abs(value) <= 2 ** 53 ? BigInt(value).toString() : undefined;
}

const lower = (x: Json): Json => (typeof x === "string" ? x.replaceAll(/[A-Z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 32)) : x);
const FOLDING = ["equals", "notEquals", "in", "notIn", "contains", "startsWith", "endsWith", "glob", "includes"];

/** One operator over one attribute. Throws Broken for an operand of the wrong type, whatever the attribute is. */
function operator(name: string, value: Json, operand: Json): boolean {
  const wrong = (): never => broken(`${name}: operand`);
  const one = (type: string): Json => (typeof operand === type && (type !== "number" || Number.isFinite(operand)) ? operand : wrong());
  const limit = (): number => one("number") as number;
  const anyText = (): readonly string[] => (typeof operand === "string" ? [operand] : (texts(operand) ?? wrong()));
  const scalars = (): readonly Json[] => (Array.isArray(operand) && operand.every(isScalar) ? operand : wrong());
  const scalar = (): Json => (isScalar(operand) ? operand : wrong());
  const [text, number] = [typeof value === "string" ? value : undefined, typeof value === "number" ? value : Number.NaN];
  const some = (test: (text: string, wanted: string) => boolean): boolean => anyText().some((wanted) => text !== undefined && test(text, wanted));
  const then = (): number => instant(one("string") as string) ?? wrong();
  const given = text === undefined ? number : (instant(text) ?? Number.NaN);
  const plain = name.replace(/IgnoreCase$/, "");
  if (plain !== name && FOLDING.includes(plain)) {
    const isRight = typeof operand === "string" ? !/^(in|notIn)$/.test(plain) : !/quals/.test(plain) && texts(operand) !== undefined;
    const [folded, sought] = [plain === "includes" ? value : text, operand].map((x) => (Array.isArray(x) ? x.map(lower) : lower(x)));
    return isRight ? operator(plain, folded, sought) : wrong();
  }
  const tests: Readonly<Record<string, () => boolean>> = {
    equals: () => typeof scalar() === typeof value && value === operand,
    notEquals: () => typeof scalar() === typeof value && value !== operand,
    in: () => scalars().includes(value) && isScalar(value),
    notIn: () => !scalars().includes(value) && isScalar(value),
    contains: () => some((a, b) => a.includes(b)),
    startsWith: () => some((a, b) => a.startsWith(b)),
    endsWith: () => some((a, b) => a.endsWith(b)),
    glob: () => some(globMatches),
    lessThan: () => limit() > number,
    lessOrEqual: () => limit() >= number,
    greaterThan: () => limit() < number,
    greaterOrEqual: () => limit() <= number,
    semver: () => (inRange(text ?? "", one("string") as string) ?? wrong()) && text !== undefined,
    before: () => then() > given,
    after: () => then() < given,
    exists: () => (value !== undefined) === one("boolean"),
    cidr: () =>
      anyText()
        .map((block) => inBlock(text ?? "", block) ?? wrong())
        .includes(true),
    includes: () => (Array.isArray(operand) ? scalars() : [scalar()]).some((wanted) => Array.isArray(value) && value.includes(wanted)),
    slots: () => {
      const [salt, from, to] = (Array.isArray(operand) && operand.length === 3 ? operand : wrong()) as readonly Json[];
      const [low, high, unit] = [weight(from), weight(to), unitText(value)];
      return typeof salt !== "string" || low > high ? wrong() : unit !== undefined && slot(salt, unit) >= low && slot(salt, unit) < high;
    },
  };
  return Object.hasOwn(tests, name) ? tests[name]?.() === true : broken(`unknown operator "${name}"`);
}

/** Evaluates every part, so that a broken one is found wherever it stands. */
function condition(it: Json, context: Json, world: Question, depth = { nest: 0, segments: [] as readonly string[] }): boolean {
  if (!Array.isArray(it) || typeof it[0] !== "string" || depth.nest > 64) return broken("condition");
  const [tag, ...parts] = [String(it[0]), ...(it.slice(1) as Json[])] as const;
  const inner = { ...depth, nest: depth.nest + 1 };
  if (tag === "all" || tag === "any") {
    const results = parts.map((part) => condition(part, context, world, inner));
    return tag === "all" ? !results.includes(false) : results.includes(true);
  }
  if (tag === "not") return parts.length === 1 ? !condition(parts[0], context, world, inner) : broken("not");
  if (tag === "segment") return parts.length === 1 && typeof parts[0] === "string" ? segment(parts[0], context, world, depth.segments) : broken("segment");
  const [path, operand] = parts;
  if (parts.length !== 2 || typeof path !== "string") return broken(`operator "${tag}"`);
  return operator(tag, attribute(context, path), operand);
}

function segment(id: string, context: Json, world: Question, above: readonly string[]): boolean {
  const form = get(get(world.snapshot, "segments"), id);
  if (!isObj(form) || above.includes(id) || above.length > 8) return broken(`segment ${id}`);
  const [by, rule] = [get(form, "by"), get(form, "if")];
  if (by !== undefined && typeof by !== "string") broken("by");
  const lists = ["include", "exclude", "hashes"].map((name) => (has(form, name) ? (texts(get(form, name)) ?? broken("list")) : []));
  const matches = rule !== undefined && condition(rule, context, world, { nest: 0, segments: [...above, id] });
  const unit = unitText(attribute(context, typeof by === "string" ? by : "targetingKey"));
  if (unit !== undefined && lists[1]?.includes(unit) === true) return false;
  return (unit !== undefined && (lists[0]?.includes(unit) === true || lists[2]?.includes(hashOf(unit, world.snapshot)) === true)) || matches;
}

const WHOLE = 100000;
const weight = (x: Json): number => (typeof x === "number" && Number.isInteger(x) && x >= 0 && x <= WHOLE ? x : broken("weight"));

/** What a rule serves: a variant and whether a share or split decided; undefined: the next rule is tried. */
function serve(form: Json, context: Json, flag: { readonly salt: string; readonly variants: Obj }): { variant: string; split: boolean } | undefined {
  if (typeof form === "string") return has(flag.variants, form) ? { variant: form, split: false } : broken(`no variant ${form}`);
  if (!isOf(form, ["share", "of", "by", "salt", "algorithm"])) return broken("serve");
  const [of, by, saltGiven, algorithm] = [get(form, "of"), get(form, "by"), get(form, "salt"), get(form, "algorithm")];
  if ([by, saltGiven, algorithm].some((given) => given !== undefined && typeof given !== "string")) broken("share");
  const [isUnleash, , parts = "1000"] = /^unleash-v1(\/([1-9][0-9]*))?$/.exec(String(algorithm)) ?? [];
  if (isUnleash ? Number(parts) > WHOLE : ![undefined, "sluice-v1"].includes(algorithm as string)) broken("algorithm");
  const share = get(form, "share") === undefined ? WHOLE : weight(get(form, "share"));
  const list = typeof of === "string" ? [[of, WHOLE]] : Array.isArray(of) ? of : broken("of");
  const weights = list.map((pair): [string, number] =>
    Array.isArray(pair) && pair.length === 2 && typeof pair[0] === "string" && has(flag.variants, pair[0]) ? [pair[0], weight(pair[1])] : broken("of"),
  );
  if (weights.reduce((sum, [, each]) => sum + each, 0) !== WHOLE) broken("weights");
  if (share === WHOLE && weights.length === 1) return { variant: weights[0]?.[0] ?? "", split: false };
  const [unit, salt] = [unitText(attribute(context, String(by ?? "targetingKey"))), String(saltGiven ?? flag.salt)];
  const unleash = (of: number, seed: number): number => Math.floor(((murmur32(`${salt}:${unit}`, seed) % of) * WHOLE) / of);
  const [shareAt, at] = isUnleash ? [unleash(100, 0), unleash(Number(parts), 86028157)] : [slot(salt, unit ?? ""), slot(`${salt}:variant`, unit ?? "")];
  if (unit === undefined || shareAt >= share) return undefined;
  const upTo = (last: number): number => weights.slice(0, last + 1).reduce((sum, [, each]) => sum + each, 0);
  return { variant: weights.find((_, i) => at < upTo(i))?.[0] ?? "", split: true };
}

function isOver(kill: Obj, snapshot: Json): boolean {
  const [journal, counter, seq, epoch] = [get(kill, "journal"), get(kill, "counter"), get(kill, "seq"), get(kill, "epoch")];
  const adopted = typeof journal === "string" ? get(get(snapshot, "journals"), journal) : undefined;
  if (typeof adopted === "number" && typeof counter === "number" && adopted >= counter) return true;
  if (epoch === get(snapshot, "epoch")) return typeof seq === "number" && (get(snapshot, "seq") as number) >= seq;
  const replaced = get(snapshot, "replaces");
  if (!Array.isArray(replaced) || !replaced.includes(epoch)) return false;
  const seen = get(get(snapshot, "seen"), String(epoch));
  return (typeof seen === "number" && typeof seq === "number" && seq <= seen) || has(get(snapshot, "kills"), String(get(kill, "id")));
}

function covers(scope: Json, context: Json, world: Question): boolean {
  const { service, version } = world.asker;
  const [customers, named, services, versions] = [texts(get(scope, "customers")), get(scope, "segment"), texts(get(scope, "services")), get(scope, "versions")];
  if (services !== undefined && service !== undefined && !services.includes(service)) return false;
  if (typeof versions === "string" && version !== undefined && semver(version) && inRange(version, versions) === false) return false;
  if (customers !== undefined && !customers.includes(customerHash(context, world.snapshot) ?? "nobody")) return false;
  // A segment that is missing or broken covers everybody.
  return typeof named !== "string" || (attempt([], () => segment(named, context, world, [])) ?? true);
}

const hashOf = (unit: string, snapshot: Json): string => murmur128Start(`${String(get(snapshot, "salt"))}:${unit}`);
const customerOf = (context: Json, snapshot: Json): Json => attribute(context, String(get(snapshot, "customer") ?? "customer"));
function customerHash(context: Json, snapshot: Json): string | undefined {
  const customer = customerOf(context, snapshot);
  return typeof customer === "string" ? hashOf(customer, snapshot) : undefined;
}

/** How deep the chain below a flag goes; Infinity for a circle. */
function chain(key: string, snapshot: Json, above: readonly string[]): number {
  if (above.includes(key)) return Number.POSITIVE_INFINITY;
  if (above.length > 12) return above.length;
  const list = get(get(get(snapshot, "flags"), key), "prerequisites");
  const below = (Array.isArray(list) ? list : []).map((one) => get(one, "flag")).filter((flag) => typeof flag === "string");
  return 1 + Math.max(-1, ...below.map((flag) => chain(flag, snapshot, [...above, key])));
}

/** What `key` answers for `context`. */
export function answer(world: Question, key: string, context: Json, depth = 0): NaiveAnswer {
  const { snapshot } = world;
  const form = get(get(snapshot, "flags"), key);
  if (form === undefined) return { reason: "ERROR", cause: "unknownFlag" };
  const wrong: NaiveAnswer = { reason: "ERROR", cause: "default", problems: ["the flag cannot be read"] };
  if (!isObj(form)) return wrong;
  const [variants, off, salt] = [get(form, "variants") ?? { on: true, off: false }, get(form, "off") ?? "off", get(form, "salt") ?? key];
  const usual = get(form, "default") ?? off;
  if (!isObj(variants) || typeof off !== "string" || typeof salt !== "string" || typeof usual !== "string") return wrong;
  const problems: string[] = [];
  const marks = (by: string | undefined): Pick<NaiveAnswer, "by" | "problems"> => ({ by, problems: problems.length > 0 ? problems : undefined });
  const say = (variant: string, reason: string, cause: string, by?: string): NaiveAnswer => ({
    value: variants[variant],
    variant,
    reason,
    cause,
    ...marks(by),
  });
  const sayOff = (cause: string, by?: string): NaiveAnswer =>
    has(variants, off) ? say(off, "DISABLED", cause, by) : { reason: "ERROR", cause, by, problems: ["off"] };
  const logged = Object.entries((get(snapshot, "kills") ?? {}) as Obj).map(([id, kill]) => ({ id, kill }));
  const urgent = world.urgent.filter((kill) => isObj(kill) && !isOver(kill, snapshot)).map((kill) => ({ id: String(get(kill, "id")), kill }));
  const kills = [...logged, ...urgent].filter(({ kill }) => (get(kill, "flags") as readonly string[]).includes(key));
  const inBytes = [...kills].sort((a, b) => Buffer.compare(Buffer.from(a.id), Buffer.from(b.id)));
  for (const { id, kill } of inBytes) if (covers(get(kill, "scope"), context, world)) return sayOff("kill", id);
  for (const one of (get(form, "prerequisites") ?? []) as readonly Json[]) {
    const [flag, serves] = [get(one, "flag"), texts(get(one, "serves"))];
    if (typeof flag !== "string" || serves === undefined) problems.push("prerequisite");
    if (typeof flag !== "string" || serves === undefined) return sayOff("prerequisite", typeof flag === "string" ? flag : undefined);
    const isDeep = depth + 1 + chain(flag, snapshot, [key]) > 8;
    if (isDeep || !has(get(snapshot, "flags"), flag)) problems.push("prerequisite: its chain is a circle, too deep, or begins nowhere");
    const parent = isDeep ? undefined : answer(world, flag, context, depth + 1).variant;
    if (parent === undefined || !serves.includes(parent)) return sayOff("prerequisite", flag);
  }
  if (get(form, "eligible") !== undefined && attempt(problems, () => condition(get(form, "eligible"), context, world)) !== true) return sayOff("ineligible");
  const pins = (get(form, "pins") ?? []) as readonly (readonly Json[])[];
  const customer = customerHash(context, snapshot);
  const unit = unitText(attribute(context, "targetingKey"));
  const canServe = (variant: Json): variant is string => typeof variant === "string" && has(variants, variant);
  if (!pins.every(([, , variant]) => canServe(variant))) problems.push("pin");
  const pinOf = (who: string, hash: string | undefined): readonly Json[] | undefined =>
    pins.find((each) => each[0] === who && each[1] === hash && hash !== undefined && canServe(each[2]));
  const pin = pinOf("user", unit === undefined ? undefined : hashOf(unit, snapshot)) ?? pinOf("customer", customer);
  if (pin !== undefined) return say(pin[2] as string, "TARGETING_MATCH", "pin");
  const exposure = get(form, "exposure");
  if (isObj(exposure) && !canServe(get(exposure, "serve"))) problems.push("exposure");
  if (isObj(exposure) && customer !== undefined && canServe(get(exposure, "serve"))) {
    const share = get(exposure, "share");
    const isInShare = typeof share !== "number" || slot(`${salt}:exposure`, customerOf(context, snapshot) as string) < share;
    const isRest = get(exposure, "rest") === true && texts(get(exposure, "except"))?.includes(customer) !== true && isInShare;
    if (isRest || texts(get(exposure, "keys"))?.includes(customer) === true) return say(get(exposure, "serve") as string, "TARGETING_MATCH", "exposure");
  }
  const rules = (get(form, "rules") ?? []) as readonly Json[];
  for (const [index, rule] of rules.entries()) {
    const name = typeof get(rule, "id") === "string" ? (get(rule, "id") as string) : `#${index + 1}`;
    const served = attempt(problems, () => {
      const matches = (isOf(rule, ["id", "if", "serve"]) || broken("rule")) && (get(rule, "if") === undefined || condition(get(rule, "if"), context, world));
      const form = serve(get(rule, "serve"), context, { salt, variants });
      return matches ? form : undefined;
    });
    if (served !== undefined) return say(served.variant, served.split ? "SPLIT" : "TARGETING_MATCH", "rule", name);
  }
  if (!has(variants, usual)) return { reason: "ERROR", cause: "default", problems: ["default"] };
  const isEmpty = (part: string): boolean => ((get(form, part) ?? []) as readonly Json[]).length === 0;
  const isStatic = kills.length === 0 && ["rules", "pins", "prerequisites", "eligible", "exposure"].every(isEmpty);
  return say(usual, isStatic ? "STATIC" : "DEFAULT", "default");
}
