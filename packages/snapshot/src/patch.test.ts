import { applyPatch, encodePatch, encodeSnapshot, type SegmentForm, type Snapshot } from "@sluice/evaluation";
import { expect, test } from "vitest";
import { diffSnapshots, sameContent } from "./patch.ts";

const hash = (at: number): string => at.toString(16).padStart(16, "0");
const LIST = Array.from({ length: 100_000 }, (_, at) => hash(at * 2));
const at = (seq: number, segments: Readonly<Record<string, SegmentForm>>): Snapshot => ({
  format: 1,
  environment: "p",
  epoch: "e",
  seq,
  salt: "s",
  segments,
  flags: {},
});

/** The patch between two forms of one segment, after a look that it leads there byte for byte. */
function patchBetween(before: Readonly<Record<string, SegmentForm>>, after: Readonly<Record<string, SegmentForm>>): string {
  const patch = diffSnapshots(at(1, before), at(2, after));
  if (patch === undefined) throw new Error("a patch says it");
  const applied = applyPatch(at(1, before), patch);
  expect(applied.ok && encodeSnapshot(applied.value)).toBe(encodeSnapshot(at(2, after)));
  return encodePatch(patch);
}

test("one id more and one less among 100,000 are a patch of these two", () => {
  const after = [...LIST.slice(0, 50), hash(99), ...LIST.slice(51)];
  expect(patchBetween({ s: { by: "customer", hashes: LIST } }, { s: { by: "customer", hashes: after } })).toBe(
    `{"base":1,"drop":{"hashes":{"s":["${hash(100)}"]}},"epoch":"e","set":{"hashes":{"s":["${hash(99)}"]}},"to":2}`,
  );
});

test("the first and the last of a list leave and join", () => {
  expect(patchBetween({ s: { hashes: [hash(1), hash(2), hash(3)] } }, { s: { hashes: [hash(2), hash(3), hash(4)] } })).toBe(
    `{"base":1,"drop":{"hashes":{"s":["${hash(1)}"]}},"epoch":"e","set":{"hashes":{"s":["${hash(4)}"]}},"to":2}`,
  );
});

test("where most of a list changes, or its form does, the segment is told whole", () => {
  expect(patchBetween({ s: { hashes: [hash(1), hash(2)] } }, { s: { hashes: [hash(3)] } })).toBe(
    `{"base":1,"epoch":"e","set":{"segments":{"s":{"hashes":["${hash(3)}"]}}},"to":2}`,
  );
  expect(patchBetween({ s: { hashes: [hash(1), hash(2)] } }, { s: { by: "customer", hashes: [hash(1), hash(2), hash(3)] } })).toContain('"segments"');
});

test("lists that come and go with their segments are told by these", () => {
  expect(patchBetween({ t: {} }, { s: { hashes: [hash(1)] } })).toBe(
    `{"base":1,"drop":{"segments":["t"]},"epoch":"e","set":{"segments":{"s":{"hashes":["${hash(1)}"]}}},"to":2}`,
  );
});

test("the same members in another object are the same content", () => {
  expect(sameContent(at(1, { s: { hashes: LIST } }), at(1, { s: { hashes: [...LIST] } }))).toBe(true);
  expect(sameContent(at(1, { s: { hashes: LIST } }), at(1, { s: { hashes: LIST.slice(1) } }))).toBe(false);
});
