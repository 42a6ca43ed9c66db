import { operators } from "@sluice/evaluation";
import { murmur128Start } from "./naive/hashing.ts";
import type { World } from "./compare.ts";

/** Mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const SALT = "s1";
const UNITS: readonly unknown[] = [
  "u1",
  "u2",
  "",
  "é",
  "日本",
  "😀",
  "\ud800x",
  "a\u0000b",
  "x".repeat(300),
  7,
  -0,
  2 ** 53,
  1.5,
  true,
  null,
  undefined,
  Number.NaN,
];
const CUSTOMERS: readonly unknown[] = ["acme", "bolt", "çelik", "", "日本建設", 12, null, undefined, ["acme"]];
const TEXTS = ["", "a", "A", "abc", "ABC", "a*c", "éa", "日本", "ß", "I", "ı"];
const VERSIONS = ["1.2.3", "1.2.3-rc.1", "2.0.0", "v1.0.0", "1.0", "0.2.3", "0.0.3", "1.2.3+b.7", "10.0.0"];
const INSTANTS = [
  "2026-02-28T23:59:59Z",
  "2026-03-01T00:00:00.0001+00:00",
  "2026-02-29T00:00:00Z",
  "2024-02-29t10:00:00z",
  "2026-03-01",
  "2026-03-01T01:00:00+01:00",
];
const ADDRESSES = ["10.0.0.1", "10.0.1.1", "::ffff:10.0.0.1", "2001:db8::1", "01.2.3.4", "::", "1.2.3", "fe80::1%eth0"];
const PATHS = ["name", "plan.tier", "age", "version", "at", "ip", "roles", "beta", "targetingKey", "customer", "missing", "constructor", "__proto__", "a.b.c"];
const FLAGS = ["f0", "f1", "f2", "f3", "f4", "f5"];
const SEGMENTS = ["s0", "s1", "s2"];

/** Draws random worlds: every feature, and everything that can be broken about it. */
export class WorldMaker {
  readonly #unit: () => number;

  constructor(seed: number) {
    this.#unit = seeded(seed);
  }

  chance(probability: number): boolean {
    return this.#unit() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#unit() * items.length)] as T;
  }

  #some<T>(make: () => T, most: number): T[] {
    return Array.from({ length: Math.floor(this.#unit() * (most + 1)) }, make);
  }

  #scalar(): unknown {
    return this.pick<unknown>([...TEXTS, 0, 1, -1, 5, 18, 1.5, true, false]);
  }

  #operand(operator: string): unknown {
    if (this.chance(0.06)) return this.pick<unknown>([null, {}, [], [null], "", 5, true, ["x", 1], [[1]]]);
    switch (operator.replace("IgnoreCase", "")) {
      case "equals":
      case "notEquals":
        return operator.endsWith("Case") ? this.pick(TEXTS) : this.#scalar();
      case "in":
      case "notIn":
        return this.#some(() => (operator.endsWith("Case") ? this.pick(TEXTS) : this.#scalar()), 4);
      case "contains":
      case "startsWith":
      case "endsWith":
        return this.chance(0.5) ? this.pick(TEXTS) : this.#some(() => this.pick(TEXTS), 3);
      case "glob":
        return this.chance(0.5) ? this.pick(["*", "a*", "*c", "a?c", "?", "**", "", "日?", "A*"]) : ["a*", "?"];
      case "semver":
        return this.pick([
          ">=1.0.0",
          "^1.2.3",
          "~1.2.3",
          "^0.2.3",
          "^0.0.3",
          "1.2.3",
          "=1.2.3 || >2.0.0",
          "<2.0.0 >=1.2.3-rc.1",
          ">= 1.0.0",
          "",
          "1.x",
          "v1.0.0",
          "1.0.0 ||",
        ]);
      case "before":
      case "after":
        return this.pick(INSTANTS);
      case "exists":
        return this.chance(0.5);
      case "cidr":
        return this.pick<unknown>([
          "10.0.0.0/24",
          ["10.0.0.0/8", "2001:db8::/32"],
          "::ffff:10.0.0.0/120",
          "0.0.0.0/0",
          "::/0",
          "10.0.0.0",
          "10.0.0.0/33",
          "::ffff:0.0.0.0/90",
          "010.0.0.0/8",
        ]);
      case "slots":
        return this.pick<unknown>([
          ["x", 0, 50_000],
          ["x", 50_000, 100_000],
          ["y", 0, 100_000],
          ["y", 5, 5],
          ["y", 6, 5],
          ["x", 0],
          [1, 0, 5],
          ["x", 0, 100_001],
        ]);
      case "includes":
        return this.chance(0.5) ? this.#scalar() : this.#some(() => this.#scalar(), 3);
      default:
        return this.pick([0, 1, 5, 18, 1.5, -1]);
    }
  }

