import { createHash, generateKeyPairSync, sign } from "node:crypto";
import type { RelayKill } from "@sluice/contract";
import { emptyDecisions } from "@sluice/releases";
import { expect, test } from "vitest";
import { killIdOf } from "../kill-answer.ts";
import { Publisher } from "../publisher.ts";
import { TestApi, TestDisk, TestWorld } from "../testing/test-world.ts";
import { RelayKills } from "./relay-kills.ts";

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");

/** A relay's journal, by nothing but Node's own arithmetic and docs/protocol.md. */
function journal(): { readonly id: string; readonly kill: (counter: number, environment?: string) => RelayKill } {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const base64url = publicKey.export({ format: "jwk" }).x ?? "";
  const id = `r${hash(base64url).slice(0, 24)}-000001`;
  const kill = (counter: number, environment = "production"): RelayKill => {
    const command = `relay-command-${counter}`;
    const text = JSON.stringify({
      command,
      atMs: 1,
      kill: killIdOf(command),
      environment,
      flags: ["shop.checkout"],
      journal: id,
      counter,
      personal: { by: "ada" },
    });
    const signature = sign(undefined, Buffer.from(`sluice-relay-kill-1\n${text}`), privateKey).toString("base64url");
    return { text, key: `slv_${base64url}`, signature: `${base64url.slice(0, 8)}:${signature}` };
  };
  return { id, kill };
}

/** What waits at a server or a relay between, which serves two environments. */
class Waiting {
  readonly publisher: Publisher;
  readonly kills: RelayKills;
  /** How often what changed was told. */
  told = 0;
  #seq = 1;

  constructor() {
    const world = new TestWorld({ disk: new TestDisk(), api: new TestApi() });
    this.publisher = new Publisher(world.log, undefined);
    this.kills = new RelayKills({
      world,
      publisher: this.publisher,
      decisions: () => emptyDecisions,
      sendUrgent: ({ kill, environment, flags, journal: from, counter }) =>
        this.publisher.urgent(environment, { id: kill, epoch: "e1", flags, journal: from, counter }),
      onTaken: () => {},
    });
    for (const environment of ["production", "staging"]) this.serves(environment, {});
    this.publisher.onChange = (environment) => {
      this.told += 1;
      this.kills.settle(environment);
    };
  }

  serves(environment: string, journals: Readonly<Record<string, number>>): void {
    const seq = ++this.#seq;
    const snapshot = { format: 1, environment, epoch: "e1", seq, salt: "s", flags: { "shop.checkout": {} }, journals };
    this.publisher.feed({ kind: "snapshot", environment, snapshot, folded: seq });
  }

  get counters(): readonly number[] {
    return this.kills.pending.map(({ counter }) => counter);
  }
}

test("what a snapshot lists waits no longer, of its journal and its environment alone", () => {
  const waiting = new Waiting();
  const [mine, other] = [journal(), journal()];
  const all = () => true;
  expect(waiting.kills.take([mine.kill(1), mine.kill(2, "staging"), mine.kill(3), mine.kill(5)], all)).toMatchObject({ ok: true });
  expect(waiting.kills.take([other.kill(4)], all)).toMatchObject({ ok: true });
  expect(waiting.counters).toEqual([1, 2, 3, 5, 4]);
  waiting.serves("production", { [mine.id]: 3 });
  expect(waiting.counters).toEqual([2, 5, 4]);
  waiting.serves("production", { [mine.id]: 3, [other.id]: 4 });
  waiting.serves("staging", { [mine.id]: 1 });
  expect(waiting.counters).toEqual([2, 5]);
  // One that comes later still waits, though its group was looked at.
  expect(waiting.kills.take([mine.kill(6)], all)).toMatchObject({ ok: true });
  waiting.serves("production", { [mine.id]: 5, [other.id]: 4 });
  waiting.serves("staging", { [mine.id]: 2 });
  expect(waiting.counters).toEqual([6]);
  waiting.serves("production", { [mine.id]: 6, [other.id]: 4 });
  expect(waiting.counters).toEqual([]);
  expect(waiting.kills.inOrder).toEqual([]);
});

test("what each journal has of one environment is handed on together and in its order", async () => {
  const waiting = new Waiting();
  const [mine, other] = [journal(), journal()];
  waiting.kills.take([mine.kill(1), other.kill(2), mine.kill(3, "staging"), mine.kill(4)], () => true);
  expect(waiting.kills.inOrder.map((kills) => kills.map(({ text }) => (JSON.parse(text) as { readonly counter: number }).counter))).toEqual([[1, 4], [2], [3]]);
  await waiting.kills.settled(waiting.kills.pending.slice(0, 1));
  expect(waiting.counters).toEqual([2, 3, 4]);
});

test("hundreds that come at once are told of once for each environment, when all are in force", () => {
  const waiting = new Waiting();
  const mine = journal();
  const kills = Array.from({ length: 200 }, (_, at) => mine.kill(at + 1, at % 2 === 0 ? "production" : "staging"));
  const before = waiting.told;
  expect(waiting.kills.take(kills, () => true)).toMatchObject({ ok: true, value: { taken: 200 } });
  expect(waiting.told - before).toBe(2);
  expect(waiting.publisher.hub("production")?.urgent).toHaveLength(100);
});
