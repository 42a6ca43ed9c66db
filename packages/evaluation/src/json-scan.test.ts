import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scanObject } from "./json-scan.ts";

const utf8 = new TextEncoder();
const DEPTH_MAX = 6;

/** What the places say, read with JSON.parse: names and values of the object and of the objects in it. */
function membersIn(text: string): unknown {
  const bytes = utf8.encode(text);
  const places = scanObject(bytes, DEPTH_MAX);
  if (places === undefined) return undefined;
  const part = (from = 0, to = 0): string => new TextDecoder().decode(bytes.subarray(from, to));
  const read = (list: readonly number[]): unknown[] =>
    Array.from({ length: list.length / 4 }, (_, at) => {
      const [nameFrom, nameTo, from, to] = list.slice(at * 4, at * 4 + 4);
      return [JSON.parse(`"${part(nameFrom, nameTo)}"`), JSON.parse(part(from, to))];
    });
  return { outer: read(places.outer), inner: read(places.inner) };
}

/** The same by JSON.parse alone; for texts without names that occur twice or look like numbers. */
function membersOf(value: object): unknown {
  const isObject = (one: unknown): one is object => typeof one === "object" && one !== null && !Array.isArray(one);
  return { outer: Object.entries(value), inner: Object.values(value).filter(isObject).flatMap(Object.entries) };
}

function depthOf(value: unknown): number {
  return typeof value === "object" && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether JSON.parse takes it for an object that is no deeper than allowed. */
function isObjectText(text: string): boolean {
  const value = parsed(text);
  return typeof value === "object" && value !== null && !Array.isArray(value) && depthOf(value) <= DEPTH_MAX;
}

describe("scanObject", () => {
  it.each([
    '{"a":1,"b":{"c":[1,{"d":"x"}],"e":{}},"f":{"g":null}}',
    ' { "a" : 1 ,\n\t"b" : { "c" : [ 1 , true , "]}\\"" ] } , "f" : { } } \r\n',
    '{"é😀\\u00e9\\n":{"日本":"\\ud83d\\ude00"},"x":"\\\\"}',
    "{}",
  ])("finds the members of %s", (text) => {
    expect(membersIn(text)).toEqual(membersOf(parsed(text) as object));
  });

  it.each([
    ["nothing", ""],
    ["a list", "[]"],
    ["two objects", "{}{}"],
    ["an object that does not end", '{"a":{"b":1}'],
    ["one end too many", "{}}"],
    ["the wrong end", '{"a":[1}}'],
    ["a comma before the end", '{"a":1,}'],
    ["a comma before the end of a list", '{"a":[1,]}'],
    ["a comma too many", '{"a":1,,"b":2}'],
    ["no comma", '{"a":1 "b":2}'],
    ["no colon", '{"a" 1}'],
    ["two colons", '{"a"::1}'],
    ["a colon in a list", '{"a":["b":1]}'],
    ["a name that is no string", "{1:2}"],
    ["a name without a value", '{"a"}'],
    ["a line end in a string", '{"a":"\n"}'],
    ["an unknown escape", '{"a":"\\x"}'],
    ["half an escape", '{"a":"\\u12g4"}'],
    ["a string that does not end", '{"a":"b}'],
    ["a leading zero", '{"a":01}'],
    ["a plus sign", '{"a":+1}'],
    ["a fraction without digits", '{"a":1.}'],
    ["an exponent without digits", '{"a":1e}'],
    ["a minus alone", '{"a":-}'],
    ["half a literal", '{"a":tru}'],
    ["a literal and more", '{"a":nullx}'],
    ["another space", '{"a":\u00a01}'],
    ["more levels than allowed", `{"a":${"[".repeat(DEPTH_MAX)}${"]".repeat(DEPTH_MAX)}}`],
  ])("refuses %s, as JSON.parse does", (_title, text) => {
    expect({ is: isObjectText(text), members: membersIn(text) }).toEqual({ is: false, members: undefined });
  });

  it.each(["0", "-0", "-0.5e+10", "1E5", "1e-0", "true", "false", "null", "[]", '""', '"/\\/\\b"', `${"[".repeat(DEPTH_MAX - 1)}${"]".repeat(DEPTH_MAX - 1)}`])(
    "takes %s as a value",
    (value) => {
      const text = `{"a":${value}}`;
      expect({ is: isObjectText(text), members: membersIn(text) }).toEqual({ is: true, members: membersOf(parsed(text) as object) });
    },
  );

  it("finds a name that occurs twice each time", () => {
    expect(membersIn('{"a":1,"\\u0061":{"b":2,"b":3}}')).toEqual({
      outer: [
        ["a", 1],
        ["a", { b: 3 }],
      ],
      inner: [
        ["b", 2],
        ["b", 3],
      ],
    });
  });

  it("takes what JSON.parse takes, and nothing else, of texts that were spoiled in one place", () => {
    const pieces = ['"', "\\", "{", "}", "[", "]", ",", ":", " ", "\n", "0", "1", "-", ".", "e", "+", "t", "true", "null", "u", "é", "\u0000"];
    const spoiled = fc.tuple(fc.json({ maxDepth: 4 }), fc.nat(), fc.constantFrom(0, 1), fc.constantFrom("", ...pieces));
    fc.assert(
      fc.property(spoiled, ([json, place, cut, piece]) => {
        const text = `{"a":${json},"b":{"c":${json}}}`;
        const at = place % (text.length + 1);
        const other = `${text.slice(0, at)}${piece}${text.slice(at + cut)}`;
        expect(membersIn(other) !== undefined).toBe(isObjectText(other));
      }),
      { numRuns: 5_000 },
    );
  });

  it("reads any bytes as their text is read, UTF-8 or not", () => {
    const near = fc.constantFrom(...utf8.encode('{}[]",:\\ua10-.e tfn'), 0xc3, 0xa9, 0xff, 0x80);
    fc.assert(
      fc.property(fc.array(near, { maxLength: 24 }), (list) => {
        const bytes = Uint8Array.from([...utf8.encode('{"a":'), ...list, ...utf8.encode("}")]);
        expect(scanObject(bytes, DEPTH_MAX) !== undefined).toBe(isObjectText(new TextDecoder().decode(bytes)));
      }),
      { numRuns: 5_000 },
    );
  });
});
