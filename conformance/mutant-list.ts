import { expect } from "vitest";

/** Expects at least so many mutants, each with a name of its own and a text that stands once; `changed` gives its file with the wrong text in it, or throws. */
export function expectMutants<M extends { readonly name: string }>(mutants: readonly M[], atLeast: number, changed: (mutant: M) => string): void {
  expect(mutants.length).toBeGreaterThanOrEqual(atLeast);
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  for (const mutant of mutants) expect(changed(mutant)).not.toBe("");
}
