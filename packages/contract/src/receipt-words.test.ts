import { expect, test } from "vitest";
import { receiptNotes, servedDecision } from "./receipt-words.ts";

const ms = (time: number): string => `${time} ms`;

test("a receipt says how soon its kill was confirmed, who is away, and who has it without a connection", () => {
  expect(receiptNotes({ of: 40, p50Ms: 21, p99Ms: 85, gone: 2, withoutStream: 1 }, ms)).toEqual([
    "Half of those that have confirmed did within 21 ms, 99 of 100 within 85 ms.",
    "2 processes that were connected are away without a word: ended, or cut off and then perhaps still with the feature.",
    "1 process without a lasting connection, such as a function, has it too.",
  ]);
  expect(receiptNotes({ of: 1, p50Ms: 21, p99Ms: 21, gone: 1, withoutStream: 3 }, ms)).toEqual([
    "1 process that was connected is away without a word: ended, or cut off and then perhaps still with the feature.",
    "3 processes without a lasting connection, such as functions, have it too.",
  ]);
  expect(receiptNotes({ of: 0, pages: { of: 1, told: 1 } }, ms)).toEqual([
    "It was sent to the 1 page in browsers that listens; one that nobody looks at asks within a minute.",
  ]);
  expect(receiptNotes({ of: 0, pages: { of: 812, told: 812 } }, ms)).toEqual([
    "It was sent to all 812 pages in browsers that listen; one that nobody looks at asks within a minute.",
  ]);
  expect(receiptNotes({ of: 0, pages: { of: 815, told: 812 } }, ms)).toEqual([
    "It was sent to 812 of 815 pages in browsers; the others are behind a relay that does not serve it yet.",
  ]);
  expect(receiptNotes({ of: 0 }, ms)).toEqual([]);
});

test("what a process still has is told by the decision of its version", () => {
  expect(["e1:12", "e:1:0", "e1:", "12", undefined, 7, "e1:-3"].map(servedDecision)).toEqual([12, 0, undefined, undefined, undefined, undefined, undefined]);
});
