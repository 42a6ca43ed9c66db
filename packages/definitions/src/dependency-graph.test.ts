import { expect, test } from "vitest";
import { DependencyGraph } from "./dependency-graph.ts";

const graph = (edges: Readonly<Record<string, readonly string[]>>): DependencyGraph => new DependencyGraph((name) => edges[name] ?? []);

test("the height is that of the longest way down", () => {
  const chains = graph({ a: ["b", "c"], b: ["c"], c: ["d"], d: [] });
  expect(["d", "c", "b", "a"].map((name) => chains.chainOf(name))).toEqual([{ height: 0 }, { height: 1 }, { height: 2 }, { height: 3 }]);
});

test("a circle is named by those who are in it, also to those who only lead into it", () => {
  const chains = graph({ a: ["b"], b: ["c"], c: ["b"] });
  expect(chains.chainOf("a").circle).toEqual(["b", "c", "b"]);
  expect(chains.chainOf("b").circle).toEqual(["b", "c", "b"]);
  expect(graph({ a: ["a"] }).chainOf("a").circle).toEqual(["a", "a"]);
});

test("asking for one name first changes no answer about another", () => {
  const edges = { a: ["b", "d"], b: ["c"], c: ["d"], d: ["e"], e: [] };
  const [once, reversed] = [graph(edges), graph(edges)];
  const names = Object.keys(edges);
  const forwards = names.map((name) => once.chainOf(name).height);
  expect([...names].reverse().map((name) => reversed.chainOf(name).height)).toEqual([...forwards].reverse());
});

test("each name is walked once, however wide the graph is", () => {
  let walks = 0;
  const chains = new DependencyGraph((name) => {
    walks += 1;
    const level = Number(name.split("-")[0]);
    return level === 8 ? [] : Array.from({ length: 20 }, (_, index) => `${level + 1}-${index}`);
  });
  expect(chains.chainOf("0-0").height).toBe(8);
  expect(walks).toBe(1 + 8 * 20);
});

test("a chain of 100,000 names overflows nothing", () => {
  const chains = new DependencyGraph((name) => (name === "100000" ? [] : [String(Number(name) + 1)]));
  expect(chains.chainOf("0").height).toBe(100_000);
});
