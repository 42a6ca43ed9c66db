import { expect, test } from "vitest";
import { isExcused } from "./skipped-tests.ts";

const CORPORA = "real files (skipped where ../shared/corpora is not beside the checkout) every feature becomes a flag";
const nowhere = (): boolean => false;

test("a test that needs the corpora is excused only where they are not beside the checkout", () => {
  const asked: string[] = [];
  const isThere = (path: string): boolean => {
    asked.push(path);
    return true;
  };
  expect(isExcused(CORPORA, nowhere)).toBe(true);
  expect(isExcused(CORPORA, isThere)).toBe(false);
  expect(asked).toEqual(["../shared/corpora"]);
});

test.each([
  "with a real PostgreSQL keeps its order",
  "a page in Chromium kills",
  "real files every feature becomes a flag",
  "anything (skipped where cc is not installed)",
])("nothing excuses skipping %j", (title) => {
  expect(isExcused(title, nowhere)).toBe(false);
});
