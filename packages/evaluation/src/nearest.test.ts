import { describe, expect, it } from "vitest";
import { nearestNames } from "./nearest.ts";

describe("nearestNames", () => {
  it.each([
    ["biling", ["billing", "banking"], ["billing"]],
    ["billign", ["billing"], ["billing"]],
    ["same", ["same"], []],
    ["abcd", ["ab", "abc", "abcdef", "abcdefg", "xyz"], ["abc", "ab", "abcdef"]],
    ["a", ["b", "c", "d", "e", "f", "g"], ["b", "c", "d", "e", "f"]],
    ["", ["a", "ab", "abc"], ["a", "ab"]],
    ["ca", ["abc"], []],
  ])("for %j among %j are %j", (name, candidates, nearest) => {
    expect(nearestNames(name, candidates)).toEqual(nearest);
  });

  it("are no more than asked for", () => {
    expect(nearestNames("a", ["b", "c"], 1)).toEqual(["b"]);
  });
});
