import { describe, expect, it } from "vitest";
import { type Compiled, compilePatch, compileSnapshot, flagKeysOf, hold, snapshotOf } from "./compile.ts";
import { decodeLimits, decodeSnapshot } from "./decode.ts";
import { encodeSnapshot } from "./encode.ts";
import { evaluate } from "./evaluate.ts";
import { layOutSnapshot } from "./laid-out.ts";
import { openIntactSnapshot, openSnapshot } from "./open-snapshot.ts";
import type { Snapshot } from "./snapshot-form.ts";

const utf8 = new TextEncoder();
const envelope = { format: 1, environment: "p", epoch: "e", seq: 1, salt: "s" };
const flags = { a: { default: "on" }, b: { rules: [{ if: ["equals", "country", "DE"], serve: "on" }] }, é: { variants: { on: "日本", off: "" } } };
const long = "f".repeat(decodeLimits.nameLength + 1);

/** What comes of the bytes, by either way of reading them. */
function read(bytes: Uint8Array): readonly [opened: unknown, decoded: unknown] {
  const [opened, decoded] = [openSnapshot(bytes), decodeSnapshot(new TextDecoder().decode(bytes))];
  return [opened.ok ? snapshotOf(compileSnapshot(opened.value)) : opened.problem, decoded.ok ? decoded.value : decoded.problem];
}

function opened(snapshot: Snapshot, previous?: Compiled): Compiled {
  const result = openSnapshot(utf8.encode(encodeSnapshot(snapshot)));
  if (!result.ok) throw new Error(JSON.stringify(result.problem));
  return compileSnapshot(result.value, previous === undefined ? {} : { previous });
}

describe("openSnapshot", () => {
  it.each<[string, string]>([
    ["a canonical text", encodeSnapshot({ ...envelope, flags })],
    ["one with white space", JSON.stringify({ ...envelope, flags, segments: { s: { include: ["u"] } }, kills: { k: { flags: ["a"] } } }, undefined, 2)],
    ["one without flags", JSON.stringify({ ...envelope, flags: {} })],
    ["one whose flags are broken", JSON.stringify({ ...envelope, flags: { a: 1, b: null, c: [], d: "}" } })],
    ["one that says flags twice", `{"flags":{"x":{},"a":{}},${JSON.stringify({ ...envelope, flags }).slice(1)}`],
    ["one that says a flag twice", `{"flags":{"x":{"default":"on"},"y":{},"x":{"default":"off"}},${JSON.stringify(envelope).slice(1)}`],
    ["one with escaped names", `{"fl\\u0061gs":{"\\u0061":{"default":"on"},"__proto__":{}},${JSON.stringify(envelope).slice(1)}`],
    ["flags that look like other parts", JSON.stringify({ ...envelope, flags: { flags: { flags: {} }, seq: {}, 7: {}, "": {} }, more: { flags: { no: {} } } })],
    ["a byte order mark", `\ufeff${JSON.stringify({ ...envelope, flags })}`],
    ["flags as a list", JSON.stringify({ ...envelope, flags: [{}] })],
    ["flags as text", JSON.stringify({ ...envelope, flags: "{}" })],
    ["no flags at all", JSON.stringify(envelope)],
    ["a long flag key", JSON.stringify({ ...envelope, flags: { [long]: {} } })],
    ["an envelope that is broken", JSON.stringify({ ...envelope, seq: -1, flags })],
    ["a kill that is broken", JSON.stringify({ ...envelope, kills: { k: {} }, flags })],
    ["a text that was cut", encodeSnapshot({ ...envelope, flags }).slice(0, -30)],
    ["one that is spoiled within a flag", encodeSnapshot({ ...envelope, flags }).replace('"serve":', '"serve"')],
    ["nothing", ""],
  ])("reads %s as decodeSnapshot does", (_title, text) => {
    const [one, other] = read(utf8.encode(text));
    expect(one).toEqual(other);
  });

  it("reads bytes that are not UTF-8 as decodeSnapshot reads their text", () => {
    const bytes = utf8.encode(JSON.stringify({ ...envelope, flags: { a: { variants: { on: "xx", off: "" } } } }));
    bytes[bytes.indexOf(0x78)] = 0xff;
    const [one, other] = read(bytes);
    expect(one).toEqual(other);
    expect(JSON.stringify(one)).toContain("\ufffdx");
  });

  it("keeps flags that a later snapshot has in the same words as they are compiled", () => {
    const first = opened({ ...envelope, flags });
    const answers = ["a", "b"].map((key) => evaluate(first, key, { country: "DE" }));
    const second = opened({ ...envelope, seq: 2, flags: { ...flags, b: { default: "on" } } }, first);
    expect(evaluate(second, "a", {})).toBe(answers[0]);
    expect(evaluate(second, "b", { country: "DE" })).toMatchObject({ variant: "on", cause: "default" });
  });

  it("goes on by patches, with flags that nobody has asked for yet", () => {
    const held = hold(opened({ ...envelope, flags }));
    const patched = compilePatch(held, { epoch: "e", base: 1, to: 2, set: { flags: { c: { default: "on" } } }, drop: { flags: ["b"] } });
    if (!patched.ok) throw new Error(patched.problem.message);
    const { a, b, é } = { ...flags };
    expect(snapshotOf(patched.value)).toEqual({ ...envelope, seq: 2, flags: { a, é, c: { default: "on" } } });
    expect(flagKeysOf(patched.value).toSorted()).toEqual(["a", "c", "é"]);
    expect(snapshotOf(held)).toEqual({ ...envelope, flags: { a, b, é } });
    expect(evaluate(patched.value, "b", {}).cause).toBe("unknownFlag");
    expect(evaluate(held, "b", { country: "DE" }).variant).toBe("on");
  });
});

