import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { freePort } from "@sluice/ports/node";
import { afterEach, expect, test } from "vitest";
import { signIn } from "../faults/kill/people.ts";
import { FlagRepository, flagKeys } from "../faults/rig/flag-repository.ts";
import { crash, kill, lift, makeFolder, newCommand, type Running, startSluice, until, untilHealthy } from "../faults/rig/running.ts";
import { relayKeyOf, type RunningRelay, startRelay } from "../faults/rig/running-relay.ts";
import { LogReader, Witness } from "../faults/rig/witness.ts";
import { createClient, type SluiceClient } from "../sdks/js-server/src/index.ts";
import { runHere } from "../packages/cli/src/testing/command-run.ts";

const FLAG = "area-3.flag-3";
const OTHER = "area-4.flag-4";
const LIMIT = { timeout: 240_000 };

const quiet = { info: () => {}, warn: () => {}, error: () => {} };

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

interface Company {
  readonly folder: string;
  readonly data: string;
  readonly port: number;
  readonly serve: (options?: { readonly sign?: boolean }) => Promise<Running>;
  readonly relay: (name: string, upstream: string) => Promise<RunningRelay>;
}

async function company(): Promise<Company> {
  const folder = makeFolder("relay");
  ends.push(() => folder.remove());
  const repository = new FlagRepository(join(folder.path, "flags"), flagKeys(10));
  const data = join(folder.path, "data");
  const port = await freePort();
  const serve: Company["serve"] = async (options = {}) => {
    const running = await startSluice({ data, source: repository.folder, run: "sources", port, ...options });
    ends.push(() => running.supervised.stop());
    await untilHealthy(running, 60_000);
    return running;
  };
  const relay: Company["relay"] = async (name, upstream) => {
    const started = await startRelay({ data: join(folder.path, name), upstream, key: relayKeyOf(data), name, run: "sources" });
    ends.push(() => started.supervised.stop());
    return started;
  };
  return { folder: folder.path, data, port, serve, relay };
}

async function serves(relay: RunningRelay): Promise<void> {
  await until("the relay serves", async () => ((await health(relay)).status === "ok" ? true : undefined), 30_000);
}

interface Health {
  readonly status: string;
  readonly fanout: { readonly emergencyKillsWaiting: number; readonly relays: number };
}

async function health(relay: RunningRelay): Promise<Health> {
  return (await relay.ask("GET", "/health")).body as Health;
}

async function witness(url: string, { sdkKey }: Running): Promise<Witness> {
  const started = await Witness.start(url, sdkKey);
  ends.push(() => started.close());
  return started;
}

async function tokenOf(running: Running): Promise<string> {
  const headers = await signIn(running);
  const reply = await running.ask("POST", "/api/me/tokens", { days: 1 }, headers);
  expect(reply.status).toBeLessThan(300);
  return (reply.body as { readonly secret: string }).secret;
}

interface Receipt {
  readonly of: number;
  readonly confirmed: number;
  readonly done: boolean;
  readonly laggards: readonly { readonly instance: string; readonly service?: string; readonly relay?: string }[];
  readonly relays?: readonly { readonly relay: string; readonly connected: boolean; readonly instances: number; readonly serves?: string }[];
}

test("a kill at the server reaches the processes behind a relay, and its receipt counts them", LIMIT, async () => {
  const { serve, relay } = await company();
  const server = await serve();
  const near = await relay("eu-west", server.url);
  await serves(near);
  const [behind, direct] = [await witness(near.url, server), await witness(server.url, server)];
  expect([behind.reads(FLAG), direct.reads(FLAG)]).toEqual([true, true]);
  await until("the server knows of both", async () => {
    const { environments } = (await server.ask("GET", "/api/environments")).body as {
      readonly environments: readonly { readonly key: string; readonly instances: number }[];
    };
    return environments.find(({ key }) => key === "production")?.instances === 2 ? true : undefined;
  });
  const killed = await kill(server, [FLAG]);
  await behind.untilReads(FLAG, false);
  const receipt = await until("both have confirmed", async () => {
    const found = (await server.ask("GET", `/api/kills/${killed.kill}/receipt`)).body as Receipt;
    return found.confirmed === 2 ? found : undefined;
  });
  expect(receipt).toMatchObject({ of: 2, confirmed: 2, done: true });
  await lift(server, killed.kill);
  await behind.untilReads(FLAG, true);
});

