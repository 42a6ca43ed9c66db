import { expect, test } from "vitest";
import { inOneLine, serveWords } from "./rule-words.ts";

test("a condition reads as its file has it", () => {
  expect(inOneLine({ all: [{ segment: "full-plans" }, { "account.seats": { lessThan: 20 } }] })).toBe(
    "{ all: [{ segment: full-plans }, { account.seats: { lessThan: 20 } }] }",
  );
  expect(inOneLine({ country: { in: ["AU", "true", "New Zealand", "2"] } })).toBe('{ country: { in: [AU, "true", "New Zealand", "2"] } }');
});

test("what a rule serves reads as a sentence's end", () => {
  expect(serveWords("on")).toBe("on");
  expect(serveWords({ share: 25, of: "on", by: "customer" })).toBe("on, to 25 % of them, by customer");
  expect(serveWords({ split: { a: 50, b: 50 } })).toBe("a 50 %, b 50 %");
  expect(serveWords({ of: { plain: 34, progress: 33, numbers: 33 }, by: "customer" })).toBe("plain 34 %, progress 33 %, numbers 33 %, by customer");
  expect(serveWords({ share: 10, split: { a: 1.5, b: 98.5 } })).toBe("a 1.5 %, b 98.5 %, to 10 % of them");
});
