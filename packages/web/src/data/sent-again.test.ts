import { expect, test } from "vitest";
import { Refused } from "./requests.ts";
import { untilAnswered } from "./sent-again.ts";

/** A server that answers with these statuses, one after the other, and then with the last for ever; 201 is an answer. */
function answers(statuses: readonly number[]): { readonly send: () => Promise<string>; readonly count: () => number } {
  let at = 0;
  return {
    send: async () => {
      const status = statuses[Math.min(at++, statuses.length - 1)] ?? 0;
      if (status === 201) return "killed";
      throw new Refused(status, `status-${status}`, `It was ${status}.`, "");
    },
    count: () => at,
  };
}

/** A clock on which each look takes a second. */
function seconds(): () => number {
  let now = 0;
  return () => (now += 1_000);
}

test("what nobody answered is sent again until somebody says what became of it", async () => {
  const server = answers([0, 502, 503, 504, 201]);
  let again = 0;
  expect(await untilAnswered(server.send, () => again++, { everyMs: 0, forMs: 30_000, nowMs: seconds() })).toBe("killed");
  expect([server.count(), again]).toEqual([5, 4]);
});

test("what was refused is not sent again", async () => {
  for (const status of [400, 401, 403, 404, 409, 429, 500]) {
    const server = answers([status]);
    await expect(untilAnswered(server.send, () => {}, { everyMs: 0, forMs: 30_000, nowMs: seconds() })).rejects.toMatchObject({ status });
    expect(server.count()).toBe(1);
  }
});

test("a server that never answers is asked for so long and not for ever", async () => {
  const server = answers([0]);
  await expect(untilAnswered(server.send, () => {}, { everyMs: 0, forMs: 30_000, nowMs: seconds() })).rejects.toMatchObject({ status: 0 });
  expect(server.count()).toBe(31);
});
