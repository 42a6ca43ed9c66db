// Worlds and questions of the generated vectors, by topic. The naive interpreter says what the answers are; nothing here knows one.
import type { World } from "../compare.ts";
import { murmur128Start } from "../naive/hashing.ts";
import { WorldMaker } from "../worlds.ts";
import { TEXTS } from "./values.ts";

/** A question about a world. */
export interface Question {
  readonly world: string;
  readonly flag: string;
  readonly context: unknown;
  readonly because: string;
}

/** Everything one file of vectors is made of. */
export interface Topic {
  readonly worlds: Readonly<Record<string, World>>;
  readonly questions: readonly Question[];
}

const SALT = "s";
const hash = (key: string): string => murmur128Start(`${SALT}:${key}`);
const base = { format: 1, environment: "production", epoch: "e2", seq: 20, replaces: ["e1", "l1"], seen: { l1: 20 }, salt: SALT, journals: { j1: 5 } };
const worldOf = (flags: unknown, more: Readonly<Record<string, unknown>> = {}): World => ({ snapshot: { ...base, ...more, flags } });
const SHARES = [0, 1, 1_000, 25_000, 50_000, 99_999, 100_000];

/** Every unit in every share and split: hashing, growth, variants. */
export function splits(): Topic {
  const of = [
    ["a", 33_333],
    ["b", 33_333],
    ["off", 33_334],
  ];
  // Unleash's weights 3, 3 and 1: each ends where its last step does.
  const inSevenths = [
    ["a", 42_857],
    ["b", 42_857],
    ["off", 14_286],
  ];
  const variants = { a: "A", b: "B", off: "" };
  const grow = Object.fromEntries(
    SHARES.map((share) => [`grow${share}`, { type: "string", variants, salt: "growth", rules: [{ id: "r", serve: { share, of, by: "unit" } }] }]),
  );
  const flags = {
    ...grow,
    ...Object.fromEntries(SHARES.map((share) => [`share${share}`, { salt: "söl", rules: [{ serve: { share, of: "on", by: "unit" } }] }])),
    own: { rules: [{ serve: { share: 50_000, of: "on", by: "unit", salt: "a:b" } }, { serve: { share: 50_000, of: "on", by: "unit", salt: "" } }] },
    unleash: { type: "string", variants, salt: "groupX", rules: [{ serve: { share: 40_000, of, by: "unit", algorithm: "unleash-v1" } }] },
    unleash7: { type: "string", variants, salt: "groupX", rules: [{ serve: { of: inSevenths, by: "unit", algorithm: "unleash-v1/7" } }] },
    user: { rules: [{ serve: { share: 50_000, of: "on" } }] },
  };
  const units: readonly unknown[] = [...TEXTS, 0, 7, -12, 9007199254740992, 9007199254740994, 1.5, true, null, ["u1"], { a: 1 }];
  const asked = ["grow1", "grow25000", "grow50000", "grow99999", "grow100000", "share50000", "share99999", "share100000", "own", "unleash", "unleash7", "user"];
  const questions = units.flatMap((unit, index) =>
    asked.map((flag) => ({ world: "w", flag, context: { targetingKey: unit, unit }, because: `${flag} for unit ${index}` })),
  );
  const grown = Array.from({ length: 24 }, (_, at) => `grower-${at}`).flatMap((unit) =>
    SHARES.map((share) => ({ world: "w", flag: `grow${share}`, context: { unit }, because: `${unit} at ${share}` })),
  );
  return { worlds: { w: worldOf(flags) }, questions: [...questions, ...grown] };
}