describe("an opened snapshot", () => {
  it("keeps what each of several patches changed, written out in between", () => {
    let compiled = opened({ ...envelope, flags });
    const steps: readonly [set: Snapshot["flags"], drop: readonly string[]][] = [
      [{ a: { default: "off" } }, ["b"]],
      [{ c: {} }, []],
      [{ b: { default: "on" } }, ["é"]],
    ];
    for (const [at, [set, drop]] of steps.entries()) {
      const patched = compilePatch(compiled, { epoch: "e", base: 1 + at, to: 2 + at, set: { flags: set }, drop: { flags: drop } });
      if (!patched.ok) throw new Error(patched.problem.message);
      compiled = patched.value;
      expect(flagKeysOf(compiled)).toContain("a");
    }
    expect(snapshotOf(compiled)).toEqual({ ...envelope, seq: 4, flags: { a: { default: "off" }, b: { default: "on" }, c: {} } });
  });
});

/** Keys that a text writes otherwise than they are, or that come elsewhere by their text than by themselves. */
const ODD_KEYS = ["", "a", "a!", "a b", 'a"', "a\\", 'a\\"', "tab\tin it", "7", "__proto__", "flags", "é", "\u{1f6a6}", "\ud800", "zz"];
const odd = Object.fromEntries(ODD_KEYS.map((key, at) => [key, { variants: { on: at, off: -1 }, default: "on" }]));

/** The snapshot that comes of bytes which are known to be as they were written. */
function intact(text: string): Compiled {
  const result = openIntactSnapshot(utf8.encode(text));
  if (!result.ok) throw new Error(JSON.stringify(result.problem));
  return compileSnapshot(result.value);
}

describe("openIntactSnapshot", () => {
  it("finds every flag by its key, and none that is not there", () => {
    const compiled = intact(layOutSnapshot({ ...envelope, flags: odd }));
    expect(ODD_KEYS.map((key) => evaluate(compiled, key, {}).value)).toEqual(ODD_KEYS.map((_, at) => at));
    expect(flagKeysOf(compiled).toSorted()).toEqual(ODD_KEYS.toSorted());
    for (const key of ["b", "aa", " ", "zzz", "~", "\t", "toString", "\ufffd"])
      expect(evaluate(compiled, key, {}).cause, JSON.stringify(key)).toBe("unknownFlag");
  });

  it.each<[string, string]>([
    ["what is laid out", layOutSnapshot({ ...envelope, flags, segments: { s: { include: ["u"] } }, kills: { k: { flags: ["a"] } } })],
    ["one flag", layOutSnapshot({ ...envelope, flags: { a: { default: "on" } } })],
    ["no flags", layOutSnapshot({ ...envelope, flags: {} })],
    ["canonical JSON", encodeSnapshot({ ...envelope, flags })],
    ["tabs as a person indents", JSON.stringify({ ...envelope, flags }, undefined, "\t")],
    ["lines in another order", `{"flags":{\t"b":{"default":"on"},\t"a":{}\t},${JSON.stringify(envelope).slice(1)}`],
    ["an envelope that is broken", layOutSnapshot({ ...envelope, seq: -1, flags })],
    ["a text that was cut", layOutSnapshot({ ...envelope, flags }).slice(0, -30)],
    ["tabs around something else called flags", `{"more":{"flags":{\t"x":{}\t}},"flags":{"a":{}},${JSON.stringify(envelope).slice(1)}`],
    ["tabs around something else, and no flags", `{"more":{"flags":{\t"x":{}\t}},"flags":{},${JSON.stringify(envelope).slice(1)}`],
    ["flags twice, tabs around the first", `{"flags":{\t"x":{}\t},"flags":{"a":{}},${JSON.stringify(envelope).slice(1)}`],
    ["a long flag key", layOutSnapshot({ ...envelope, flags: { ...flags, [long]: {} } })],
  ])("reads %s as decodeSnapshot does", (_title, text) => {
    const decoded = decodeSnapshot(text);
    const result = openIntactSnapshot(utf8.encode(text));
    expect(result.ok ? snapshotOf(compileSnapshot(result.value)) : result.problem).toEqual(decoded.ok ? decoded.value : decoded.problem);
  });

  it.each(['"\\x":{},', '"A},'])("lets the line %s spoil itself alone, which has no name to be asked for", (line) => {
    const compiled = intact(layOutSnapshot({ ...envelope, flags }).replace('\t"a":', `\t${line}\t"a":`));
    expect(flagKeysOf(compiled).toSorted()).toEqual(["a", "b", "é"]);
    expect(() => encodeSnapshot(snapshotOf(compiled))).not.toThrow();
  });

  it.each(["{", '{"rules":', "[[[[", '"text"', `{"variants":{"off":${"[".repeat(300)}${"]".repeat(300)}}}`])(
    "lets the form %s spoil its own flag alone",
    (broken) => {
      const compiled = intact(layOutSnapshot({ ...envelope, flags }).replace('{"default":"on"}', broken));
      expect(evaluate(compiled, "a", {})).toMatchObject({ reason: "ERROR" });
      expect(evaluate(compiled, "b", { country: "DE" }).variant).toBe("on");
      expect(() => encodeSnapshot(snapshotOf(compiled))).not.toThrow();
    },
  );
});
