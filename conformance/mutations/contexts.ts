// Contexts as a careless or hostile caller may make them, each with the plain context that it means by 0001-semantics, where it means one.
import type { Draw } from "./draw.ts";

/** `meaning` absent: no sentence says what the answer must be, only that there must be one. */
export interface MutatedContext {
  readonly context: unknown;
  readonly how: string;
  readonly meaning?: { readonly plain: unknown };
}

type Attributes = Record<string, unknown>;

/** A value with what it means; `null` is a missing attribute that is present under its name, as 0001-semantics has it. */
interface Odd {
  readonly value: unknown;
  readonly means: unknown;
}

class Hostile extends Error {}
const hurt = (): never => {
  throw new Hostile("a context's own code threw");
};

const same = (value: unknown): Odd => ({ value, means: value });
/** Present, but no string, number, boolean or list, and without attributes of its own. */
const opaque = (value: unknown): Odd => ({ value, means: {} });
const missing = (value: unknown): Odd => ({ value, means: null });

function deep(levels: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = "bottom";
  for (let level = 0; level < levels; level++) value = wrap(value);
  return value;
}

function circle(list: boolean): unknown {
  const round: unknown[] = ["a", 5];
  if (list) round.push(round);
  const object: Attributes = { tier: "pro" };
  object["self"] = object;
  return list ? round : object;
}

