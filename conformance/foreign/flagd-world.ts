import type { Condition, Context, FlagForm, JsonValue, KillForm, RuleForm, SegmentForm, Snapshot } from "@sluice/evaluation";

/** A context with ASCII texts: flagd-core for JavaScript hashes UTF-16 units, others UTF-8 bytes. */
export type Asked = Context;

const ATTRIBUTES = ["plan", "country", "age", "beta", "tags", "customer", "targetingKey"] as const;
const TEXTS = ["pro", "free", "AU", "NZ", "u-17", "u-4", "", "7", "true", "[object Object]"];
const VALUES: readonly JsonValue[] = [...TEXTS, 7, 0, -0, -3, 1.5, 2 ** 53, 1e21, true, false, null, [], ["pro", 7], [true], { a: 1 }, {}];
const FLAGS = ["a", "b", "c", "d", "e", "f"] as const;
const CONTEXTS = 12;
const COLOURS: readonly Pick<FlagForm, "type" | "variants">[] = [
  { type: "string", variants: { red: "#f00", green: "#0f0", off: "" } },
  { type: "number", variants: { red: 1, green: 2.5, off: 0 } },
  { type: "object", variants: { red: { hue: [0, "deg"] }, green: { hue: null }, off: {} } },
];

/** Mulberry32: the same world for the same seed on each machine. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Valid flags of every kind that a snapshot can hold, and contexts to ask them for. */
export function randomWorld(seed: number): { readonly snapshot: Snapshot; readonly contexts: readonly Asked[] } {
  const world = new World(generator(seed));
  const flags = Object.fromEntries(FLAGS.map((key, at) => [key, world.flag(FLAGS.slice(at + 1))]));
  const segments = { s: world.segment([]), t: world.segment(["s"]) };
  const snapshot: Snapshot = { format: 1, environment: "production", epoch: "flagd", seq: 1, salt: "s", segments, kills: world.kills(), flags };
  return { snapshot, contexts: Array.from({ length: CONTEXTS }, () => world.context()) };
}

class World {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  context(): Asked {
    const attributes: Record<string, JsonValue> = {};
    for (const name of ATTRIBUTES) if (this.#chance(0.7)) attributes[name] = this.#pick(VALUES);
    if (this.#chance(0.7)) attributes["targetingKey"] = `user-${Math.floor(this.#random() * 1e6)}`;
    return attributes;
  }

  flag(parents: readonly string[]): FlagForm {
    const isText = this.#chance(0.4);
    const names = isText ? ["red", "green", "off"] : ["on", "off"];
    const [parent] = parents;
    return {
      ...(isText ? this.#pick<Pick<FlagForm, "type" | "variants">>(COLOURS) : {}),
      default: this.#pick(names),
      ...(this.#chance(0.3) ? { salt: "kept" } : {}),
      ...(parent !== undefined && this.#chance(0.3) ? { prerequisites: [{ flag: this.#pick(parents), serves: [this.#pick(["on", "red"]), "green"] }] } : {}),
      ...(this.#chance(0.2) ? { eligible: this.#condition(1) } : {}),
      ...(this.#chance(0.05) ? { pins: [["user", "0123456789abcdef", "off"] as const] } : {}),
      ...(this.#chance(0.15)
        ? { exposure: { serve: this.#pick(names), rest: this.#chance(0.7), ...(this.#chance(0.2) ? { keys: ["0123456789abcdef"] } : {}) } }
        : {}),
      rules: Array.from({ length: Math.floor(this.#random() * 4) }, () => this.#rule(names)),
    };
  }

  segment(below: readonly string[]): SegmentForm {
    const [id] = below;
    return {
      ...(this.#chance(0.5) ? { by: this.#pick(ATTRIBUTES) } : {}),
      ...(this.#chance(0.6) ? { include: ["u-17", "7", "AU"] } : {}),
      ...(this.#chance(0.4) ? { exclude: ["u-4", "pro"] } : {}),
      ...(this.#chance(0.6) ? { if: id === undefined ? this.#leaf(false) : (["not", ["segment", id]] as const) } : {}),
    };
  }

  kills(): Readonly<Record<string, KillForm>> {
    const scopes: readonly NonNullable<KillForm["scope"]>[] = [
      {},
      { services: ["web"] },
      { segment: "s" },
      { segment: "t", versions: "<2.0.0" },
      { customers: ["0123456789abcdef"] },
    ];
    return this.#chance(0.3) ? { k: { flags: [this.#pick(FLAGS)], scope: this.#pick(scopes) } } : {};
  }

  #rule(names: readonly string[]): RuleForm {
    const [first = "on", second = "off"] = names;
    const part = Math.floor(this.#random() * 100_001);
    const of = this.#chance(0.5)
      ? first
      : ([
          [first, part],
          [second, 100_000 - part],
        ] as const);
    const serve: RuleForm["serve"] = this.#chance(0.5)
      ? first
      : {
          of,
          ...(this.#chance(0.6) ? { share: Math.floor(this.#random() * 100_001) } : {}),
          ...(this.#chance(0.4) ? { by: this.#pick(ATTRIBUTES) } : {}),
          ...(this.#chance(0.3) ? { salt: "own" } : {}),
          ...(this.#chance(0.05) ? { algorithm: "unleash-v1" } : {}),
        };
    return { ...(this.#chance(0.7) ? { if: this.#condition(2) } : {}), serve };
  }

  #condition(depth: number): Condition {
    if (depth === 0 || this.#chance(0.5)) return this.#leaf(true);
    const parts = Array.from({ length: Math.floor(this.#random() * 3) }, () => this.#condition(depth - 1));
    return this.#chance(0.3) ? ["not", this.#condition(depth - 1)] : [this.#pick(["all", "any"]), ...parts];
  }

  #leaf(isInFlag: boolean): Condition {
    const path = this.#pick(ATTRIBUTES);
    const scalars = [...TEXTS, 7, 0, 1.5, true, false];
    const texts = (): readonly string[] => [this.#pick(TEXTS), this.#pick(TEXTS)];
    const leaves: readonly (() => Condition)[] = [
      () => [this.#pick(["equals", "notEquals"]), path, this.#pick(scalars)],
      () => [this.#pick(["in", "notIn"]), path, [this.#pick(scalars), this.#pick(scalars)]],
      () => [this.#pick(["contains", "startsWith", "endsWith"]), path, this.#chance(0.5) ? this.#pick(TEXTS) : texts()],
      () => [this.#pick(["lessThan", "lessOrEqual", "greaterThan", "greaterOrEqual"]), path, this.#pick([0, 7, 1.5, -3])],
      () => ["exists", path, this.#chance(0.5)],
      () => ["includes", path, this.#chance(0.5) ? "pro" : [7, true]],
      () => ["slots", path, ["group:g", 20_000, 70_000]],
    ];
    if (isInFlag && this.#chance(0.15)) return ["segment", this.#pick(["s", "t"])];
    return this.#chance(0.03) ? ["semver", path, ">=1.0.0"] : this.#pick(leaves)();
  }

  #chance(part: number): boolean {
    return this.#random() < part;
  }

  #pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.#random() * items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }
}
