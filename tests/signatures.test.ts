import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Transform } from "node:stream";
import { afterEach, expect, test } from "vitest";
import { FlagRepository, flagKeys } from "../faults/rig/flag-repository.ts";
import { kill, lift, makeFolder, type Running, startSluice, until, untilHealthy } from "../faults/rig/running.ts";
import { createProgram, runProgram } from "../packages/cli/src/program.ts";
import { createClient, type SluiceClient } from "../sdks/js-server/src/index.ts";

const FLAG = "area-3.flag-3";
const LIMIT = { timeout: 240_000 };
/** RFC 8032, section 7.1, test 2. */
const NEXT_SECRET = "sls_TM0Imyj_ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U-4pvs";
const NEXT_PUBLIC = "slv_PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw";
const quiet = { info: () => {}, warn: () => {}, error: () => {} };

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

interface World {
  readonly data: string;
  readonly start: (options?: { readonly sign?: boolean }) => Promise<Running>;
}

function world(): World {
  const folder = makeFolder("signatures");
  ends.push(() => folder.remove());
  const repository = new FlagRepository(join(folder.path, "flags"), flagKeys(10));
  const data = join(folder.path, "data");
  const start: World["start"] = async (options = {}) => {
    const running = await startSluice({ data, source: repository.folder, run: "sources", ...options });
    ends.push(() => running.supervised.stop());
    await untilHealthy(running, 60_000);
    return running;
  };
  return { data, start };
}

/** What the command line prints. */
async function printed(running: Running, ...more: readonly string[]): Promise<readonly string[]> {
  const lines: string[] = [];
  const terminal = {
    colour: false,
    out: (line: string) => void lines.push(line),
    say: () => {},
    json: (value: unknown) => void lines.push(JSON.stringify(value)),
  };
  const argv = ["signing-keys", "--url", running.url, "--token", running.supervised.operatorKey, ...more];
  expect(await runProgram(createProgram(terminal, []), argv, terminal)).toBe(0);
  return lines;
}

async function publicKeys(running: Running): Promise<readonly string[]> {
  const { keys } = (await running.ask("GET", "/api/signing-keys")).body as { readonly keys: readonly { readonly publicKey: string }[] };
  return keys.map(({ publicKey }) => publicKey);
}

function clientOf(url: string, { sdkKey }: Running, signatureKeys: readonly string[]): SluiceClient {
  const client = createClient({ url, key: sdkKey, environment: "production", signatureKeys, log: quiet });
  ends.push(() => client.close());
  return client;
}

const answers = (client: SluiceClient, value: boolean): Promise<true> =>
  until(`the flag answers ${value}`, () => (client.getBoolean(FLAG, !value) === value ? true : undefined));

type Change = (text: string) => string;