function revoked(target: object): unknown {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

class Customer {
  readonly tier: string = "pro";
  get name(): string {
    return "inherited";
  }
}

/** Values that attributes have been seen to hold, or that somebody may try. */
const oddities: Readonly<Record<string, (draw: Draw) => Odd>> = {
  "a symbol": () => missing(Symbol("s")),
  "a bigint": () => missing(7n),
  "a function": () => missing(Object.assign(() => "pro", { tier: "pro" })),
  NaN: () => missing(Number.NaN),
  Infinity: (draw) => missing(draw.pick([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])),
  "minus zero": () => ({ value: -0, means: 0 }),
  "a large number": (draw) => same(draw.pick([2 ** 53, -(2 ** 53), 2 ** 53 + 2, 1e308, 5e-324, 1.5, -1])),
  "a date": (draw) => opaque(new Date(draw.pick([0, Number.NaN, 1_772_323_200_000]))),
  "a map, a set or bytes": (draw) =>
    opaque(draw.pick([new Map([["tier", "pro"]]), new Set(["a"]), new ArrayBuffer(8), /a/, Promise.resolve(1), new WeakMap()])),
  "a boxed value": (draw) => opaque(draw.pick([new String(""), new Number(5), new Boolean(true)])),
  "a class instance": () => ({ value: new Customer(), means: { tier: "pro" } }),
  "a huge text": (draw) => same(draw.pick(["x", "é", "😀", "\ud800", "A", "1", "."]).repeat(draw.pick([300, 4_000, 50_000]))),
  "a lone surrogate": (draw) => same(draw.pick(["\ud800", "a\udc00", "\ud800x", "\udc00\ud800", "😀\ud83d"])),
  "control characters": (draw) => same(draw.pick(["\u0000", "a\nb", "\u2028", "\ufeff", "a\u0000b"])),
  "a long version": (draw) =>
    same(
      draw.pick([
        `1.2.3-${"a.".repeat(500)}b`,
        `${"9".repeat(400)}.0.0`,
        `1.2.3-${"0".repeat(900)}`,
        `1.2.3-${"a".repeat(1_018)}`,
        `1.2.3-${"a".repeat(1_019)}`,
        `1.2.3+${"7".repeat(900)}`,
      ]),
    ),
  "a long instant": (draw) => same(`2026-03-01T00:00:00.${"1".repeat(draw.pick([4, 400, 5_000]))}Z`),
  "a long address": (draw) =>
    same(draw.pick(["0000:0000:0000:0000:0000:ffff:255.255.255.255", "1:".repeat(500), "::ffff:10.0.0.1.1", "10.0.0.1 ", "10.0.0.1\n"])),
  "lists of lists": (draw) => same(draw.pick([[["a"], [["a"]]], [[]], deep(5_000, (inner) => [inner])])),
  "a list with holes": () => same(Object.assign(Array.from({ length: 3 }), { 5: "a" })),
  "an endless list": () => same(Object.assign([], { length: 4_000 })),
  "a list with attributes": () => same(Object.assign(["a", 5], { tier: "pro", name: "a" })),
  "a list that is a proxy": () => ({ value: new Proxy(["a", 5], {}), means: ["a", 5] }),
  "a circle": (draw) => same(circle(draw.chance(0.5))),
  "a deep object": () => same(deep(5_000, (inner) => ({ tier: inner, b: inner }))),
  "an object without a prototype": () => ({
    value: Object.assign(Object.create(null) as Attributes, { tier: "pro", b: { c: "a" } }),
    means: { tier: "pro", b: { c: "a" } },
  }),
  "an inherited attribute": () => opaque(Object.create({ tier: "pro", b: { c: "a" } })),
  "a proxy": () => ({ value: new Proxy({ tier: "pro" }, {}), means: { tier: "pro" } }),
  "a proxy that throws": () =>
    opaque(new Proxy({ tier: "pro" }, { get: hurt, has: hurt, getOwnPropertyDescriptor: hurt, ownKeys: hurt, getPrototypeOf: hurt })),
  "a revoked proxy": (draw) => opaque(revoked(draw.chance(0.5) ? {} : [])),
  "an object that converts": () => opaque({ toString: () => "a", valueOf: () => 5, [Symbol.toPrimitive]: hurt, toJSON: hurt }),
  "a getter inside that throws": () => opaque(Object.defineProperty({}, "tier", { get: hurt, enumerable: true })),
  "text where something else belongs": (draw) => same(draw.pick(["true", "5", "null", "[]", "{}", "NaN", "1e3"])),
  "something else where text belongs": (draw) => same(draw.pick([true, 5, [], {}, ["u1"], { key: "u1" }, null, undefined])),
};

const ATTRIBUTES = [
  "name",
  "plan",
  "plan.tier",
  "age",
  "version",
  "at",
  "ip",
  "roles",
  "beta",
  "targetingKey",
  "customer",
  "constructor",
  "__proto__",
  "a",
  "a.b.c",
];

function define(on: object, name: string, descriptor: PropertyDescriptor): void {
  Object.defineProperty(on, name, { configurable: true, enumerable: true, ...descriptor });
}

/** How one attribute may be there: as a value or by code, which may throw or ask flags itself. */
function putAttribute(draw: Draw, name: string, both: { readonly context: Attributes; readonly plain: Attributes }, reenter: () => void): string {
  const [label, make] = draw.pick(Object.entries(oddities));
  const { value, means } = make(draw);
  const readable = { writable: true, value: means };
  const ways: Readonly<Record<string, () => void>> = {
    "as a value": () => (define(both.context, name, { value, writable: true }), define(both.plain, name, readable)),
    "not enumerable": () => (define(both.context, name, { value, enumerable: false }), define(both.plain, name, readable)),
    "by a getter": () => (define(both.context, name, { get: () => value }), define(both.plain, name, readable)),
    "by a getter that asks flags": () => (define(both.context, name, { get: () => (reenter(), value) }), define(both.plain, name, readable)),
    "by a getter that throws": () => (define(both.context, name, { get: hurt }), define(both.plain, name, { value: null, writable: true })),
    "by a getter without end": () => (define(both.context, name, { get: () => endless() }), define(both.plain, name, { value: null, writable: true })),
    // A getter of an earlier mutation of the same attribute would stay where none is named.
    "by a setter only": () => (
      Reflect.deleteProperty(both.context, name),
      define(both.context, name, { set: hurt }),
      define(both.plain, name, { value: null, writable: true })
    ),
  };
  const way = draw.chance(0.6) ? "as a value" : draw.pick(Object.keys(ways));
  ways[way]?.();
  return `${name}: ${way.includes("throws") || way.includes("without end") ? way : `${label} ${way}`}`;
}

/** Runs until the stack is full, which is a throw like any other. */
function endless(): unknown {
  return [endless()];
}

/** What may be around all attributes. */
const wraps: Readonly<Record<string, (attributes: Attributes) => { readonly context: unknown; readonly plain?: (plain: unknown) => unknown }>> = {
  "a proxy around": (attributes) => ({ context: new Proxy(attributes, {}), plain: (plain) => plain }),
  "a proxy that counts no names": (attributes) => ({
    context: new Proxy(attributes, { has: hurt, ownKeys: hurt, getPrototypeOf: hurt }),
    plain: (plain) => plain,
  }),
  "a proxy that throws when read": (attributes) => ({ context: new Proxy(attributes, { get: hurt }), plain: () => ({}) }),
  "a proxy that throws when asked": (attributes) => ({ context: new Proxy(attributes, { getOwnPropertyDescriptor: hurt }), plain: () => ({}) }),
  "a proxy that answers otherwise each time": (attributes) => {
    let times = 0;
    return { context: new Proxy(attributes, { get: (target, name) => (times++ % 2 === 0 ? Reflect.get(target, name) : times) }) };
  },
  "a revoked proxy": (attributes) => ({ context: revoked(attributes), plain: () => ({}) }),
  inherited: (attributes) => ({ context: Object.create(attributes), plain: () => ({}) }),
  frozen: (attributes) => ({ context: Object.freeze(attributes), plain: (plain) => plain }),
  "without a prototype": (attributes) => ({ context: Object.setPrototypeOf(attributes, null), plain: (plain) => plain }),
  "of a class": (attributes) => ({ context: Object.setPrototypeOf(attributes, Customer.prototype), plain: (plain) => plain }),
  "a circle": (attributes) => {
    define(attributes, "self", { value: attributes });
    return { context: attributes, plain: (plain) => plain };
  },
  "many attributes": (attributes) => ({
    context: Object.assign(attributes, Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`x${at}`, at]))),
    plain: (plain) => plain,
  }),
  "symbols, too": (attributes) => ({
    context: Object.assign(attributes, { [Symbol.toPrimitive]: hurt, [Symbol.iterator]: hurt, [Symbol("name")]: "a" }),
    plain: (plain) => plain,
  }),
};