  condition(depth = 0): unknown {
    const kind = this.#unit();
    if (depth < 3 && kind < 0.14) return ["all", ...this.#some(() => this.condition(depth + 1), 3)];
    if (depth < 3 && kind < 0.28) return ["any", ...this.#some(() => this.condition(depth + 1), 3)];
    if (depth < 3 && kind < 0.38) return ["not", this.condition(depth + 1)];
    if (kind < 0.48) return ["segment", this.pick([...SEGMENTS, "none"])];
    if (kind < 0.5)
      return this.pick<unknown>([["near", "name", 1], ["not"], [], ["equals", "name"], ["equals", 3, "a"], "all", ["in", "name", ["a"], 1], null]);
    const operator = this.pick(Object.keys(operators));
    const usual: Readonly<Record<string, string>> = {
      semver: "version",
      before: "at",
      after: "at",
      cidr: "ip",
      includes: "roles",
      slots: "targetingKey",
      lessThan: "age",
      greaterThan: "age",
    };
    return [operator, this.chance(0.6) ? (usual[operator] ?? "name") : this.pick(PATHS), this.#operand(operator)];
  }

  #share(variants: readonly string[]): unknown {
    const [a = "on", b = "off"] = variants;
    const of = this.pick<unknown>([
      a,
      a,
      [
        [a, 50000],
        [b, 50000],
      ],
      [
        [a, 99999],
        [b, 1],
      ],
      [[a, 100000]],
      [
        [a, 60000],
        [b, 60000],
      ],
      [
        [a, 0],
        [b, 100000],
      ],
      "nothing",
      [
        [a, -1],
        [b, 100001],
      ],
      [],
    ]);
    const share = this.pick<unknown>([undefined, undefined, 0, 25000, 50000, 100000, 100001, 0.5]);
    return {
      of,
      ...(share === undefined ? {} : { share }),
      ...(this.chance(0.5) ? { by: this.pick(["customer", "name", "age", "missing"]) } : {}),
      ...(this.chance(0.2) ? { salt: "other" } : {}),
      ...(this.chance(0.1) ? { algorithm: this.pick(["sluice-v1", "unleash-v1", "unleash-v1/3", "none-v9"]) } : {}),
    };
  }

  #flag(): unknown {
    const type = this.pick(["boolean", "boolean", "boolean", "string"]);
    const variants = type === "boolean" ? ["on", "off"] : ["red", "green", "off"];
    const form: Record<string, unknown> = {};
    if (type === "string") Object.assign(form, { type, variants: { red: "#f00", green: "#0f0", off: "" } });
    if (this.chance(0.6)) form["default"] = this.chance(0.05) ? "nothing" : this.pick(variants);
    if (this.chance(0.05)) form["off"] = this.pick<unknown>(["nothing", variants[0], 5]);
    if (this.chance(0.15)) form["salt"] = "kept";
    if (this.chance(0.25))
      form["prerequisites"] = this.#some(
        () => (this.chance(0.03) ? { flag: "f1" } : { flag: this.pick([...FLAGS, "none"]), serves: this.pick([["on"], ["off"], ["on", "off"], [], ["red"]]) }),
        2,
      );
    if (this.chance(0.2)) form["eligible"] = this.condition(1);
    if (this.chance(0.2))
      form["pins"] = this.#some(
        () => [this.pick(["customer", "user"]), this.#hash(this.pick(["acme", "bolt", "u1", "u2", "7"])), this.pick([...variants, "nothing"])],
        3,
      );
    if (this.chance(0.25))
      form["exposure"] = {
        serve: this.pick([...variants, variants[0], "nothing"]),
        ...(this.chance(0.5) ? { keys: [this.#hash("acme")] } : {}),
        ...(this.chance(0.5) ? { rest: true } : {}),
        ...(this.chance(0.4) ? { except: [this.#hash("bolt")] } : {}),
        ...(this.chance(0.3) ? { share: this.pick([0, 30000, 100000]) } : {}),
      };
    if (this.chance(0.7))
      form["rules"] = this.#some(
        () => ({
          ...(this.chance(0.6) ? { id: this.pick(["r1", "r2", "r3"]) } : {}),
          ...(this.chance(0.8) ? { if: this.condition() } : {}),
          serve: this.chance(0.5) ? this.pick([...variants, ...variants, "nothing"]) : this.#share(variants),
        }),
        4,
      );
    return form;
  }

  #hash(key: string): string {
    return murmur128Start(`${SALT}:${key}`);
  }

  #scope(): unknown {
    return {
      ...(this.chance(0.4) ? { customers: this.pick([[this.#hash("acme")], [], [this.#hash("bolt"), this.#hash("acme")]]) } : {}),
      ...(this.chance(0.3) ? { segment: this.pick([...SEGMENTS, "none"]) } : {}),
      ...(this.chance(0.3) ? { services: this.pick([["web"], ["api", "web"], []]) } : {}),
      ...(this.chance(0.3) ? { versions: this.pick([">=1.0.0", "<1.0.0", "nonsense"]) } : {}),
      ...(this.chance(0.1) ? { regions: ["eu"] } : {}),
    };
  }

  world(): World {
    const kill = (): unknown => ({ flags: this.#some(() => this.pick(FLAGS), 2), ...(this.chance(0.6) ? { scope: this.#scope() } : {}) });
    const hasKills = this.chance(0.4);
    const snapshot = {
      format: 1,
      environment: "production",
      epoch: "e2",
      seq: 20,
      replaces: ["e1"],
      salt: SALT,
      ...(this.chance(0.2) ? { customer: "plan.tier" } : {}),
      journals: { j1: 5 },
      segments: Object.fromEntries(
        SEGMENTS.map((id) => [
          id,
          {
            ...(this.chance(0.4) ? { include: ["u1", "acme", "7"] } : {}),
            ...(this.chance(0.3) ? { exclude: ["u2", "bolt"] } : {}),
            ...(this.chance(0.2) ? { hashes: [this.#hash("u1"), this.#hash("acme"), this.#hash("u2")] } : {}),
            ...(this.chance(0.6) ? { if: this.condition(1) } : {}),
            ...(this.chance(0.3) ? { by: this.pick(["customer", "name"]) } : {}),
          },
        ]),
      ),
      ...(hasKills ? { kills: Object.fromEntries(this.#some(() => [this.pick(["k1", "k2", "ké", "k10"]), kill()], 3)) } : {}),
      flags: Object.fromEntries(FLAGS.map((flag) => [flag, this.#flag()])),
    };
    const urgent = this.#some(
      () => ({
        id: this.pick(["k1", "u1", "u2"]),
        epoch: this.pick(["e2", "e1", "e0"]),
        ...(kill() as object),
        ...(this.chance(0.5) ? { journal: this.pick(["j1", "j2"]), counter: this.pick([4, 5, 6]) } : { seq: this.pick([19, 20, 21]) }),
      }),
      1,
    );
    const seen = new Set<string>();
    const once = urgent.filter(({ id }) => !seen.has(id) && seen.add(id));
    const asker = {
      ...(this.chance(0.5) ? { service: this.pick(["web", "other"]) } : {}),
      ...(this.chance(0.5) ? { version: this.pick(["1.2.0", "0.9.0", "not a version"]) } : {}),
    };
    return { snapshot: JSON.parse(JSON.stringify(snapshot)), urgent: once, asker };
  }

  context(): unknown {
    const nested: Record<string, unknown> = {};
    const put = (name: string, value: unknown): void => {
      if (value !== undefined || this.chance(0.3)) nested[name] = value;
    };
    put("targetingKey", this.pick(UNITS));
    put("customer", this.pick(CUSTOMERS));
    put("name", this.pick<unknown>([...TEXTS, 5, true, null, undefined, [], {}]));
    put("age", this.pick<unknown>([0, 1, 5, 18, 17.5, "18", null, Number.POSITIVE_INFINITY, undefined]));
    put("version", this.pick<unknown>([...VERSIONS, 1, null, undefined]));
    put("at", this.pick<unknown>([...INSTANTS, 1_772_323_200_000, null, undefined]));
    put("ip", this.pick<unknown>([...ADDRESSES, 5, undefined]));
    put("roles", this.pick<unknown>([[], ["a", 5], [true], "a", [null, ["a"]], undefined]));
    put("plan", this.pick<unknown>([{ tier: "pro" }, { tier: null }, "pro", null, undefined]));
    if (this.chance(0.2)) put("plan.tier", this.pick<unknown>(["free", null, 3]));
    if (this.chance(0.1)) put("constructor", "a");
    return nested;
  }

  get flags(): readonly string[] {
    return [...FLAGS, "none"];
  }
}