/** Chains of every length about the limit, circles, diamonds, parents that are killed, ineligible, broken or missing. */
export function prerequisites(): Topic {
  const needs = (...parents: readonly (readonly [string, ...string[]])[]): object => ({
    default: "on",
    prerequisites: parents.map(([flag, ...serves]) => ({ flag, serves })),
  });
  const chain = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`c${at}`, at === 0 ? { default: "on" } : needs([`c${at - 1}`, "on"])]));
  const flags = {
    ...chain,
    left: needs(["c0", "on"]),
    right: needs(["c0", "on", "off"]),
    diamond: needs(["left", "on"], ["right", "on"]),
    selfish: needs(["selfish", "on"]),
    "circle-a": needs(["circle-b", "on"]),
    "circle-b": needs(["circle-c", "on"]),
    "circle-c": needs(["circle-a", "on"]),
    "into-circle": needs(["circle-a", "off"]),
    gone: needs(["nowhere", "on"]),
    nobody: needs(["c0"]),
    wants: needs(["c0", "off"]),
    either: needs(["c0", "off", "on"]),
    killed: { default: "on" },
    "of-killed": needs(["killed", "on"]),
    "of-killed-off": needs(["killed", "off"]),
    pro: { default: "on", eligible: ["equals", "plan", "pro"] },
    "of-pro": needs(["pro", "on"]),
    half: { rules: [{ serve: { share: 50_000, of: "on" } }] },
    "of-half": needs(["half", "on"]),
    "of-half-off": needs(["half", "off"]),
    broken: { default: "purple" },
    "of-broken": needs(["broken", "on"]),
    first: needs(["wants", "on"], ["gone", "on"]),
    second: needs(["c0", "on"], ["of-killed", "on"]),
    unreadable: { default: "on", prerequisites: [{ flag: "c0" }] },
    "unreadable-flag": { default: "on", prerequisites: [{ serves: ["on"] }, { flag: "c0", serves: ["on"] }] },
  };
  const contexts = [{}, { plan: "pro", targetingKey: "u1" }, { plan: "free", targetingKey: "u2" }];
  const questions = Object.keys(flags)
    .filter((flag) => flag !== "unreadable-flag")
    .flatMap((flag) => contexts.map((context, at) => ({ world: "w", flag, context, because: `${flag} for context ${at}` })));
  return { worlds: { w: worldOf(flags, { kills: { k: { flags: ["killed"] } } }) }, questions };
}

/** The precedence: every combination of eligible, a pin, exposure and a rule, asked by five customers. */
export function precedence(): Topic {
  const flags: Record<string, unknown> = {};
  const parts: readonly (readonly [string, object])[] = [
    ["eligible", { eligible: ["not", ["equals", "plan", "free"]] }],
    ["group", { eligible: ["all", ["exists", "customer", true], ["slots", "customer", ["group:g", 0, 50_000]]] }],
    [
      "pin",
      {
        pins: [
          ["customer", hash("acme"), "pinned"],
          ["user", hash("u1"), "mine"],
        ],
      },
    ],
    ["exposure", { exposure: { serve: "released", keys: [hash("acme"), hash("bolt")] } }],
    ["rest", { exposure: { serve: "released", rest: true, except: [hash("bolt")], share: 50_000 } }],
    [
      "rule",
      {
        rules: [
          { id: "r", if: ["in", "plan", ["pro", "free"]], serve: "ruled" },
          { id: "part", serve: { share: 30_000, of: "ruled" } },
        ],
      },
    ],
  ];
  const variants = { pinned: "p", mine: "m", released: "e", ruled: "r", usual: "u", off: "" };
  for (let mask = 0; mask < 2 ** parts.length; mask += 1) {
    const chosen = parts.filter((_, at) => (mask >> at) % 2 === 1);
    const name = chosen.map(([word]) => word).join("+") || "nothing";
    flags[name] = Object.assign({ type: "string", variants, default: "usual" }, ...chosen.map(([, part]) => part));
  }
  const contexts = [
    {},
    { customer: "acme", targetingKey: "u1", plan: "free" },
    { customer: "acme", targetingKey: "u2", plan: "pro" },
    { customer: "bolt", targetingKey: "u3" },
    { customer: "日本建設", targetingKey: "u1" },
    { customer: 12, targetingKey: 7 },
  ];
  const questions = Object.keys(flags).flatMap((flag) => contexts.map((context, at) => ({ world: "w", flag, context, because: `${flag} for context ${at}` })));
  return { worlds: { w: worldOf(flags) }, questions };
}