test("a kill through a relay while the server is dead survives the relay's restart and enters the log once, with who and why", LIMIT, async () => {
  const { serve, relay } = await company();
  const server = await serve();
  const token = await tokenOf(server);
  const near = await relay("eu-west", server.url);
  await serves(near);
  await until("the relay knows the person", async () =>
    (await near.ask("GET", "/api/me", undefined, { authorization: `Bearer ${token}` })).status === 200 ? true : undefined,
  );
  const before = await witness(near.url, server);
  await crash(server);

  const newcomer = await witness(near.url, server);
  expect(newcomer.reads(FLAG)).toBe(true);

  const said = await runHere(["kill", FLAG, "--relay", near.url, "--token", token, "--reason", "photos vanish", "--json"]);
  expect(said.code).toBe(0);
  const killed = JSON.parse(said.out) as { readonly kill: string; readonly emergency: boolean; readonly receipt: Receipt };
  expect(killed.emergency).toBe(true);
  expect(killed.receipt).toMatchObject({ of: 2, confirmed: 2, done: true });
  await before.untilReads(FLAG, false);
  await newcomer.untilReads(FLAG, false);

  const lifted = await near.ask("POST", `/api/kills/${killed.kill}/lift`, { command: newCommand() }, { authorization: `Bearer ${token}` });
  expect(lifted).toMatchObject({ status: 503, body: { error: { code: "onlyServer" } } });

  const { fanout } = near.supervised.pids;
  if (fanout === undefined) throw new Error("the relay has no process");
  process.kill(fanout, "SIGKILL");
  await until("another process serves", () => (near.supervised.pids.fanout !== undefined && near.supervised.pids.fanout !== fanout ? true : undefined));
  const again = await until("a newcomer is served", async () => witness(near.url, server).catch(() => undefined));
  await again.untilReads(FLAG, false);

  const back = await serve();
  const direct = await witness(back.url, back);
  await direct.untilReads(FLAG, false);
  const log = await LogReader.open(back);
  ends.push(() => log.close());
  const events = await until("the log has it", async () => {
    const found = (await log.catchUp()).filter(({ facts }) => facts.kind === "flagsKilled" && facts.kill === killed.kill);
    return found.length > 0 ? found : undefined;
  });
  await until("nothing waits at the relay", async () => ((await health(near)).fanout.emergencyKillsWaiting === 0 ? true : undefined));
  expect((await log.catchUp()).filter(({ facts }) => facts.kind === "flagsKilled" && facts.kill === killed.kill)).toHaveLength(1);
  const accounts = (await back.ask("GET", "/api/accounts")).body as { readonly accounts: readonly { readonly id: string; readonly name: string }[] };
  const mara = accounts.accounts.find(({ name }) => name === "Mara Lindqvist");
  expect(events[0]?.personal).toMatchObject({ by: mara?.id, reason: "photos vanish" });
  expect(again.reads(FLAG)).toBe(false);
  await lift(back, killed.kill);
  await again.untilReads(FLAG, true);
  await direct.untilReads(FLAG, true);
});

test("with the operator key a relay is told the kill key alone, which kills while the server is dead and opens nothing else anywhere", LIMIT, async () => {
  const { serve, relay } = await company();
  const server = await serve();
  const near = await relay("eu-west", server.url);
  await serves(near);
  const { operatorKey } = server.supervised;
  const killKey = (await runHere(["kill-key", "--token", operatorKey])).out;
  const shown = { authorization: `Bearer ${killKey}` };
  await until("the relay knows the kill key", async () =>
    (await near.ask("POST", "/api/kills", { command: newCommand(), environment: "production", flags: ["no-such-flag"] }, shown)).status === 401
      ? undefined
      : true,
  );
  const app = await witness(near.url, server);
  await crash(server);
  const said = await runHere(["kill", FLAG, "--relay", near.url, "--token", operatorKey, "--json"]);
  expect([said.code, said.said]).toEqual([0, ""]);
  const killed = JSON.parse(said.out) as { readonly kill: string; readonly receipt: Receipt };
  expect(killed.receipt).toMatchObject({ of: 1, confirmed: 1, done: true });
  await app.untilReads(FLAG, false);
  // Whoever holds the relay's machine has read the key: it sees nothing with it, and lifts nothing, there and at the server.
  for (const path of ["/api/me", "/api/flags", "/api/kills", "/api/environments", `/api/blast-radius?environment=production&flag=${FLAG}`])
    expect(await near.ask("GET", path, undefined, shown), path).toMatchObject({ status: 403, body: { error: { code: "notAllowed" } } });
  const back = await serve();
  await until("the log has it", async () =>
    ((await back.ask("GET", "/api/kills/history")).body as { readonly kills: readonly { readonly kill: string }[] }).kills.some(
      ({ kill: one }) => one === killed.kill,
    )
      ? true
      : undefined,
  );
  for (const path of [`/api/kills/${killed.kill}/lift`, `/api/kills/${killed.kill}/undo`, "/api/reverts", "/api/me/tokens", "/api/sign-out"])
    expect(await back.ask("POST", path, { command: newCommand() }, shown), path).toMatchObject({ status: 403 });
  for (const path of ["/api/me", "/api/kills", "/api/events", "/api/accounts", "/api/log/export?format=jsonl"])
    expect(await back.ask("GET", path, undefined, shown), path).toMatchObject({ status: 403 });
  const log = await LogReader.open(back);
  ends.push(() => log.close());
  const [event] = (await log.catchUp()).filter(({ facts }) => facts.kind === "flagsKilled" && facts.kill === killed.kill);
  expect(event?.personal?.by).toBe("killKey");
  await lift(back, killed.kill);
  await app.untilReads(FLAG, true);
});

