import fc from "fast-check";
import { expect, test } from "vitest";
import { changeHashes, isListedIn } from "./listed-hashes.ts";

const HASHES = Array.from({ length: 200 }, (_, at) => (at * 7919).toString(16).padStart(16, "0"));
const some = fc.subarray(HASHES);

/** What the words say, over sets. */
function plainly(before: readonly string[], add: readonly string[], remove: readonly string[]): readonly string[] {
  return [...new Set([...before.filter((hash) => !remove.includes(hash)), ...add])].sort();
}

test("changes one after the other leave the sorted list that sets say, asked or not, in few steps or many", () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(HASHES), fc.array(fc.record({ add: some, remove: some, isAsked: fc.boolean() }), { maxLength: 6 }), (start, changes) => {
      let [list, expected]: [readonly string[], readonly string[]] = [start, start];
      for (const { add, remove, isAsked } of changes) {
        const before = [...list];
        const next = changeHashes(list, { add, remove });
        expect(list).toEqual(before);
        const isOther = add.some((hash) => !expected.includes(hash)) || remove.some((hash) => !add.includes(hash) && expected.includes(hash));
        if (isOther) expected = plainly(expected, add, remove);
        expect(next).toEqual(expected);
        if (!isOther) expect(next).toBe(list);
        list = next;
        if (!isAsked) continue;
        const isListed = isListedIn(list);
        expect(HASHES.filter(isListed).sort()).toEqual([...expected].sort());
        expect([isListed(undefined), isListed("")]).toEqual([false, false]);
      }
    }),
    { numRuns: 500 },
  );
});

test("more changes than are kept beside a set are in a set of their own", () => {
  const many = Array.from({ length: 3_000 }, (_, at) => `f${at.toString(16).padStart(15, "0")}`);
  let list: readonly string[] = HASHES.toSorted();
  for (let at = 0; at < many.length; at += 50) list = changeHashes(list, { add: many.slice(at, at + 50), remove: many.slice(at - 50, at - 49) });
  const isListed = isListedIn(list);
  expect(many.filter((hash, at) => isListed(hash) !== (at % 50 !== 0 || at === 2_950))).toEqual([]);
  expect(HASHES.every(isListed)).toBe(true);
});
