// The meaning of evaluation, read off docs/decisions/0001-semantics.md sentence by sentence. It walks the JSON for each question,
// remembers nothing and is clever nowhere: where it and an evaluator differ, one of them misreads the page.
import { murmur128Start, slot } from "./hashing.ts";
import { globMatches, inBlock, inRange, instant } from "./values.ts";

type Json = unknown;
type Obj = Readonly<Record<string, Json>>;
/** `problems` is compared only as present or absent. */
export interface NaiveAnswer {
  readonly value?: Json;
  readonly variant?: string;
  readonly reason: string;
  readonly cause: string;
  readonly by?: string;
  readonly problems?: readonly string[];
}
export interface Question {
  readonly snapshot: Json;
  readonly urgent: readonly Json[];
  readonly asker: { readonly service?: string; readonly version?: string };
}

/** A condition, share or segment that cannot be read. */
class Broken extends Error {}
const broken = (why: string): never => {
  throw new Broken(why);
};

const isObj = (x: Json): x is Obj => typeof x === "object" && x !== null && !Array.isArray(x);
const has = (x: Json, name: string): boolean => isObj(x) && Object.prototype.hasOwnProperty.call(x, name);
const get = (x: Json, name: string): Json => (has(x, name) ? (x as Obj)[name] : undefined);
const texts = (x: Json): readonly string[] | undefined => (Array.isArray(x) && x.every((one) => typeof one === "string") ? x : undefined);
const isScalar = (x: Json): boolean => typeof x === "string" || typeof x === "boolean" || (typeof x === "number" && Number.isFinite(x));

/** An attribute by path; undefined where it is missing. */
function attribute(context: Json, path: string): Json {
  let found: Json;
  if (has(context, path)) found = get(context, path);
  else {
    found = context;
    for (const part of path.split(".")) found = Array.isArray(found) ? undefined : get(found, part);
  }
  if (isScalar(found) || Array.isArray(found) || isObj(found)) return found;
  return undefined;
}

function unitText(value: Json): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "number" && Number.isInteger(value) && Math.abs(value) <= 2 ** 53) return Object.is(value, -0) ? "0" : BigInt(value).toString();
  return undefined;
}

const lower = (text: string): string => text.replaceAll(/[A-Z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 32));

/** One operator over one attribute. Throws Broken for an operand of the wrong type, whatever the attribute is. */
function operator(name: string, value: Json, operand: Json): boolean {
  const one = (type: string): Json => (typeof operand === type && (type !== "number" || Number.isFinite(operand)) ? operand : broken(`${name}: operand`));
  const anyText = (): readonly string[] => (typeof operand === "string" ? [operand] : (texts(operand) ?? broken(`${name}: operand`)));
  const scalars = (): readonly Json[] => (Array.isArray(operand) && operand.every(isScalar) ? operand : broken(`${name}: operand`));
  const scalarOperand = (): Json => (isScalar(operand) ? operand : broken(`${name}: operand`));
  const text = typeof value === "string" ? value : undefined;
  const fold = name.endsWith("IgnoreCase");
  const f = (given: string): string => (fold ? lower(given) : given);
  const some = (test: (text: string, wanted: string) => boolean): boolean =>
    anyText().filter((wanted) => text !== undefined && test(f(text), f(wanted))).length > 0;
  switch (fold ? name.slice(0, -"IgnoreCase".length) : name) {
    case "equals":
      if (fold) return text === undefined ? (one("string"), false) : lower(text) === lower(String(one("string")));
      return typeof scalarOperand() === typeof value && value === operand;
    case "notEquals":
      return typeof scalarOperand() === typeof value && value !== operand && !fold;
    case "in":
      if (fold) return (texts(operand) ?? broken("operand")).filter((wanted) => text !== undefined && lower(wanted) === lower(text)).length > 0;
      return scalars().includes(value) && isScalar(value);
    case "notIn":
      return !scalars().includes(value) && isScalar(value);
    case "contains":
      return some((a, b) => a.includes(b));
    case "startsWith":
      return some((a, b) => a.startsWith(b));
    case "endsWith":
      return some((a, b) => a.endsWith(b));
    case "glob":
      return some(globMatches);
    case "lessThan":
      return (one("number") as number) > (typeof value === "number" ? value : Number.NaN);
    case "lessOrEqual":
      return (one("number") as number) >= (typeof value === "number" ? value : Number.NaN);
    case "greaterThan":
      return (one("number") as number) < (typeof value === "number" ? value : Number.NaN);
    case "greaterOrEqual":
      return (one("number") as number) <= (typeof value === "number" ? value : Number.NaN);
    case "semver":
      return (inRange(text ?? "", one("string") as string) ?? broken("semver: range")) && text !== undefined;
    case "before":
    case "after": {
      const wanted = instant(one("string") as string) ?? broken(`${name}: operand`);
      const given = typeof value === "number" ? value : text === undefined ? undefined : instant(text);
      return given !== undefined && (name === "before" ? given < wanted : given > wanted);
    }
    case "exists":
      return (value !== undefined) === one("boolean");
    case "cidr": {
      const blocks = anyText().map((block) => inBlock(text ?? "", block) ?? broken("cidr: block"));
      return text !== undefined && blocks.includes(true);
    }
    case "includes": {
      const wanted = Array.isArray(operand) ? scalars() : [scalarOperand()];
      return Array.isArray(value) && wanted.some((each) => value.includes(each));
    }
    default:
      return broken(`unknown operator "${name}"`);
  }
}