test("a relay behind a relay serves, kills and hands on what pages report, and a third one is refused in words", LIMIT, async () => {
  const { folder, serve, relay } = await company();
  const server = await serve();
  const first = await relay("region", server.url);
  await serves(first);
  const second = await relay("site", first.url);
  await serves(second);
  const [far, direct] = [await witness(second.url, server), await witness(server.url, server)];
  const reply = await second.ask("POST", "/api/kills", { command: newCommand(), environment: "production", flags: [FLAG], reason: "drill" });
  expect(reply).toMatchObject({ status: 201, body: { emergency: true } });
  const { kill: id } = reply.body as { readonly kill: string };
  await far.untilReads(FLAG, false);
  await direct.untilReads(FLAG, false);
  await until("the log has it", async () =>
    ((await server.ask("GET", "/api/kills")).body as { readonly kills: readonly { readonly kill: string; readonly seq?: number }[] }).kills.some(
      ({ kill: one, seq }) => one === id && seq !== undefined,
    )
      ? true
      : undefined,
  );
  await until("nothing waits at the second", async () => ((await health(second)).fanout.emergencyKillsWaiting === 0 ? true : undefined));

  const signing = createClient({
    url: server.url,
    key: server.sdkKey,
    environment: "production",
    contextSecret: server.supervised.contextSecrets["production"] ?? "",
    log: quiet,
    waitMs: 20_000,
  });
  ends.push(() => signing.close());
  await signing.ready();
  const report = { instance: "page-0001", batch: 1, unknown: ["area-3.flat-3"] };
  const headers = { authorization: `Bearer ${signing.contextToken({ targetingKey: "ada", customer: "acme" }) ?? ""}`, "content-type": "application/json" };
  const told = await fetch(`${second.url}/browser/v1/telemetry?environment=production`, { method: "POST", headers, body: JSON.stringify(report) });
  expect(told.status).toBe(204);
  await until("the server lists what a page behind both has no answer for", async () => {
    const { keys } = (await server.ask("GET", "/api/unknown-keys")).body as { readonly keys: readonly { readonly key: string; readonly service?: string }[] };
    return keys.some(({ key, service }) => key === "area-3.flat-3" && service === "pages") ? true : undefined;
  });

  const third = await relay("shelf", second.url);
  const refused = await second.ask("GET", "/relay/v1/feed", undefined, { authorization: `Bearer ${relayKeyOf(join(folder, "data"))}` });
  expect(refused).toMatchObject({ status: 409, body: { error: { code: "relayChained" } } });
  expect((await third.ask("GET", "/health")).status).toBe(503);
  await lift(server, id);
  await far.untilReads(FLAG, true);
});

