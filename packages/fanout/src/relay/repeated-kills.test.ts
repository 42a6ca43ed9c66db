import { createHash } from "node:crypto";
import { NetworkFailed } from "@sluice/ports";
import { expect, test } from "vitest";
import { Fanout } from "../fanout.ts";
import { killIdOf } from "../kill-answer.ts";
import { noStore } from "../late-store.ts";
import { TestApi, TestDisk, TestWorld } from "../testing/test-world.ts";
import { KillSigning } from "./kill-signing.ts";

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
const OPERATOR_KEY = "slk_operator_of_the_relay_0123456789";
const COMMAND = "relay-command-1";
const ID = killIdOf(COMMAND);
const UNDO_MS = 60_000;

interface Reply {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** A relay over memory, whose server says only what it is told to. */
class Relay {
  readonly api: TestApi = new TestApi();
  readonly disk: TestDisk = new TestDisk();
  world!: TestWorld;
  /** So many times more what is handed on is lost on its way. */
  lost: number = 0;
  #fanout!: Fanout;
  #seq = 4;

  async start(): Promise<this> {
    this.world = new TestWorld({ disk: this.disk, api: this.api });
    this.api.answer = ({ url }) => {
      if (url.endsWith("/relay/v1/kills") && this.lost-- > 0) throw new NetworkFailed("lost", "ETIMEDOUT");
      return { status: 200, headers: {}, body: '{"taken":1,"delegations":{}}' };
    };
    const signing = new KillSigning(this.world, "sls_TM0Imyj_ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U-4pvs");
    this.#fanout = new Fanout({
      world: this.world,
      store: noStore(this.world),
      apiUrl: "http://server",
      internalKey: "slr_of_the_relay_0123456789",
      assets: new Map(),
      relay: { name: "eu-west", signing, operator: hash(OPERATOR_KEY), killKey: hash("the kill key of this relay") },
    });
    const started = this.#fanout.start();
    await this.world.advance(2_000);
    await started;
    return this;
  }

  /** As after `kill -9`. */
  async restart(): Promise<void> {
    this.#fanout.stop();
    await this.start();
  }

  /** What the server serves from now on. */
  async serves(more: object = {}): Promise<void> {
    const seq = ++this.#seq;
    const flags = { "shop.checkout": { rules: [{ serve: "on" }] }, "shop.gift": { rules: [{ serve: "on" }] } };
    const snapshot = { format: 1, environment: "production", epoch: "e1", seq, salt: "s", flags, ...more };
    const message = { kind: "snapshot", environment: "production", snapshot, folded: seq };
    this.api.everything = () => [message as never, { kind: "ping" }];
    this.api.tell(message as never);
    await this.world.advance(100);
  }

  /** So much time passes, and the feed lives. */
  async calm(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 1_000) {
      this.api.tell({ kind: "ping" });
      await this.world.advance(1_000);
    }
  }

  async kill(command: string, more: object = {}): Promise<Reply> {
    const body = new TextEncoder().encode(JSON.stringify({ command, environment: "production", flags: ["shop.checkout"], ...more }));
    const headers = { authorization: `Bearer ${OPERATOR_KEY}` };
    const asked = this.#fanout.handle({ method: "POST", url: "/api/kills", headers, body, remote: "127.0.0.1" });
    await this.world.advance(400);
    const reply = await asked;
    if ("attach" in reply) throw new Error("a stream, where an answer was expected");
    const text = typeof reply.body === "string" ? reply.body : new TextDecoder().decode(reply.body);
    return { status: reply.status, body: JSON.parse(text) as Reply["body"] };
  }

  /** Counter of each kill that was handed to the server, each once. */
  get handedOn(): readonly number[] {
    const sent = this.api.requests.filter(({ url }) => url.endsWith("/relay/v1/kills"));
    const kills = sent.flatMap(({ body }) => (JSON.parse(new TextDecoder().decode(body)) as { readonly kills: readonly { readonly text: string }[] }).kills);
    return [...new Set(kills.map(({ text }) => (JSON.parse(text) as { readonly counter: number }).counter))];
  }

  /** How often something was handed on, lost or not. */
  get attempts(): number {
    return this.api.requests.filter(({ url }) => url.endsWith("/relay/v1/kills")).length;
  }

  get journal(): string {
    const sent = this.api.requests.findLast(({ url }) => url.endsWith("/relay/v1/kills"));
    const { kills } = JSON.parse(new TextDecoder().decode(sent?.body)) as { readonly kills: readonly { readonly text: string }[] };
    return (JSON.parse(kills[0]?.text ?? "{}") as { readonly journal: string }).journal;
  }
}