const OPERATORS =
  "equals notEquals in notIn contains startsWith endsWith glob lessThan lessOrEqual greaterThan greaterOrEqual semver before after exists cidr includes equalsIgnoreCase inIgnoreCase containsIgnoreCase startsWithIgnoreCase endsWithIgnoreCase globIgnoreCase".split(
    " ",
  );

/** Evaluates every part, so that a broken one is found wherever it stands. */
function condition(it: Json, context: Json, world: Question, depth: { readonly nest: number; readonly segments: readonly string[] }): boolean {
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
  if (!OPERATORS.includes(tag) || parts.length !== 2 || typeof path !== "string") return broken(`operator "${tag}"`);
  return operator(tag, attribute(context, path), operand);
}

function segment(id: string, context: Json, world: Question, above: readonly string[]): boolean {
  const form = get(get(world.snapshot, "segments"), id);
  if (!isObj(form) || above.includes(id) || above.length > 8) return broken(`segment ${id}`);
  const [by, include, exclude, rule] = [get(form, "by"), get(form, "include"), get(form, "exclude"), get(form, "if")];
  if (by !== undefined && typeof by !== "string") broken("by");
  const lists = [include, exclude].map((list) => (list === undefined ? [] : (texts(list) ?? broken("list"))));
  const matches = rule !== undefined && condition(rule, context, world, { nest: 0, segments: [...above, id] });
  const unit = unitText(attribute(context, typeof by === "string" ? by : "targetingKey"));
  if (unit !== undefined && lists[1]?.includes(unit) === true) return false;
  return (unit !== undefined && lists[0]?.includes(unit) === true) || matches;
}

const WHOLE = 100000;
const weight = (x: Json): number => (typeof x === "number" && Number.isInteger(x) && x >= 0 && x <= WHOLE ? x : broken("weight"));

