import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { eventHashInput, findBrokenLink, personalHashInput } from "./chain.ts";
import type { LoggedEvent } from "./event.ts";

const sha256hex = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");
const personal = { reason: "5xx", by: "ada" };

function chain(count: number): LoggedEvent[] {
  const events: LoggedEvent[] = [];
  for (let seq = 1; seq <= count; seq += 1) {
    const unhashed = {
      seq,
      epoch: "e",
      atMs: seq * 10,
      command: `c${seq}`,
      facts: { kind: "killLifted", kill: `k${seq}`, environment: "production" } as const,
      personal,
      salt: "pepper",
      personalHash: sha256hex('pepper{"by":"ada","reason":"5xx"}'),
      prevHash: events.at(-1)?.hash ?? "0".repeat(64),
    };
    events.push({ ...unhashed, hash: sha256hex(eventHashInput(unhashed)) });
  }
  return events;
}

test("the hashed texts are canonical JSON, written out here by hand", () => {
  expect(personalHashInput("pepper", personal)).toBe('pepper{"by":"ada","reason":"5xx"}');
  const [event] = chain(1);
  if (event === undefined) throw new Error("one event was made");
  expect(eventHashInput(event)).toBe(
    `{"atMs":10,"command":"c1","epoch":"e","facts":{"environment":"production","kill":"k1","kind":"killLifted"},"personalHash":"${event.personalHash}","prevHash":"${"0".repeat(64)}","seq":1}`,
  );
});

test("a chain fits, also from the middle and after a personal part was erased", () => {
  const events = chain(4);
  expect(findBrokenLink(events, sha256hex)).toBeUndefined();
  expect(findBrokenLink(events.slice(2), sha256hex, events[1])).toBeUndefined();
  const erased = events.map(({ personal: _personal, salt: _salt, ...rest }) => rest);
  expect(findBrokenLink(erased, sha256hex)).toBeUndefined();
});

test("a changed fact, time, name, order or hash is found at its sequence", () => {
  const broken = (change: (event: LoggedEvent) => LoggedEvent): number | undefined =>
    findBrokenLink(
      chain(4).map((event) => (event.seq === 3 ? change(event) : event)),
      sha256hex,
    )?.seq;
  expect(broken((event) => ({ ...event, facts: { kind: "killLifted", kill: "other", environment: "production" } }))).toBe(3);
  expect(broken((event) => ({ ...event, atMs: 1 }))).toBe(3);
  expect(broken((event) => ({ ...event, personal: { by: "eve" } }))).toBe(3);
  expect(broken(({ salt: _salt, ...event }) => event)).toBe(3);
  expect(broken((event) => ({ ...event, seq: 9 }))).toBe(9);
  expect(broken((event) => ({ ...event, prevHash: "f".repeat(64) }))).toBe(3);
  expect(findBrokenLink(chain(4).toSpliced(1, 1), sha256hex)?.seq).toBe(3);
});