const TYPES: Readonly<Record<string, object>> = {
  boolean: { variants: { on: true, off: false, none: false } },
  string: { type: "string", variants: { on: "ON", off: "", none: "none" } },
  number: { type: "number", variants: { on: 5, off: 0, none: -1 } },
  object: { type: "object", variants: { on: { a: [1, "x"] }, off: {}, none: null } },
};
const SCOPES: Readonly<Record<string, object | undefined>> = {
  everybody: undefined,
  customers: { customers: [hash("acme")] },
  segment: { segment: "pros" },
  service: { services: ["web"] },
  "other-service": { services: ["api"] },
  versions: { versions: ">=1.0.0 <2.0.0" },
  "other-versions": { versions: ">=2.0.0" },
};

/** Flags of every type and shape, each under a kill of every scope, in the snapshot and sent ahead of it, and without one. */
export function killedShapes(): Topic {
  const needs = (flag: string): object => ({ default: "on", prerequisites: [{ flag, serves: ["on"] }] });
  const shapes: Readonly<Record<string, object>> = {
    plain: { default: "on" },
    "own-off": { default: "on", off: "none" },
    ruled: { rules: [{ id: "r", if: ["equals", "plan", "pro"], serve: "on" }] },
    share: { salt: "shared", rules: [{ id: "r", serve: { share: 50_000, of: "on" } }] },
    split: {
      salt: "shared",
      rules: [
        {
          serve: {
            of: [
              ["on", 50_000],
              ["none", 50_000],
            ],
          },
        },
      ],
    },
    needs: needs("parent"),
    "needs-killed": needs("boolean-plain"),
    eligible: { default: "on", eligible: ["equals", "plan", "pro"] },
    pinned: {
      pins: [
        ["customer", hash("acme"), "on"],
        ["user", hash("u2"), "on"],
      ],
    },
    exposed: { exposure: { serve: "on", keys: [hash("acme")] } },
    "exposed-rest": { default: "none", exposure: { serve: "on", rest: true, except: [hash("bolt")] } },
  };
  const flags: Record<string, object> = { parent: { default: "on" }, child: needs("boolean-plain") };
  for (const [type, of] of Object.entries(TYPES)) for (const [shape, form] of Object.entries(shapes)) flags[`${type}-${shape}`] = { ...of, ...form };
  const covered = Object.keys(flags).filter((flag) => flag !== "parent" && flag !== "child");
  const asker = { service: "web", version: "1.5.0" };
  const more = { segments: { pros: { if: ["equals", "plan", "pro"] } } };
  const worlds: Record<string, World> = { none: { ...worldOf(flags, more), asker } };
  for (const [name, scope] of Object.entries(SCOPES)) {
    const kill = { flags: covered, ...(scope === undefined ? {} : { scope }) };
    worlds[name] = { ...worldOf(flags, { ...more, kills: { k: kill } }), asker };
    worlds[`${name}-ahead`] = { ...worldOf(flags, more), asker, urgent: [{ id: "u", epoch: "e2", seq: 21, ...kill }] };
  }
  const contexts = [
    { customer: "acme", targetingKey: "u1", plan: "pro" },
    { customer: "bolt", targetingKey: "u2", plan: "free" },
  ];
  const questions = Object.keys(worlds).flatMap((world) =>
    Object.keys(flags).flatMap((flag) => contexts.map((context, at) => ({ world, flag, context, because: `${flag} killed for ${world}, context ${at}` }))),
  );
  return { worlds, questions };
}

