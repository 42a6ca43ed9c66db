import { describe, expect, it } from "vitest";
import { decodeLimits, decodePatch, decodeSnapshot, decodeUrgentKill } from "./decode.ts";
import { canonicalJson } from "./encode.ts";

const good = { format: 1, environment: "p", epoch: "e", seq: 1, salt: "s", flags: {} };

function deep(levels: number): unknown {
  return levels === 0 ? 1 : [deep(levels - 1)];
}

function pathsOf(source: unknown): string[] {
  const decoded = decodeSnapshot(source);
  return decoded.ok ? [] : decoded.problem.map(({ path }) => path);
}

describe("decodeSnapshot", () => {
  it.each<[string, unknown, string[]]>([
    ["a minimal snapshot", good, []],
    ["a higher format with unknown fields", { ...good, format: 9, moon: "full" }, []],
    ["a broken flag, which spoils only itself", { ...good, flags: { f: 7 } }, []],
    ["text", JSON.stringify(good), []],
    ["text that is no JSON", "{", [""]],
    ["a list", [], [""]],
    ["null", null, [""]],
    ["nothing", {}, ["format", "environment", "epoch", "salt", "seq", "flags"]],
    ["a format below 1", { ...good, format: 0 }, ["format"]],
    ["a fractional seq", { ...good, seq: 1.5 }, ["seq"]],
    ["flags as a list", { ...good, flags: [] }, ["flags"]],
    ["a kill without flags", { ...good, kills: { k: {} } }, ["kills.k.flags"]],
    ["a kill that is no object", { ...good, kills: { k: 1 } }, ["kills.k"]],
    ["a negative journal counter", { ...good, journals: { j: -1 } }, ["journals.j"]],
    ["too many replaced epochs", { ...good, replaces: Array.from({ length: 101 }, String) }, ["replaces"]],
    ["a long salt", { ...good, salt: "s".repeat(decodeLimits.nameLength + 1) }, ["salt"]],
    ["a long flag key", { ...good, flags: { ["f".repeat(decodeLimits.nameLength + 1)]: {} } }, ["flags"]],
    ["a value as deep as may be", JSON.stringify({ ...good, flags: { f: { variants: { on: deep(decodeLimits.depth - 4) } } } }), []],
    ["a value that is deeper", JSON.stringify({ ...good, flags: { f: { variants: { on: deep(decodeLimits.depth - 3) } } } }), [""]],
    ["a value as deep as nobody can write out", `{"deep":${"[".repeat(100_000)}${"]".repeat(100_000)}}`, [""]],
    ["inherited fields", Object.create(good), ["format", "environment", "epoch", "salt", "seq", "flags"]],
  ])("reads %s", (_title, source, paths) => {
    expect(pathsOf(source)).toEqual(paths);
  });

  it("does not pollute prototypes", () => {
    const text = '{"__proto__":{"polluted":1},"format":1,"environment":"p","epoch":"e","seq":1,"salt":"s","flags":{"__proto__":{"default":"on"}}}';
    expect(decodeSnapshot(text).ok).toBe(true);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

describe("decodePatch", () => {
  it.each<[string, unknown, string[]]>([
    ["an empty patch", { epoch: "e", base: 1, to: 2 }, []],
    ["one that does not go on", { epoch: "e", base: 2, to: 2 }, ["to"]],
    ["a broken set", { epoch: "e", base: 1, to: 2, set: { kills: { k: { flags: [1] } } } }, ["set.kills.k.flags"]],
    ["a broken drop", { epoch: "e", base: 1, to: 2, drop: { flags: "f" } }, ["drop.flags"]],
    ["null where a part may be absent", { epoch: "e", base: 1, to: 2, set: null, drop: null }, ["set", "drop"]],
    ["null where a list may be absent", { epoch: "e", base: 1, to: 2, drop: { flags: null, kills: null } }, ["drop.flags", "drop.kills"]],
    ["nothing", {}, ["epoch", "base", "to"]],
  ])("reads %s", (_title, source, paths) => {
    const decoded = decodePatch(source);
    expect(decoded.ok ? [] : decoded.problem.map(({ path }) => path)).toEqual(paths);
  });
});

describe("decodeUrgentKill", () => {
  it.each<[string, unknown, string[]]>([
    ["one with a journal", { id: "k", epoch: "e", flags: ["f"], journal: "j", counter: 1 }, []],
    ["one with a scope it cannot read", { id: "k", epoch: "e", flags: ["f"], scope: 7 }, []],
    ["nothing", {}, ["id", "epoch", "flags"]],
    ["a broken counter", { id: "k", epoch: "e", flags: [], journal: "j", counter: "1" }, ["counter"]],
  ])("reads %s", (_title, source, paths) => {
    const decoded = decodeUrgentKill(source);
    expect(decoded.ok ? [] : decoded.problem.map(({ path }) => path)).toEqual(paths);
  });
});

describe("canonicalJson", () => {
  it.each<[unknown, string]>([
    [{ b: 1, a: [true, null, "é\n"] }, '{"a":[true,null,"é\\n"],"b":1}'],
    [{ 10: 1, 9: 2, B: 3, a: 4 }, '{"10":1,"9":2,"B":3,"a":4}'],
    [{ a: undefined, b: { d: 1, c: -0 } }, '{"b":{"c":0,"d":1}}'],
    [JSON.parse('{"b":1,"__proto__":2}'), '{"__proto__":2,"b":1}'],
  ])("writes %j as %s", (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });
});