/** No contexts at all. */
const NO_CONTEXTS: readonly unknown[] = [null, undefined, 0, 5, "text", true, Symbol("s"), 7n, [], ["a"], () => "a", new Date(0), new Map(), Number.NaN];

/** An object that conditions look into, as a list with the very same attributes: nobody may look into that. */
function listInstead(draw: Draw, both: { readonly context: Attributes; readonly plain: Attributes }): readonly string[] {
  const names = Object.keys(both.plain).filter((name) => typeof both.plain[name] === "object" && both.plain[name] !== null);
  if (names.length === 0) return [];
  const name = draw.pick(names);
  const list = Object.assign(["a"], both.plain[name]);
  for (const on of [both.context, both.plain]) define(on, name, { value: list, writable: true });
  return [`${name}: a list with its attributes`];
}

/** Spoils a context of a random world; `reenter` is what a getter does that asks flags while it is asked. */
export function mutateContext(valid: Readonly<Attributes>, draw: Draw, reenter: () => void): MutatedContext {
  if (draw.chance(0.03)) return { context: draw.pick(NO_CONTEXTS), how: "no context" };
  const both = { context: { ...valid }, plain: { ...valid } };
  const listed = draw.chance(0.05) ? listInstead(draw, both) : [];
  const hows = [...listed, ...Array.from({ length: draw.pick([0, 1, 1, 1, 2, 3]) }, () => putAttribute(draw, draw.pick(ATTRIBUTES), both, reenter))];
  if (hows.length > 0 && draw.chance(0.7)) return { context: both.context, how: hows.join("; "), meaning: { plain: both.plain } };
  const [label, wrap] = draw.pick(Object.entries(wraps));
  const { context, plain } = wrap(both.context);
  return { context, how: [...hows, label].join("; "), ...(plain === undefined ? {} : { meaning: { plain: plain(both.plain) } }) };
}
