import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { expect, test, vi } from "vitest";
import { NetworkFailed } from "@sluice/ports";
import { Fanout } from "../fanout.ts";
import { Hub } from "../hub.ts";
import { killIdOf } from "../kill-answer.ts";
import { noStore } from "../late-store.ts";
import { RunningFanout } from "../testing/running-fanout.ts";
import { settle, TestApi, TestDisk, TestSink, TestWorld } from "../testing/test-world.ts";
import { KillSigning } from "./kill-signing.ts";

const RELAY_KEY = "slr_0123456789012345678901234567890123456789012";
const STAGING_KEY = "slr_of_staging_89012345678901234567890123456789";
const hash = (text: string): string => createHash("sha256").update(text).digest("hex");

/** A relay made of nothing but Node's own arithmetic and docs/protocol.md. */
function relay(): { readonly journal: string; readonly handOn: (kill: object) => object } {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const base64url = publicKey.export({ format: "jwk" }).x ?? "";
  return {
    journal: `r${hash(base64url).slice(0, 24)}-000001`,
    handOn: (kill) => {
      const text = JSON.stringify(kill);
      const signature = sign(undefined, Buffer.from(`sluice-relay-kill-1\n${text}`), privateKey).toString("base64url");
      return { text, key: `slv_${base64url}`, signature: `${base64url.slice(0, 8)}:${signature}` };
    },
  };
}

const killOf = (journal: string, more: object = {}): object => ({
  command: "relay-command-1",
  atMs: 1_795_424_400_000,
  kill: killIdOf("relay-command-1"),
  environment: "production",
  flags: ["shop.checkout"],
  journal,
  counter: 1_048_577,
  personal: { by: "ada", reason: "photos vanish" },
  ...more,
});

async function server(): Promise<RunningFanout> {
  const relayKeys = [
    { hash: hash(RELAY_KEY), environments: [] },
    { hash: hash(STAGING_KEY), environments: ["staging"] },
  ];
  return (await new RunningFanout(undefined, { relayKeys }).prepare()).start();
}

const bring = (fanout: RunningFanout, kills: readonly object[], key = RELAY_KEY): ReturnType<RunningFanout["json"]> =>
  fanout.json("POST", "/relay/v1/kills", { bearer: key, body: { kills } });

const logged = (fanout: RunningFanout): readonly (readonly [string, unknown])[] =>
  fanout.database.events.filter(({ facts }) => facts.kind === "flagsKilled").map(({ command, personal }) => [command, personal] as const);

test("a relay's kill is in force at once, and in the log once, with who and why, however often it is brought", async () => {
  const fanout = await server();
  const stream = await fanout.stream();
  const { journal, handOn } = relay();
  const kill = handOn(killOf(journal));
  for (let times = 0; times < 3; times += 1) expect(await bring(fanout, [kill])).toMatchObject({ status: 200, body: { taken: 1 } });
  expect(stream.named("urgent")).toMatchObject([{ id: killIdOf("relay-command-1"), journal, counter: 1_048_577 }]);
  await fanout.world.advance(10_000);
  expect(logged(fanout)).toEqual([["relay-command-1", { by: "ada", reason: "photos vanish" }]]);
  expect(stream.named("patch")).toMatchObject([{ set: { journals: { [journal]: 1_048_577 } } }]);
  expect(await bring(fanout, [kill])).toMatchObject({ status: 200 });
  await fanout.world.advance(10_000);
  expect(logged(fanout)).toHaveLength(1);
});

test("what comes while the store refuses is in force, waits, and enters in the journal's order", async () => {
  const fanout = await server();
  const stream = await fanout.stream();
  fanout.store.trouble = "refuses";
  const { journal, handOn } = relay();
  const second = killOf(journal, { command: "relay-command-2", kill: killIdOf("relay-command-2"), flags: ["shop.gift"], counter: 1_048_578 });
  await bring(fanout, [handOn(killOf(journal)), handOn(second)]);
  expect(stream.named("urgent")).toHaveLength(2);
  fanout.store.trouble = "none";
  await fanout.world.advance(10_000);
  expect(logged(fanout).map(([command]) => command)).toEqual(["relay-command-1", "relay-command-2"]);
});

