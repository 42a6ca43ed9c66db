import type { HttpReply, HttpRequest } from "@sluice/ports";
import { describe, expect, test } from "vitest";
import { SluiceClient } from "./client.ts";
import type { SluiceOptions } from "./options.ts";
import type { SignedStep } from "./signed-trail.ts";
import { KEY_ONE, KEY_TWO, signedEvent, signedStep, type TestSigner } from "./testing/signed.ts";
import { snapshotAt } from "./testing/snapshots.ts";
import { json, VirtualWorld } from "./testing/virtual-world.ts";

const HELLO = { environment: "production", epoch: "e1", seq: 3, heartbeatMs: 5000, confirmJitterMs: 0 };
const OPTIONS: SluiceOptions = { url: "http://flags.example", key: "secret", environment: "production", signatureKeys: [KEY_ONE] };
const KILL = { epoch: "e1", base: 3, to: 4, set: { kills: { k1: { flags: ["site.diary"] } } } };
const URGENT = { id: "u1", epoch: "e1", journal: "j", counter: 1, flags: ["site.photos"] };

const isPath = (request: HttpRequest, path: string): boolean => new URL(request.url).pathname === path;
const asked = (world: VirtualWorld): number => world.requests.filter((request) => isPath(request, "/sdk/v1/snapshot")).length;

function reply({ text, signature }: Pick<SignedStep, "text" | "signature">, more: Readonly<Record<string, string>> = {}): HttpReply {
  return { status: 200, headers: { "content-type": "application/json", ...(signature === "" ? {} : { "sluice-signature": signature }), ...more }, body: text };
}

/** A world whose server answers the snapshot with this; everything else is taken. */
function serving(snapshot: () => HttpReply, world: VirtualWorld = new VirtualWorld()): VirtualWorld {
  world.answer = (request) => (isPath(request, "/sdk/v1/snapshot") ? snapshot() : { status: 204, headers: {}, body: "" });
  return world;
}

const signedSnapshot = (seq = 3, signer: TestSigner = {}): HttpReply => reply(signedStep("snapshot", snapshotAt(seq), signer));

interface Connected {
  readonly world: VirtualWorld;
  readonly client: SluiceClient;
  readonly diary: () => boolean;
}

async function connected(options: Partial<SluiceOptions> = {}, world: VirtualWorld = serving(() => signedSnapshot())): Promise<Connected> {
  const client = new SluiceClient({ ...OPTIONS, ...options }, world);
  await world.pass(10);
  if (world.streams.some((stream) => !stream.isClosed)) world.send("hello", HELLO);
  await world.settle();
  return { world, client, diary: () => client.getBoolean("site.diary", false) };
}

/** Lets time pass until a stream is open: the longest wait is 30 s. */
/** Late in an outage an attempt of three requests (snapshot, stream, confirm) waits three times as long as one of one: 94 s where random is 0.5. */
async function reopened(world: VirtualWorld): Promise<void> {
  for (let second = 0; second < 100 && world.streams.every((stream) => stream.isClosed); second += 1) await world.pass(1_000);
}

const refusals = (world: VirtualWorld): readonly string[] => world.said("sluice.badSignature");