/** Every combination of scope parts, of whether each covers, and of what the SDK said of itself. */
export function kills(): Topic {
  const worlds: Record<string, World> = {};
  const questions: Question[] = [];
  const customers = [undefined, [hash("acme")], [hash("bolt"), hash("acme")], []];
  const segments = [undefined, "pros", "gone", "broken"];
  const services = [undefined, ["web"], []];
  const versions = [undefined, ">=1.0.0 <2.0.0", "nonsense"];
  const askers = [{}, { service: "web", version: "1.5.0" }, { service: "api", version: "2.0.0" }, { service: "web", version: "not a version" }];
  const more = { segments: { pros: { if: ["equals", "plan", "pro"] }, broken: { if: ["near", "plan", "pro"] } } };
  const contexts = [{}, { customer: "acme", plan: "pro" }, { customer: "acme", plan: "free" }, { customer: "bolt", plan: "free" }];
  const scopes = customers.flatMap((c) => segments.flatMap((s) => services.flatMap((v) => versions.map((r) => ({ c, s, v, r })))));
  for (const [at, { c, s, v, r }] of scopes.entries()) {
    const scope = JSON.parse(JSON.stringify({ customers: c, segment: s, services: v, versions: r })) as object;
    const asker = askers[at % askers.length] ?? {};
    worlds[`w${at}`] = { ...worldOf({ f: { default: "on" } }, { ...more, kills: { k: { flags: ["f"], scope } } }), asker };
    for (const [which, context] of contexts.entries())
      questions.push({ world: `w${at}`, flag: "f", context, because: `${JSON.stringify(scope)} context ${which}` });
  }
  return { worlds, questions };
}

/** Every combination of a segment's parts, chains of segments about the limit, circles, and lists that cannot be read. */
export function segments(): Topic {
  const parts: readonly (readonly [string, object])[] = [
    ["include", { include: ["u1", "7", "acme"] }],
    ["exclude", { exclude: ["u1", "u2"] }],
    ["hashes", { hashes: [hash("u1"), hash("u3"), hash("日本建設"), hash("7")] }],
    ["if", { if: ["equals", "plan", "pro"] }],
    ["by", { by: "customer" }],
  ];
  const made: Record<string, unknown> = {
    "no-list": { include: "u1" },
    "no-texts": { exclude: ["u2", 7] },
    "no-hashes": { hashes: 7, if: ["all"] },
    "no-path": { by: 5, if: ["all"] },
    "no-object": [],
    turning: { if: ["segment", "round"] },
    round: { include: ["u1"], if: ["any", ["segment", "turning"], ["all"]] },
    "into-turning": { include: ["u1"], if: ["not", ["segment", "turning"]] },
  };
  for (let mask = 0; mask < 2 ** parts.length; mask += 1) {
    const chosen = parts.filter((_, at) => (mask >> at) % 2 === 1);
    made[chosen.map(([word]) => word).join("+") || "empty"] = Object.assign({}, ...chosen.map(([, part]) => part));
  }
  for (let depth = 0; depth < 11; depth += 1) made[`deep${depth}`] = depth === 0 ? { if: ["equals", "plan", "pro"] } : { if: ["segment", `deep${depth - 1}`] };
  const flags = Object.fromEntries(Object.keys(made).map((id) => [id, { rules: [{ id: "r", if: ["segment", id], serve: "on" }] }]));
  const contexts = [
    {},
    { targetingKey: "u1", customer: "acme", plan: "pro" },
    { targetingKey: "u1", customer: "u1", plan: "free" },
    { targetingKey: "u2", customer: "日本建設", plan: "pro" },
    { targetingKey: "u3" },
    { targetingKey: 7, customer: 7 },
    { targetingKey: 1.5, plan: "pro" },
  ];
  const questions = Object.keys(flags).flatMap((flag) => contexts.map((context, at) => ({ world: "w", flag, context, because: `${flag} for context ${at}` })));
  return { worlds: { w: worldOf(flags, { segments: made }) }, questions };
}