/** What a rule serves: a variant and whether a share or split decided; undefined: the next rule is tried. */
function serve(
  form: Json,
  context: Json,
  flag: { readonly key: string; readonly salt: string; readonly variants: Obj },
): { readonly variant: string; readonly split: boolean } | undefined {
  if (typeof form === "string") return has(flag.variants, form) ? { variant: form, split: false } : broken(`no variant ${form}`);
  if (!isObj(form)) return broken("serve");
  const [of, by, saltGiven, algorithm] = [get(form, "of"), get(form, "by"), get(form, "salt"), get(form, "algorithm")];
  if (
    (by !== undefined && typeof by !== "string") ||
    (saltGiven !== undefined && typeof saltGiven !== "string") ||
    (algorithm !== undefined && algorithm !== "sluice-v1")
  )
    broken("share");
  const share = get(form, "share") === undefined ? WHOLE : weight(get(form, "share"));
  const list = typeof of === "string" ? [[of, WHOLE]] : Array.isArray(of) ? of : broken("of");
  const weights = list.map((pair): [string, number] =>
    Array.isArray(pair) && pair.length === 2 && typeof pair[0] === "string" && has(flag.variants, pair[0]) ? [pair[0], weight(pair[1])] : broken("of"),
  );
  if (weights.reduce((sum, [, each]) => sum + each, 0) !== WHOLE) broken("weights");
  const only = weights.length === 1 ? weights[0]?.[0] : undefined;
  if (share === WHOLE && only !== undefined) return { variant: only, split: false };
  const unit = unitText(attribute(context, typeof by === "string" ? by : "targetingKey"));
  const salt = typeof saltGiven === "string" ? saltGiven : flag.salt;
  if (unit === undefined || slot(salt, unit) >= share) return undefined;
  let left = slot(`${salt}:variant`, unit);
  for (const [variant, each] of weights) {
    if (left < each) return { variant, split: true };
    left -= each;
  }
  return undefined;
}

function isOver(kill: Obj, snapshot: Json): boolean {
  const [journal, counter, seq, epoch] = [get(kill, "journal"), get(kill, "counter"), get(kill, "seq"), get(kill, "epoch")];
  const adopted = typeof journal === "string" ? get(get(snapshot, "journals"), journal) : undefined;
  if (typeof adopted === "number" && typeof counter === "number" && adopted >= counter) return true;
  if (epoch === get(snapshot, "epoch")) return typeof seq === "number" && (get(snapshot, "seq") as number) >= seq;
  const replaced = get(snapshot, "replaces");
  return Array.isArray(replaced) && replaced.includes(epoch) && (has(get(snapshot, "kills"), String(get(kill, "id"))) || adopted !== undefined);
}

function covers(scope: Json, context: Json, world: Question): boolean {
  const { service, version } = world.asker;
  const [customers, named, services, versions] = ["customers", "segment", "services", "versions"].map((part) => get(scope, part));
  if (texts(services) !== undefined && service !== undefined && !texts(services)?.includes(service)) return false;
  if (typeof versions === "string" && version !== undefined && inRange(version, versions) === false) return false;
  if (texts(customers) !== undefined) {
    const hash = customerHash(context, world.snapshot);
    if (hash === undefined || !texts(customers)?.includes(hash)) return false;
  }
  if (typeof named !== "string") return true;
  try {
    return segment(named, context, world, []);
  } catch (error) {
    if (error instanceof Broken) return true;
    throw error;
  }
}