test("hundreds that waited enter the log in their order, and what is served is another once for each append, not for each of them", async () => {
  const fanout = await server();
  fanout.store.trouble = "refuses";
  const { journal, handOn } = relay();
  const commands = Array.from({ length: 350 }, (_, at) => `relay-command-${at}`);
  await bring(
    fanout,
    commands.map((command, at) => handOn(killOf(journal, { command, kill: killIdOf(command), counter: 1_048_577 + at }))),
  );
  const stream = await fanout.stream();
  const together = vi.spyOn(Hub.prototype, "publishPatches");
  fanout.store.trouble = "none";
  await fanout.world.advance(10_000);
  expect(logged(fanout).map(([command]) => command)).toEqual(commands);
  // A hundred enter with one append; the log's first event created the project.
  const here = together.mock.calls.filter(([patches]) => patches.some(({ set }) => Object.hasOwn(set?.journals ?? {}, journal)));
  expect(here.map(([, { base, to }]) => [base, to])).toEqual([
    [1, 101],
    [101, 201],
    [201, 301],
    [301, 351],
  ]);
  together.mockRestore();
  const patches = stream.named("patch") as readonly { readonly to: number; readonly set: { readonly journals: object } }[];
  expect(patches.map(({ to, set }) => [to, set.journals])).toEqual(commands.map((_, at) => [at + 2, { [journal]: 1_048_577 + at }]));
});

test("what a relay brought while the store refuses stands among the kills in force, with who and why", async () => {
  const fanout = await server();
  fanout.store.trouble = "refuses";
  const { journal, handOn } = relay();
  await bring(fanout, [handOn(killOf(journal))]);
  const listed = await fanout.json("GET", "/api/kills", { as: "aud" });
  const one = { kill: killIdOf("relay-command-1"), environment: "production", flags: ["shop.checkout"], emergency: true, reason: "photos vanish" };
  expect(listed.body["kills"]).toMatchObject([one]);
});

test("one that comes while another is taken into the log enters it too, though nobody decides anything more", async () => {
  const fanout = await server();
  const { journal, handOn } = relay();
  await bring(fanout, [handOn(killOf(journal))]);
  const append = fanout.store.append.bind(fanout.store);
  let isBrought = false;
  fanout.store.append = async (...given) => {
    const second = killOf(journal, { command: "relay-command-2", kill: killIdOf("relay-command-2"), flags: ["shop.gift"], counter: 1_048_578 });
    if (!isBrought) await bring(fanout, [handOn(second)]);
    isBrought = true;
    return append(...given);
  };
  await fanout.world.advance(20_000);
  expect(logged(fanout).map(([command]) => command)).toEqual(["relay-command-1", "relay-command-2"]);
});

test("a kill that was lifted at the server is not brought back by a relay that says it again", async () => {
  const fanout = await server();
  const { journal, handOn } = relay();
  const kill = handOn(killOf(journal));
  await bring(fanout, [kill]);
  await fanout.world.advance(10_000);
  const lifted = await fanout.jsonIn(400, "POST", `/api/kills/${killIdOf("relay-command-1")}/lift`, { as: "ada", body: { command: "lift-command-1" } });
  expect(lifted.status).toBe(200);
  const stream = await fanout.stream();
  await bring(fanout, [kill]);
  await fanout.world.advance(10_000);
  expect(stream.named("urgent")).toEqual([]);
  expect(logged(fanout)).toHaveLength(1);
});

test("a kill of a relay that has seen more than the log has does not enter it in the place of what is lost", async () => {
  const fanout = await server();
  const { journal, handOn } = relay();
  await fanout.ask("POST", "/relay/v1/kills", {
    bearer: RELAY_KEY,
    body: { kills: [handOn(killOf(journal))] },
    headers: { "sluice-relay": "relay-1", "sluice-has": `production=${fanout.epoch}:2` },
  });
  await fanout.world.advance(10_000);
  expect(fanout.database.events.map(({ facts }) => facts.kind)).toEqual(["projectCreated", "epochStarted", "flagsKilled"]);
});

const refusals: readonly (readonly [string, (mine: ReturnType<typeof relay>) => object])[] = [
  ["of another relay's journal", ({ handOn }) => handOn(killOf(relay().journal))],
  ["of the server's own journal", ({ handOn }) => handOn(killOf("j000001"))],
  ["that was changed on its way", ({ journal, handOn }) => ({ ...handOn(killOf(journal)), text: JSON.stringify(killOf(journal, { flags: ["shop.gift"] })) })],
  ["whose id is not its command's", ({ journal, handOn }) => handOn(killOf(journal, { kill: "k000000000000" }))],
  [
    "whose command Sluice keeps for itself",
    ({ journal, handOn }) => handOn(killOf(journal, { command: "kept-k0123456789ab", kill: killIdOf("kept-k0123456789ab") })),
  ],
  ["of an environment that nobody serves", ({ journal, handOn }) => handOn(killOf(journal, { environment: "moon" }))],
];