test(
  "SDKs that pin the server's key take a relay's kills and the server's snapshots through it, also from a static host with everything dead",
  LIMIT,
  async () => {
    const { folder, data, serve, relay } = await company();
    const server = await serve({ sign: true });
    const { keys } = (await server.ask("GET", "/api/signing-keys")).body as { readonly keys: readonly { readonly publicKey: string }[] };
    const signatureKeys = keys.map(({ publicKey }) => publicKey);
    const near = await relay("eu-west", server.url);
    await serves(near);
    const pinned = (url: string, more: object = {}): SluiceClient => {
      const client = createClient({ url, key: server.sdkKey, environment: "production", signatureKeys, log: quiet, waitMs: 20_000, ...more });
      ends.push(() => client.close());
      return client;
    };
    const reads = (client: SluiceClient, flag: string): boolean => client.getBoolean(flag, true, { targetingKey: "user-1" });
    const answers = (client: SluiceClient, flag: string, value: boolean): Promise<true> =>
      until(`${flag} answers ${value}: ${client.trouble?.message ?? ""}`, () => (client.state === "ready" && reads(client, flag) === value ? true : undefined));
    const first = pinned(near.url);
    await answers(first, FLAG, true);
    const early = await kill(server, [OTHER]);
    await answers(first, OTHER, false);
    await until("the relay has the kill's version signed", async () => {
      const reply = await fetch(`${near.url}/sdk/v1/snapshot`, { headers: { authorization: `Bearer ${server.sdkKey}` } });
      const { kills } = (await reply.json()) as { readonly kills?: object };
      return reply.headers.get("sluice-signature") !== null && Object.hasOwn(kills ?? {}, early.kill) ? true : undefined;
    });
    await crash(server);

    expect((await near.ask("POST", "/api/kills", { command: newCommand(), environment: "production", flags: [FLAG] })).status).toBe(201);
    await answers(first, FLAG, false);
    const late = pinned(near.url);
    await late.ready();
    expect([late.state, reads(late, FLAG), reads(late, OTHER)]).toEqual(["ready", false, false]);

    const published = await runHere(["snapshot", "publish", "--url", near.url, "--key", server.sdkKey, "--out", folder, "--json"]);
    expect([published.code, (JSON.parse(published.out) as { readonly signed: boolean }).signed]).toEqual([0, true]);
    const bytes = readFileSync(join(folder, "sluice-production.json"));
    const host = createServer((_request, reply) => void reply.writeHead(200, { "content-type": "application/json" }).end(bytes));
    await new Promise<void>((resolve) => host.listen(0, "127.0.0.1", resolve));
    ends.push(() => host.close());
    const address = `http://127.0.0.1:${(host.address() as AddressInfo).port}/sluice-production.json`;
    await near.supervised.stop();
    const alone = pinned(near.url, { snapshotFile: address });
    await until("the flags of the static host are there", () => (alone.version === undefined ? undefined : true));
    expect([reads(alone, FLAG), reads(alone, OTHER), reads(alone, "area-5.flag-5")]).toEqual([false, false, true]);

    const cold = await startRelay({
      data: join(folder, "cold"),
      upstream: server.url,
      key: relayKeyOf(data),
      run: "sources",
      snapshot: address,
      signatureKeys,
    });
    ends.push(() => cold.supervised.stop());
    await until("a relay without a disk serves", async () => ((await cold.ask("GET", "/health")).status === 200 ? true : undefined));
    const strangers = await startRelay({
      data: join(folder, "strangers"),
      upstream: server.url,
      key: relayKeyOf(data),
      run: "sources",
      snapshot: address,
      signatureKeys: ["slv_PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw"],
    });
    ends.push(() => strangers.supervised.stop());
    expect((await strangers.ask("GET", "/health")).status).toBe(503);
  },
);

test("an SDK key, a foreign key and an operator key open no relay's door, and no key stands in a relay's files", LIMIT, async () => {
  const { folder, serve, relay } = await company();
  const server = await serve();
  for (const key of [server.sdkKey, server.supervised.operatorKey, `slr_${"x".repeat(43)}`])
    expect(await server.ask("GET", "/relay/v1/feed", undefined, { authorization: `Bearer ${key}` })).toMatchObject({
      status: 401,
      body: { error: { code: "badRelayKey" } },
    });
  const near = await relay("eu-west", server.url);
  await serves(near);
  await witness(near.url, server);
  const killed = await near.ask(
    "POST",
    "/api/kills",
    { command: newCommand(), environment: "production", flags: [OTHER] },
    { authorization: `Bearer ${server.sdkKey}` },
  );
  expect(killed).toMatchObject({ status: 401 });
  await near.supervised.stop();
  const cache = join(folder, "eu-west", "fanout");
  for (const name of readdirSync(cache)) {
    const text = readFileSync(join(cache, name), "utf8");
    for (const secret of [server.sdkKey, server.supervised.operatorKey, relayKeyOf(join(folder, "data"))]) expect(text, name).not.toContain(secret);
  }
});