function hashOf(unit: string | undefined, snapshot: Json): string | undefined {
  return unit === undefined ? undefined : murmur128Start(`${String(get(snapshot, "salt"))}:${unit}`);
}
function customerHash(context: Json, snapshot: Json): string | undefined {
  const customer = attribute(context, String(get(snapshot, "customer") ?? "customer"));
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
  const [variants, off, usual, salt] = [
    get(form, "variants") ?? { on: true, off: false },
    get(form, "off") ?? "off",
    get(form, "default") ?? get(form, "off") ?? "off",
    get(form, "salt") ?? key,
  ];
  if (!isObj(variants) || typeof off !== "string" || typeof salt !== "string" || typeof usual !== "string") return wrong;
  const problems: string[] = [];
  const say = (variant: string, reason: string, cause: string, by?: string): NaiveAnswer => ({
    value: variants[variant],
    variant,
    reason,
    cause,
    ...(by === undefined ? {} : { by }),
    ...(problems.length > 0 ? { problems } : {}),
  });
  const sayOff = (cause: string, by?: string): NaiveAnswer =>
    has(variants, off) ? say(off, "DISABLED", cause, by) : { reason: "ERROR", cause, ...(by === undefined ? {} : { by }), problems: ["off"] };
  const attempt = <T>(step: string, work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      problems.push(`${step}: ${error.message}`);
      return undefined;
    }
  };
  const logged = Object.entries((get(snapshot, "kills") ?? {}) as Obj).map(([id, kill]) => ({ id, kill }));
  const urgent = world.urgent.filter((kill) => isObj(kill) && !isOver(kill, snapshot)).map((kill) => ({ id: String(get(kill, "id")), kill }));
  const kills = [...logged, ...urgent].filter(({ kill }) => (get(kill, "flags") as readonly string[]).includes(key));
  const inBytes = [...kills].sort((a, b) => Buffer.compare(Buffer.from(a.id), Buffer.from(b.id)));
  for (const { id, kill } of inBytes) if (covers(get(kill, "scope"), context, world)) return sayOff("kill", id);
  for (const one of (get(form, "prerequisites") ?? []) as readonly Json[]) {
    const [flag, serves] = [get(one, "flag"), texts(get(one, "serves"))];
    if (typeof flag !== "string" || serves === undefined) {
      problems.push("prerequisite");
      return sayOff("prerequisite", typeof flag === "string" ? flag : undefined);
    }
    const isDeep = depth + 1 + chain(flag, snapshot, [key]) > 8;
    if (isDeep || !has(get(snapshot, "flags"), flag)) problems.push("prerequisite: its chain is a circle, too deep, or begins nowhere");
    const parent = isDeep ? undefined : answer(world, flag, context, depth + 1).variant;
    if (parent === undefined || !serves.includes(parent)) return sayOff("prerequisite", flag);
  }
  if (get(form, "eligible") !== undefined && attempt("eligible", () => condition(get(form, "eligible"), context, world, { nest: 0, segments: [] })) !== true)
    return sayOff("ineligible");
  const pins = (get(form, "pins") ?? []) as readonly (readonly Json[])[];
  const customer = customerHash(context, snapshot);
  const user = hashOf(unitText(attribute(context, "targetingKey")), snapshot);
  const canServe = (variant: Json): variant is string => typeof variant === "string" && has(variants, variant);
  if (!pins.every(([, , variant]) => canServe(variant))) problems.push("pin");
  for (const who of ["user", "customer"]) {
    for (const [kind, hash, variant] of pins)
      if (kind === who && hash !== undefined && hash === (who === "user" ? user : customer) && canServe(variant)) return say(variant, "TARGETING_MATCH", "pin");
  }
  const exposure = get(form, "exposure");
  if (isObj(exposure) && !canServe(get(exposure, "serve"))) problems.push("exposure");
  if (isObj(exposure) && customer !== undefined) {
    const variant = get(exposure, "serve");
    const limit = get(exposure, "share");
    const isRest = get(exposure, "rest") === true && texts(get(exposure, "except"))?.includes(customer) !== true;
    const unit = attribute(context, String(get(snapshot, "customer") ?? "customer")) as string;
    const isIn = texts(get(exposure, "keys"))?.includes(customer) === true || (isRest && (typeof limit !== "number" || slot(`${salt}:exposure`, unit) < limit));
    if (isIn && canServe(variant)) return say(variant, "TARGETING_MATCH", "exposure");
  }
  const rules = (get(form, "rules") ?? []) as readonly Json[];
  for (const [index, rule] of rules.entries()) {
    const name = typeof get(rule, "id") === "string" ? (get(rule, "id") as string) : `#${index + 1}`;
    const served = attempt(`rule ${name}`, () => {
      const matches = get(rule, "if") === undefined || condition(get(rule, "if"), context, world, { nest: 0, segments: [] });
      const found = serve(get(rule, "serve"), context, { key, salt, variants });
      return matches ? found : undefined;
    });
    if (served !== undefined) return say(served.variant, served.split ? "SPLIT" : "TARGETING_MATCH", "rule", name);
  }
  if (!has(variants, usual)) return { reason: "ERROR", cause: "default", problems: ["default"] };
  const isStatic =
    rules.length === 0 &&
    kills.length === 0 &&
    pins.length === 0 &&
    ["prerequisites", "eligible", "exposure"].every(
      (part) => get(form, part) === undefined || (part === "prerequisites" && (get(form, part) as readonly Json[]).length === 0),
    );
  return say(usual, isStatic ? "STATIC" : "DEFAULT", "default");
}
