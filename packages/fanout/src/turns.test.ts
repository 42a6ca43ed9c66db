import { expect, test } from "vitest";
import { Turns } from "./turns.ts";

/** Work that ends when the test says so, and writes down when it began. */
function desk(): { readonly began: string[]; work(name: string): () => Promise<string>; endOne(): Promise<void> } {
  const began: string[] = [];
  const ends: (() => void)[] = [];
  return {
    began,
    work: (name) => () => {
      began.push(name);
      return new Promise((resolve) => ends.push(() => resolve(name)));
    },
    endOne: async () => {
      ends.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test("one thing at a time; of those who wait, whoever was served longest ago comes next", async () => {
  const [turns, { began, work, endOne }] = [new Turns(), desk()];
  for (const name of ["a1", "a2", "a3", "b1", "b2", "c1"]) void turns.take(name.charAt(0), work(name));
  for (let count = 0; count < 6; count += 1) {
    await endOne();
    expect(began.length).toBe(Math.min(6, count + 1));
  }
  await endOne();
  expect(began).toEqual(["a1", "b1", "c1", "a2", "b2", "a3"]);
});

test("what fails ends its own turn alone", async () => {
  const turns = new Turns();
  const failed = turns.take("a", () => Promise.reject(new Error("refused")));
  const done = turns.take("a", async () => "done");
  await expect(failed).rejects.toThrow("refused");
  await expect(done).resolves.toBe("done");
});

test("who has a thousand waiting gets no further one in; whoever has none does, whatever the others have waiting", async () => {
  const [turns, { work }] = [new Turns(), desk()];
  const waiting = Array.from({ length: 6_000 }, (_, index) => turns.take(`script-${index % 6}`, work(`${index}`)));
  expect(waiting.filter((one) => one !== undefined).length).toBe(5_000);
  expect(turns.take("person", work("first"))).toBeDefined();
  expect(turns.take("person", work("second"))).toBeUndefined();
  const alone = new Turns();
  const ofOne = Array.from({ length: 1_100 }, (_, index) => alone.take("script", work(`${index}`)));
  expect(ofOne.filter((one) => one !== undefined).length).toBe(1_000);
  expect(alone.take("person", work("first"))).toBeDefined();
});