/** Kills beside the snapshot, and several at once: which is named, which has ended. */
export function urgentKills(): Topic {
  const worlds: Record<string, World> = {};
  const questions: Question[] = [];
  const epochs = ["e2", "e1", "e0", "l1"];
  const places = [
    { journal: "j1", counter: 4 },
    { journal: "j1", counter: 5 },
    { journal: "j1", counter: 6 },
    { journal: "j2", counter: 1 },
    { seq: 19 },
    { seq: 20 },
    { seq: 21 },
    {},
  ];
  const listed = [{}, { u: { flags: ["g"] } }, { a: { flags: ["f"] } }, { z: { flags: ["f"], scope: { customers: [] } } }];
  for (const epoch of epochs)
    for (const place of places)
      for (const kill of listed) {
        const name = `w${Object.keys(worlds).length}`;
        worlds[name] = { ...worldOf({ f: { default: "on" }, g: { default: "on" } }, { kills: kill }), urgent: [{ id: "u", epoch, flags: ["f"], ...place }] };
        questions.push({ world: name, flag: "f", context: {}, because: `${epoch} ${JSON.stringify(place)} beside ${JSON.stringify(kill)}` });
      }
  return { worlds, questions };
}

/** Lists of rules as they grow: many of them, equality on one attribute and on two in turn, values and pins that stand twice, others between them. */
export function longRules(): Topic {
  const rule = (id: string, condition: unknown, serve: unknown = id): object => ({ id, if: condition, serve });
  const equal = (path: string, value: unknown, at: number): object => rule(`r${at}`, ["equals", path, value]);
  const values = ["a", "b", "a", 1, "1", true, "c", "d", "e", "f", "g", "h"];
  const turns = values.flatMap((value, at) => [equal("x", value, 2 * at), equal("y", value, 2 * at + 1)]);
  const seen = (at: number): readonly object[] => [
    rule(`r${at}`, ["in", "x", ["a", "z", at]]),
    rule(`r${at + 1}`, ["exists", "z", true]),
    rule(`r${at + 2}`, ["near", "x", 1]),
    rule(`r${at + 3}`, ["equals", "a.b", "a"]),
  ];
  const names = Array.from({ length: 2 * values.length }, (_, at) => `r${at}`);
  const shape = { type: "string", variants: { off: "off", ...Object.fromEntries(names.map((name) => [name, name])) } };
  const flags = {
    "one-attribute": { ...shape, rules: values.map((value, at) => equal("x", value, at)) },
    "two-in-turn": { ...shape, rules: turns },
    "two-in-a-row": { ...shape, rules: [...turns.filter((_, at) => at % 2 === 1), ...turns.filter((_, at) => at % 2 === 0)] },
    "others-between": { ...shape, rules: [0, 4, 8, 12, 16, 20].flatMap(seen) },
    "pinned-twice": {
      ...shape,
      pins: [
        ["customer", hash("u2"), "r3"],
        ["user", hash("u1"), "r1"],
        ["user", hash("u1"), "r2"],
        ["customer", hash("u2"), "r4"],
      ],
    },
    "share-behind": { ...shape, rules: [...turns.slice(0, 20), { id: "s", serve: { share: 50_000, of: "r20" } }, rule("r21", ["equals", "x", "q"])] },
  };
  const contexts = [
    {},
    ...values.flatMap((value) => [{ x: value }, { y: value }]),
    { x: "z", y: "a" },
    { x: "h", y: "a" },
    { x: "q", y: "q" },
    { z: 0 },
    { x: 12 },
    { x: 20, z: null },
    { a: { b: "a" } },
    { "a.b": "a", x: "f" },
    ...["u1", "u2", "u3"].map((targetingKey) => ({ targetingKey, customer: targetingKey, x: "q" })),
  ];
  const questions = Object.keys(flags).flatMap((flag) =>
    contexts.map((context) => ({ world: "w", flag, context, because: `${flag} for ${JSON.stringify(context)}` })),
  );
  return { worlds: { w: worldOf(flags) }, questions };
}

/** Random worlds: every feature, and everything that can be broken about it, mixed. */
export function mixed(count: number): Topic {
  const worlds: Record<string, World> = {};
  const questions: Question[] = [];
  for (let seed = 1; seed <= count; seed += 1) {
    const maker = new WorldMaker(900_000 + seed);
    worlds[`w${seed}`] = maker.world();
    const context: unknown = JSON.parse(JSON.stringify(maker.context()));
    for (const flag of maker.flags) questions.push({ world: `w${seed}`, flag, context, because: `world ${seed}, ${flag}` });
  }
  return { worlds, questions };
}