test.each(refusals)("a kill %s is refused, and nothing of its request is taken", async (_what, spoiled) => {
  const fanout = await server();
  const stream = await fanout.stream();
  const mine = relay();
  const good = mine.handOn(killOf(mine.journal, { command: "relay-command-2", kill: killIdOf("relay-command-2"), flags: ["shop.gift"] }));
  expect(await bring(fanout, [good, spoiled(mine)])).toMatchObject({ status: 403, body: { error: { code: "relayRefused" } } });
  expect(stream.named("urgent")).toEqual([]);
});

test("an id that is in force for other flags is not taken over, for that would switch these on", async () => {
  const fanout = await server();
  const { journal, handOn } = relay();
  await bring(fanout, [handOn(killOf(journal))]);
  await fanout.world.advance(10_000);
  const other = killOf(journal, { flags: ["shop.gift"], counter: 1_048_590 });
  expect(await bring(fanout, [handOn(other)])).toMatchObject({ status: 403, body: { error: { code: "relayRefused" } } });
});

test("a key of another environment brings no kill of this one", async () => {
  const fanout = await server();
  const { journal, handOn } = relay();
  expect(await bring(fanout, [handOn(killOf(journal))], STAGING_KEY)).toMatchObject({ status: 403, body: { error: { code: "relayRefused" } } });
});

test("who is behind a relay counts in a receipt, and a relay that is cut off is named with what it serves", async () => {
  const fanout = await server();
  const headers = { "sluice-relay": "eu%2Dwest" };
  const feed = await fanout.ask("GET", "/relay/v1/feed", { bearer: RELAY_KEY, headers });
  if (!("attach" in feed)) throw new Error(`status ${feed.status}`);
  const gone = feed.attach(new TestSink());
  const { epoch } = fanout;
  const report = (seq: number): ReturnType<RunningFanout["ask"]> =>
    fanout.ask("POST", "/relay/v1/report", {
      bearer: RELAY_KEY,
      headers,
      body: {
        isWhole: true,
        serves: [{ environment: "production", epoch, seq, urgent: [], pages: 3 }],
        instances: [{ environment: "production", instance: "i1", service: "shop", version: "1.4.0", isOpen: true, epoch, seq, urgent: [] }],
        asked: [],
      },
    });
  expect((await report(1)).status).toBe(204);
  const first = await fanout.kill("command-1");
  const seq = Number(first.body["seq"]);
  await fanout.world.advance(2_000);
  const receipt = async (kill: unknown): Promise<unknown> => (await fanout.json("GET", `/api/kills/${String(kill)}/receipt`, { as: "ada" })).body;
  expect(await receipt(first.body["kill"])).toMatchObject({
    of: 1,
    confirmed: 0,
    done: false,
    laggards: [{ instance: "i1", service: "shop", version: "1.4.0", relay: "eu-west" }],
  });
  await report(seq);
  expect(await receipt(first.body["kill"])).toMatchObject({ of: 1, confirmed: 1, done: true });

  gone();
  const second = await fanout.kill("command-2", ["shop.gift"]);
  await fanout.world.advance(60_000);
  expect(await receipt(second.body["kill"])).toMatchObject({
    done: false,
    relays: [{ relay: "eu-west", connected: false, instances: 1, pages: 3, serves: `${epoch}:${seq}` }],
  });
  const { environments } = (await fanout.json("GET", "/api/environments", { as: "ada" })).body as { readonly environments: readonly object[] };
  expect(environments[0]).toMatchObject({ relays: [{ relay: "eu-west", connected: false }] });
  await fanout.world.advance(3_600_000);
  expect(await receipt(second.body["kill"])).toMatchObject({ done: true });
});

test("a kill that the log has lost and a relay still knows is in the log again, under its own id, once, and only of an epoch that was replaced", async () => {
  const fanout = await server();
  const id = "k0123456789ab";
  const offer = (epoch: string, key = RELAY_KEY): ReturnType<RunningFanout["json"]> =>
    fanout.json("POST", "/relay/v1/report", {
      bearer: key,
      body: {
        isWhole: false,
        serves: [],
        instances: [],
        asked: [],
        offered: [{ environment: "production", kills: [{ id, epoch, flags: ["shop.gift"] }, "no kill"] }],
      },
    });
  expect(await offer(fanout.epoch)).toMatchObject({ status: 204 });
  await fanout.stream({ "last-event-id": `${fanout.epoch}:9` });
  await fanout.world.advance(100);
  await offer(fanout.epoch, STAGING_KEY);
  await offer("e0");
  await fanout.world.advance(100);
  expect(logged(fanout)).toEqual([]);
  for (let times = 0; times < 3; times += 1) await offer(fanout.epoch);
  await fanout.world.advance(1_000);
  const kills = fanout.database.events.flatMap(({ facts }) => (facts.kind === "flagsKilled" ? [facts] : []));
  expect(kills).toEqual([{ kind: "flagsKilled", kill: id, environment: "production", flags: ["shop.gift"] }]);
});

