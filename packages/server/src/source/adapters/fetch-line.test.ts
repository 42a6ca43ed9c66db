import { expect, test } from "vitest";
import { FetchLine } from "./fetch-line.ts";

/** Fetches that end when the test says so. */
function fetches(): { readonly begun: string[]; readonly fetch: (name: string) => () => Promise<string>; end(name: string): void; fail(name: string): void } {
  const begun: string[] = [];
  const open = new Map<string, { readonly resolve: (name: string) => void; readonly reject: (error: Error) => void }>();
  return {
    begun,
    fetch: (name) => () => {
      begun.push(name);
      return new Promise((resolve, reject) => open.set(name, { resolve, reject }));
    },
    end: (name) => open.get(name)?.resolve(name),
    fail: (name) => open.get(name)?.reject(new Error(name)),
  };
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("whoever asks while one runs is answered by the next, all together, and never by the one that had begun", async () => {
  const { begun, fetch, end } = fetches();
  const line = new FetchLine();
  const first = line.next(fetch("first"));
  await turn();
  const later = [line.next(fetch("second")), line.next(fetch("third"))];
  await turn();
  expect(begun).toEqual(["first"]);
  end("first");
  expect(await first).toBe("first");
  await turn();
  expect(begun).toEqual(["first", "second"]);
  end("second");
  expect(await Promise.all(later)).toEqual(["second", "second"]);
});

test("one that fails fails for whoever asked for it, and the next runs all the same", async () => {
  const { fetch, end, fail } = fetches();
  const line = new FetchLine();
  const first = line.next(fetch("first"));
  await turn();
  const second = line.next(fetch("second"));
  fail("first");
  await expect(first).rejects.toThrow("first");
  await turn();
  end("second");
  expect(await second).toBe("second");
});