/** Something between an SDK and its server that may change what the stream brings. */
async function between(running: Running): Promise<{ readonly url: string; change: Change }> {
  const server = createServer((asked, reply: ServerResponse) => {
    const headers = { authorization: `Bearer ${running.sdkKey}`, ...asked.headers };
    const onward = request(`${running.url}${asked.url}`, { method: asked.method ?? "GET", headers }, (answer) => {
      reply.writeHead(answer.statusCode ?? 502, answer.headers);
      if (asked.url !== "/sdk/v1/stream") return void answer.pipe(reply);
      const changing = new Transform({ transform: (chunk: Buffer, _, done) => done(null, place.change(chunk.toString("utf8"))) });
      answer.pipe(changing).pipe(reply);
    });
    onward.on("error", () => reply.destroy());
    reply.on("close", () => onward.destroy());
    asked.pipe(onward);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const place: { readonly url: string; change: Change } = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, change: (text) => text };
  return place;
}

test("a real server signs, a real SDK checks, and a kill arrives; not even the operator's own folder can be read by others", LIMIT, async () => {
  const { data, start } = world();
  const running = await start({ sign: true });
  const client = clientOf(running.url, running, await publicKeys(running));
  await answers(client, true);
  const killed = await kill(running, [FLAG]);
  await answers(client, false);
  await lift(running, killed.kill);
  await answers(client, true);
  expect([client.state, client.trouble]).toEqual(["ready", undefined]);
  expect(statSync(join(data, "signing.key")).mode & 0o777).toBe(0o600);
});

test("somebody between them can hold a kill back and change nothing else: the SDK says so, keeps its flags, and comes back", LIMIT, async () => {
  const { start } = world();
  const running = await start({ sign: true });
  const place = await between(running);
  const client = clientOf(place.url, running, await publicKeys(running));
  await answers(client, true);
  place.change = (text) => text.replace(/^sig: .*\n/m, "");
  const killed = await kill(running, [FLAG]);
  await until("the SDK says that something is not signed", () => (client.trouble?.kind === "badSignature" ? true : undefined));
  expect([client.trouble?.message.includes("it is not signed"), client.getBoolean(FLAG, false), client.state]).toEqual([true, true, "stale"]);
  place.change = (text) => text;
  await answers(client, false);
  place.change = (text) => text.replace('"kills":["', '"kills":["x');
  await lift(running, killed.kill);
  await until("the SDK says that something was changed", () => (client.trouble?.message.includes("does not fit its signature") === true ? true : undefined));
  expect(client.getBoolean(FLAG, true)).toBe(false);
});

test("a server that begins to sign with the next key keeps every SDK that pins both, and loses one that pins the old alone", LIMIT, async () => {
  const { data, start } = world();
  const first = await start({ sign: true });
  const [old = ""] = await publicKeys(first);
  await first.supervised.stop();
  const file = join(data, "signing.key");
  writeFileSync(file, `${NEXT_SECRET}\n${readFileSync(file, "utf8")}`);
  const running = await start();
  expect(await publicKeys(running)).toEqual([NEXT_PUBLIC, old]);
  expect(await printed(running)).toEqual([`${NEXT_PUBLIC}   signs`, `${old}   does not sign yet, or not any more`]);
  const [both, alone] = [clientOf(running.url, running, [old, NEXT_PUBLIC]), clientOf(running.url, running, [old])];
  await answers(both, true);
  await kill(running, [FLAG]);
  await answers(both, false);
  await until("the other SDK names the key", () => (alone.trouble?.message.includes("signed by the key PUAXw-hD…") === true ? true : undefined));
  expect(alone.version).toBeUndefined();
});

test("a server without a key serves SDKs that check nothing, and no others; a file that holds no key is refused with its name", LIMIT, async () => {
  const { data, start } = world();
  const running = await start();
  expect(await publicKeys(running)).toEqual([]);
  expect(await printed(running)).toEqual(["This server does not sign. To have it sign, start it once with --sign."]);
  expect(await printed(running, "--json")).toEqual([JSON.stringify({ keys: [] })]);
  const [checks, trusts] = [
    clientOf(running.url, running, [NEXT_PUBLIC]),
    createClient({ url: running.url, key: running.sdkKey, environment: "production", log: quiet }),
  ];
  ends.push(() => trusts.close());
  await answers(trusts, true);
  await until("the other SDK says that nothing is signed", () => (checks.trouble?.kind === "badSignature" ? true : undefined));
  expect(checks.version).toBeUndefined();
  await running.supervised.stop();
  writeFileSync(join(data, "signing.key"), "not a key\n");
  await expect(start()).rejects.toThrow(/signing\.key must hold one to 4 keys/);
});

/** Node's own EventSource, which follows the WHATWG's words for streams: what is not event, data, id or retry is passed over. */
const LISTENER = `
  const source = new EventSource(process.argv[1]);
  for (const name of ["hello", "patch"]) source.addEventListener(name, ({ data, lastEventId }) => console.log(JSON.stringify([name, data, lastEventId])));
`;

test("a standard EventSource hears a signed stream as one that is not signed", LIMIT, async () => {
  const { start } = world();
  const running = await start({ sign: true });
  const place = await between(running);
  const heard: string[] = [];
  place.change = (text) => {
    heard.push(text);
    return text;
  };
  const child = spawn(process.execPath, ["--experimental-eventsource", "--no-warnings", "-e", LISTENER, `${place.url}/sdk/v1/stream`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  ends.push(() => child.kill("SIGKILL"));
  const lines: (readonly string[])[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(JSON.parse(line) as readonly string[]));
  await until("hello", () => lines.find(([name]) => name === "hello"), 60_000);
  const killed = await kill(running, [FLAG]);
  const [, data = "", id] = await until("the patch", () => lines.find(([name]) => name === "patch"));
  expect([data.includes(killed.kill), id?.endsWith(`:${killed.seq}`)]).toEqual([true, true]);
  expect(heard.join("")).toMatch(/^event: patch\nid: .*\nsig: [\w-]{8}:[\w-]{86}\ndata: /m);
});