test("a relay between hands a relay's kill on until a snapshot lists it, though it is lost on its way and nobody brings it again", async () => {
  const api = new TestApi();
  const world = new TestWorld({ disk: new TestDisk(), api });
  const { journal, handOn } = relay();
  const snapshot = { format: 1, environment: "production", epoch: "e1", seq: 4, salt: "s", flags: { "shop.checkout": { rules: [{ serve: "on" }] } } } as const;
  const nobody = { operators: [], people: [], secrets: {}, origins: [] };
  api.everything = () => [
    { kind: "admits", hops: 0, ...nobody, relayKeys: [{ hash: hash(RELAY_KEY), environments: [] }] },
    { kind: "snapshot", environment: "production", snapshot, folded: 4 },
    { kind: "ping" },
  ];
  const handedOn = (): number => api.requests.filter(({ url }) => url.endsWith("/relay/v1/kills")).length;
  api.answer = ({ url }) => {
    if (url.endsWith("/relay/v1/kills") && handedOn() < 3) throw new NetworkFailed("no answer", "ETIMEDOUT");
    return { status: 200, headers: {}, body: '{"taken":1,"delegations":{}}' };
  };
  const signing = new KillSigning(world, "sls_TM0Imyj_ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U-4pvs");
  const between = new Fanout({
    world,
    store: noStore(world),
    apiUrl: "http://server",
    internalKey: "slr_of_the_relay_between_0123456789",
    assets: new Map(),
    relay: { name: "between", signing, operator: hash("nobody"), killKey: hash("nobody else") },
  });
  const started = between.start();
  await world.advance(2_000);
  await started;
  const body = new TextEncoder().encode(JSON.stringify({ kills: [handOn(killOf(journal))] }));
  const headers = { authorization: `Bearer ${RELAY_KEY}` };
  expect(await between.handle({ method: "POST", url: "/relay/v1/kills", headers, body, remote: "127.0.0.1" })).toMatchObject({ status: 200 });
  await settle();
  expect(handedOn()).toBe(1);
  // Whatever it says, it says which relay it is: by its name, and by its data folder.
  const said = new Set(api.requests.map(({ headers: sent }) => `${sent["sluice-relay"] ?? ""} ${sent["sluice-relay-id"] ?? ""}`));
  expect([...said]).toEqual([`between ${signing.journalPrefix.slice(1, 25)}`]);
  // A feed that begins anew would bring them too: this one lives.
  const pass = async (): Promise<void> => {
    for (let passed = 0; passed < 15_000; passed += 1_500) {
      api.tell({ kind: "ping" });
      await world.advance(1_500);
    }
  };
  await pass();
  // It was answered, which is not yet the log.
  const times = handedOn();
  expect(times).toBeGreaterThan(2);
  const listed = { ...snapshot, seq: 5, journals: { [journal]: 1_048_577 }, kills: { k1: { flags: ["shop.checkout"] } } };
  api.tell({ kind: "snapshot", environment: "production", snapshot: listed, folded: 5 });
  await pass();
  expect(handedOn() - times).toBeLessThan(2);
  between.stop();
});

test("a kill of a relay whose clock runs ahead is dated by the server's, and can be undone for a minute and no longer", async () => {
  const fanout = await server();
  const { journal, handOn } = relay();
  const nowMs = fanout.world.clock.nowMs();
  await bring(fanout, [handOn(killOf(journal, { atMs: nowMs + 86_400_000 }))]);
  await fanout.world.advance(10_000);
  expect(fanout.database.events.find(({ facts }) => facts.kind === "flagsKilled")?.atMs).toBe(nowMs);
  const { kills } = (await fanout.jsonIn(300, "GET", "/api/kills", { as: "ada" })).body;
  // Looked at again after a day, as any kill that names no other time.
  expect(kills).toMatchObject([{ reviewAtMs: nowMs + 86_400_000 }]);
  await fanout.world.advance(51_000);
  const undone = await fanout.jsonIn(400, "POST", `/api/kills/${killIdOf("relay-command-1")}/undo`, { as: "ada", body: { command: "undo-0001" } });
  expect(undone).toMatchObject({ status: 409, body: { error: { code: "undoTooLate" } } });
});