/** A relay whose one kill the server has taken over; and what a snapshot says of it. */
async function takenOver(): Promise<{ readonly relay: Relay; readonly first: Reply; readonly listed: object; readonly inForce: object }> {
  const relay = await new Relay().start();
  await relay.serves();
  const first = await relay.kill(COMMAND);
  expect(first).toMatchObject({ status: 201, body: { kill: ID, flags: ["shop.checkout"], emergency: true } });
  const listed = { journals: { [relay.journal]: relay.handedOn[0] } };
  const inForce = { ...listed, kills: { [ID]: { flags: ["shop.checkout"] } } };
  await relay.serves(inForce);
  return { relay, first, listed, inForce };
}

test("a kill that is repeated at a relay while it is in force is answered as it was first, and is no other kill", async () => {
  const { relay, first } = await takenOver();
  await relay.world.advance(5_000);
  expect(await relay.kill(COMMAND)).toEqual(first);
  expect(relay.handedOn).toHaveLength(1);
});

test("one that was lifted at the server meanwhile is not made again, and says so", async () => {
  const { relay, listed } = await takenOver();
  await relay.serves(listed);
  expect(await relay.kill(COMMAND)).toMatchObject({ status: 409, body: { error: { code: "killLifted" } } });
  expect(relay.handedOn).toHaveLength(1);
  // To kill again takes a new command, as at the server.
  expect((await relay.kill("relay-command-2")).status).toBe(201);
});

test("a restart of the relay forgets neither, as long as its journal has the kill", async () => {
  const { relay, first, listed, inForce } = await takenOver();
  await relay.serves(inForce);
  await relay.restart();
  expect(await relay.kill(COMMAND)).toEqual(first);
  await relay.serves(listed);
  expect((await relay.kill(COMMAND)).body).toMatchObject({ error: { code: "killLifted" } });
});

test("what waits in its journal at a start is handed on until a snapshot lists it, though the feed stays and nobody kills again", async () => {
  const relay = await new Relay().start();
  await relay.serves();
  relay.lost = Number.POSITIVE_INFINITY;
  await relay.kill(COMMAND);
  const before = relay.attempts;
  relay.lost = 1;
  await relay.restart();
  await relay.calm(20_000);
  expect([relay.lost < 0, relay.handedOn.length]).toEqual([true, 1]);
  const taken = relay.attempts;
  expect(taken).toBeGreaterThanOrEqual(before + 2);
  // Taken is not listed: the server may have lost it since.
  await relay.calm(20_000);
  expect(relay.attempts).toBeGreaterThan(taken);
  await relay.serves({ journals: { [relay.journal]: relay.handedOn[0] }, kills: { [ID]: { flags: ["shop.checkout"] } } });
  await relay.calm(10_000);
  const listed = relay.attempts;
  await relay.calm(60_000);
  expect(relay.attempts).toBe(listed);
  expect(relay.world.lines.filter((line) => line.includes("feed.lost"))).toEqual([]);
});

test("the same command for other flags, or for some, is refused in force and lifted", async () => {
  const { relay, listed } = await takenOver();
  for (const more of [{ flags: ["shop.gift"] }, { scope: { services: ["web"] } }])
    expect(await relay.kill(COMMAND, more), JSON.stringify(more)).toMatchObject({ status: 409, body: { error: { code: "commandReused" } } });
  await relay.serves(listed);
  expect(await relay.kill(COMMAND, { flags: ["shop.gift"] })).toMatchObject({ status: 409, body: { error: { code: "commandReused" } } });
});

test("a kill that the server took itself is known at the relay by what it serves", async () => {
  const relay = await new Relay().start();
  await relay.serves({ kills: { [ID]: { flags: ["shop.checkout"] } } });
  expect(await relay.kill(COMMAND)).toEqual({ status: 201, body: { kill: ID, flags: ["shop.checkout"], emergency: false, undoUntilMs: UNDO_MS } });
  expect(await relay.kill(COMMAND, { flags: ["shop.gift"] })).toMatchObject({ status: 409, body: { error: { code: "commandReused" } } });
  expect(relay.api.requests.some(({ url }) => url.endsWith("/relay/v1/kills"))).toBe(false);
});

test.each(["kept-k0123456789ab", "drill-production-1-2", "epoch-e0123abcd", "relay-command-1+1048577"])(
  "a relay takes no kill under %s, which Sluice keeps for itself",
  async (command) => {
    const relay = await new Relay().start();
    await relay.serves();
    expect(await relay.kill(command)).toMatchObject({ status: 400, body: { error: { code: "badRequest", field: "command" } } });
    expect(relay.api.requests.some(({ url }) => url.endsWith("/relay/v1/kills"))).toBe(false);
  },
);