describe("a client with signatureKeys", () => {
  test("serves what the key has signed, and a signed kill at once", async () => {
    const { world, client, diary } = await connected();
    expect([client.state, diary()]).toEqual(["ready", true]);
    world.sendBytes(signedEvent("patch", signedStep("patch", KILL)));
    expect([client.version?.seq, diary()]).toEqual([4, false]);
    world.sendBytes(signedEvent("urgent", signedStep("kill", URGENT)));
    expect(client.getBoolean("site.photos", true)).toBe(false);
    expect(world.lines).toEqual([]);
  });

  test("takes the signed list of urgent kills with its first snapshot, and refuses both where the list is not signed", async () => {
    const list = signedStep("kills", { urgent: [URGENT] });
    const answering = (urgent: HttpReply): VirtualWorld => {
      const world = new VirtualWorld();
      const first = reply(signedStep("snapshot", snapshotAt(3)), { "sluice-urgent": "1" });
      world.answer = (request) => (isPath(request, "/sdk/v1/urgent") ? urgent : first);
      return world;
    };
    const good = await connected({}, answering(reply(list)));
    expect(good.client.getBoolean("site.photos", true)).toBe(false);
    const bad = await connected({}, answering(reply({ ...list, signature: "" })));
    expect([bad.client.version, refusals(bad.world).length]).toEqual([undefined, 1]);
  });

  const other = snapshotAt(3, { environment: "staging" });
  test.each<[string, () => HttpReply, string]>([
    ["without a signature", () => json(200, snapshotAt(3)), "sluice.badSignature"],
    ["changed by one letter", () => reply({ ...signedStep("snapshot", snapshotAt(3)), text: JSON.stringify(snapshotAt(4)) }), "sluice.badSignature"],
    ["signed by a stranger", () => signedSnapshot(3, { key: "two" }), "sluice.badSignature"],
    ["signed for staging though it says production", () => signedSnapshot(3, { environment: "staging" }), "sluice.badSignature"],
    ["signed as a patch", () => reply(signedStep("patch", snapshotAt(3))), "sluice.badSignature"],
    ["of staging and signed so", () => reply(signedStep("snapshot", other, { environment: "staging" })), "sluice.wrongEnvironment"],
    ["of staging and signed for production", () => reply(signedStep("snapshot", other)), "sluice.wrongEnvironment"],
  ])("takes no snapshot %s; says so once, and asks again with growing waits", async (_, snapshot, event) => {
    const { world, client } = await connected({}, serving(snapshot));
    expect([client.version, client.state, client.trouble?.kind]).toEqual([undefined, "starting", event.replace("sluice.", "")]);
    await world.pass(600_000);
    expect([client.version, world.said(event).length]).toEqual([undefined, 1]);
    // The first wait is at least 2.5 s (half of 5 s) and the longest 30 s: ten minutes are far fewer than a hundred requests, and more than ten.
    expect(asked(world)).toBeGreaterThan(10);
    expect(asked(world)).toBeLessThan(60);
    world.answer = () => signedSnapshot();
    await world.pass(31_000);
    expect(client.getBoolean("site.diary", false)).toBe(true);
  });

  test("says what is wrong and what to do, in words of its own for each", async () => {
    const said = async (snapshot: () => HttpReply): Promise<string> => refusals((await connected({}, serving(snapshot))).world).join();
    expect(await said(() => json(200, snapshotAt(3)))).toBe(
      "A snapshot from http://flags.example is refused: it is not signed. Start the server with --sign, or see why a proxy takes the signature away; " +
        "without signatureKeys in the options, nothing is checked. Flags keep their last answers.",
    );
    expect(await said(() => signedSnapshot(3, { key: "two" }))).toBe(
      "A snapshot from http://flags.example is refused: it is signed by the key PUAXw-hD…, and signatureKeys trusts only 11qYAYKx…. " +
        "If `sluice signing-keys` on the server prints this key, add it to signatureKeys; else it is not your server that answers. Flags keep their last answers.",
    );
    expect(await said(() => signedSnapshot(3, { environment: "staging" }))).toContain("was signed for another environment or another use");
  });

  const signed = signedStep("patch", KILL);
  test.each<[string, string, Pick<SignedStep, "text" | "signature">]>([
    ["patch without its signature", "patch", { ...signed, signature: "" }],
    ["patch with another letter", "patch", { ...signed, text: signed.text.replace("k1", "k2") }],
    ["patch with the signature of a snapshot", "patch", signedStep("snapshot", KILL)],
    ["patch that was signed for staging", "patch", signedStep("patch", KILL, { environment: "staging" })],
    ["patch of a key that is not trusted", "patch", signedStep("patch", KILL, { key: "two" })],
    ["urgent kill without its signature", "urgent", { ...signedStep("kill", URGENT), signature: "" }],
    ["urgent kill that was signed as a patch", "urgent", signedStep("patch", URGENT)],
  ])("refuses a %s: the last good flags go on, the stream ends and comes back with growing waits", async (_, event, frame) => {
    const { world, client, diary } = await connected();
    world.sendBytes(signedEvent(event, frame));
    expect([diary(), client.version?.seq, client.state, client.trouble?.kind]).toEqual([true, 3, "stale", "badSignature"]);
    world.hello = HELLO;
    const before = world.streams.length;
    for (let second = 0; second < 300; second += 1) {
      await world.pass(1_000);
      const open = world.streams.find((stream) => !stream.isClosed);
      if (open !== undefined) world.sendBytes(signedEvent(event, frame));
    }
    expect([diary(), client.version?.seq, refusals(world).length >= 1]).toEqual([true, 3, true]);
    expect(world.streams.length - before).toBeGreaterThan(5);
    expect(world.streams.length - before).toBeLessThan(70);
    await reopened(world);
    world.sendBytes(signedEvent("patch", signed));
    expect(diary()).toBe(false);
  });

  test("does not go back by an older signed patch or snapshot, nor to what a kill is lifted in", async () => {
    const { world, client, diary } = await connected();
    const lifted = signedStep("patch", { epoch: "e1", base: 2, to: 3, drop: { kills: ["k1"] } });
    world.sendBytes(signedEvent("patch", signed));
    world.sendBytes(signedEvent("patch", lifted));
    expect([client.version?.seq, diary()]).toEqual([4, false]);
    world.send("reset", { epoch: "e1", seq: 5 });
    await world.pass(1_000);
    expect([client.version?.seq, diary(), asked(world)]).toEqual([4, false, 2]);
  });

  test("follows from one key to the next while both are pinned, and not when the next is not", async () => {
    const next = signedStep("patch", KILL, { key: "two" });
    const both = await connected({ signatureKeys: [KEY_ONE, ` ${KEY_TWO}\n`] });
    both.world.sendBytes(signedEvent("patch", next));
    expect(both.diary()).toBe(false);
    const one = await connected();
    one.world.sendBytes(signedEvent("patch", next));
    expect([one.diary(), one.client.trouble?.kind]).toEqual([true, "badSignature"]);
  });

  test.each<[string, Partial<SluiceOptions>, string]>([
    ["an empty list", { signatureKeys: [] }, "holds 0 keys"],
    ["a private key", { signatureKeys: ["sls_nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"] }, "signatureKeys[0] is no public key"],
    ["five keys", { signatureKeys: Array.from({ length: 5 }, () => KEY_ONE) }, "holds 5 keys"],
  ])("accepts nothing where the option is %s, and never repeats a key in the log", async (_, options, words) => {
    const { world, client } = await connected({ ...options, cacheDir: "c" });
    await world.pass(60_000);
    expect([world.requests, world.streams, client.trouble?.kind, client.state]).toEqual([[], [], "badOptions", "starting"]);
    expect(world.said("sluice.badOptions").join()).toContain(words);
    expect(JSON.stringify(world.lines)).not.toContain("sls_");
  });

  test("needs to know its environment: a snapshot of another one could be signed as well", async () => {
    const { environment: _, ...rest } = OPTIONS;
    const world = serving(() => signedSnapshot());
    const client = new SluiceClient(rest, world);
    await world.pass(100);
    expect([client.trouble?.kind, world.requests.length]).toEqual(["badOptions", 0]);
  });

  test("a client without signatureKeys takes signed and unsigned alike", async () => {
    const { environment: _, signatureKeys: __, ...rest } = OPTIONS;
    const world = serving(() => signedSnapshot());
    const client = new SluiceClient(rest, world);
    await world.pass(10);
    world.send("hello", HELLO);
    world.sendBytes(signedEvent("patch", { ...signed, signature: "nonsense" }));
    expect([client.version?.seq, client.getBoolean("site.diary", true)]).toEqual([4, false]);
  });
});

