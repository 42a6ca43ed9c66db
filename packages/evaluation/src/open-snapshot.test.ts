import { describe, expect, it } from "vitest";
import { type Compiled, compilePatch, compileSnapshot, flagKeysOf, hold, snapshotOf } from "./compile.ts";
import { decodeLimits, decodeSnapshot } from "./decode.ts";
import { encodeSnapshot } from "./encode.ts";
import { evaluate } from "./evaluate.ts";
import { openSnapshot } from "./open-snapshot.ts";
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
    expect(evaluate(second, "b", {}).cause).toBe("default");
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