describe("what is stored while signatures are checked", () => {
  const FILE = "sluice-production.json";
  const read = (world: VirtualWorld): { signed: SignedStep[] } => JSON.parse(new TextDecoder().decode(world.files.get(FILE))) as { signed: SignedStep[] };
  const write = (world: VirtualWorld, value: unknown): unknown => world.files.set(FILE, new TextEncoder().encode(JSON.stringify(value)));

  /** A process that had a snapshot, a patch, an urgent kill, and then ended; and a world without a server that has its file. */
  async function ended(): Promise<VirtualWorld> {
    const { world, client } = await connected({ cacheDir: "c" });
    world.sendBytes(signedEvent("patch", signedStep("patch", KILL)));
    world.sendBytes(signedEvent("urgent", signedStep("kill", URGENT)));
    await client.close();
    const next = new VirtualWorld();
    for (const [name, bytes] of world.files) next.files.set(name, bytes);
    return next;
  }

  const restarted = async (world: VirtualWorld, options: Partial<SluiceOptions> = {}): Promise<SluiceClient> => {
    const client = new SluiceClient({ ...OPTIONS, cacheDir: "c", ...options }, world);
    await world.pass(1_100);
    return client;
  };

  test("is the signed texts, which a restart without a server answers from as before, kills included", async () => {
    const world = await ended();
    expect(read(world).signed.map(({ kind }) => kind)).toEqual(["snapshot", "patch", "kill"]);
    const client = await restarted(world);
    expect([client.version?.seq, client.getBoolean("site.diary", true), client.getBoolean("site.photos", true)]).toEqual([4, false, false]);
    expect(client.getString("greeting", "?")).toBe("Good morning");
    expect(world.said("sluice.cache.ignored")).toEqual([]);
  });

  test("serves a process without signatureKeys as well", async () => {
    const client = await restarted(await ended(), { signatureKeys: undefined } as unknown as Partial<SluiceOptions>);
    expect([client.version?.seq, client.getBoolean("site.photos", true)]).toEqual([4, false]);
  });

  test.each<[string, (file: { signed: SignedStep[] }) => unknown, string]>([
    ["was changed", ({ signed: [a, b] }) => ({ signed: [a, { ...b, text: b?.text.replace("site.diary", "site.photos") }] }), "does not fit its signature"],
    ["was signed by a key that is not trusted now", () => ({ signed: [signedStep("snapshot", snapshotAt(3), { key: "two" })] }), "signed by the key"],
    ["is that of another environment", () => ({ signed: [signedStep("snapshot", snapshotAt(3), { environment: "staging" })] }), "does not fit"],
    ["is not signed", () => ({ snapshot: snapshotAt(3), urgent: [] }), "they are not signed"],
    ["is no list", () => ({ signed: [{ kind: "snapshot" }] }), "cannot be read"],
  ])("is not used where it %s, and the log says why", async (_, change, words) => {
    const world = await ended();
    write(world, change(read(world)));
    const client = await restarted(world);
    expect([client.version, client.getBoolean("site.diary", true)]).toEqual([undefined, true]);
    expect(world.said("sluice.cache.ignored").join()).toContain(words);
  });

  test("loses no patch silently: one taken out of the middle leaves the version before it", async () => {
    const world = await ended();
    const file = read(world);
    write(world, { signed: file.signed.filter(({ kind }) => kind !== "patch") });
    const client = await restarted(world);
    expect([client.version?.seq, client.getBoolean("site.photos", true)]).toEqual([3, false]);
  });

  test("begins anew with each snapshot", async () => {
    const world = await ended();
    serving(() => signedSnapshot(5), world);
    world.hello = { ...HELLO, seq: 5 };
    const client = await restarted(world);
    await world.pass(2_000);
    expect(client.version?.seq).toBe(5);
    await client.close();
    expect(read(world).signed.map(({ kind }) => kind)).toEqual(["kill", "snapshot"]);
  });

  test("keeps where a kill comes from that a restored backup has forgotten, over a restart", async () => {
    const world = await ended();
    const restored = snapshotAt(2, { epoch: "e2", replaces: ["e1"] });
    serving(() => reply(signedStep("snapshot", restored)), world);
    const client = await restarted(world);
    world.send("hello", { ...HELLO, epoch: "e2", seq: 2 });
    await world.pass(3_000);
    expect([client.version, client.getBoolean("site.diary", true)]).toEqual([{ epoch: "e2", seq: 2 }, false]);
    await client.close();
    const after = new VirtualWorld();
    after.files.set(FILE, world.files.get(FILE) ?? new Uint8Array());
    const again = await restarted(after);
    expect([again.version, again.getBoolean("site.diary", true), again.getBoolean("site.photos", true)]).toEqual([{ epoch: "e2", seq: 2 }, false, false]);
  });

  test("stays short: after a thousand patches a fresh snapshot is asked for, whole, and the trail begins with it", async () => {
    const { world, client } = await connected({ cacheDir: "c" });
    const before = asked(world);
    for (let seq = 3; seq <= 1_003; seq += 1) {
      const flag = `flag-${seq % 7}`;
      world.sendBytes(signedEvent("patch", signedStep("patch", { epoch: "e1", base: seq, to: seq + 1, set: { kills: { [`k${seq}`]: { flags: [flag] } } } })));
    }
    serving(() => signedSnapshot(1_004), world);
    world.send("heartbeat", { epoch: "e1", seq: 1_004 });
    await world.pass(2_000);
    const last = world.requests.findLast((request) => isPath(request, "/sdk/v1/snapshot"));
    expect([asked(world) - before, last?.headers["if-none-match"], client.version?.seq]).toEqual([1, undefined, 1_004]);
    await client.close();
    expect(read(world).signed.map(({ kind }) => kind)).toEqual(["snapshot"]);
  });
});
