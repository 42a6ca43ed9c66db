// A real server, a real application behind a proxy that keeps every byte, and a real `sluice plan`: what the plan says of sampled contexts is what
// the application is answered before and after, and nothing that is not declared leaves the application or is kept by the server.
import { spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { telemetryBody } from "@sluice/contract";
import { customerHash } from "@sluice/evaluation";
import { createClient } from "@sluice/node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FlagRepository } from "../faults/rig/flag-repository.ts";
import { makeFolder, newCommand, type Running, startSluice, until } from "../faults/rig/running.ts";
import { relayKeyOf, startRelay, untilServes } from "../faults/rig/running-relay.ts";
import { askingLanguages, askingNode } from "./sampling/asking-languages.ts";

const root = join(import.meta.dirname, "..");
const sluice = ["--disable-warning=ExperimentalWarning", join(root, "packages/distribution/src/sluice.ts")];
/** The first is counted by customer too. */
const FLAGS = ["site.photos", "site.export"];
const CANARY = /canary/i;

const SETTINGS = `project: sampled
environments: { production: { decidedByPeople: false } }
customer: account
attributes:
  account: { sampled: hashed }
  plan: { sampled: plain }
  country: { sampled: hashed }
  email: string
  tenant: { sampled: plain }
`;
const flag = (key: string, condition: string): string =>
  `key: ${key}\ndescription: A flag.\nkind: release\nowner: team-x\ntype: boolean\nenvironments:\n  production:\n    default: off\n    rules: [{ id: some, if: ${condition}, serve: on }]\n`;
const BEFORE = { "site.photos": "{ plan: { equals: pro } }", "site.export": "{ country: { equals: DE } }" };
const AFTER = {
  "site.photos": "{ any: [{ plan: { equals: pro } }, { country: { in: [DE, FR] } }] }",
  "site.export": "{ all: [{ country: { notEquals: US } }, { plan: { equals: free } }] }",
};
const pathOf = (key: string): string => `flags/${key.replace(".", "/")}.yaml`;

/** Five of the accounts are registered; everything else about anybody is a canary. */
const CONTEXTS = Array.from({ length: 80 }, (_, at) => ({
  targetingKey: `canary-user-${at}`,
  account: at < 5 ? `known-${at}` : `canary-account-${at}`,
  plan: ["pro", "free", "team"][at % 3],
  country: ["DE", "FR", "US", "BR"][at % 4],
  email: `canary-${at}@example.com`,
  // A second name of the account: declared plain, and not sent all the same.
  tenant: at < 5 ? `known-${at}` : `canary-account-${at}`,
}));
const PAGE = { account: "canary-page", plan: "free", country: "FR", email: "canary-page@example.com" };

/** Everything that went through it, both ways. */
class RecordingProxy {
  readonly #chunks: Buffer[] = [];
  /** What each connection asked. */
  readonly #asked: Buffer[][] = [];
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  url = "";

  async start(port: number): Promise<void> {
    const server = createServer((near) => {
      const far = connect(port, "127.0.0.1");
      const asked: Buffer[] = [];
      this.#asked.push(asked);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        from.on("data", (chunk: Buffer) => {
          this.#chunks.push(chunk);
          if (from === near) asked.push(chunk);
          to.write(chunk);
        });
        from.on("end", () => to.end());
        from.on("error", () => to.destroy());
        from.on("close", () => this.#sockets.delete(from));
      }
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    this.url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString("latin1");
  }

  /** Bodies of all requests to a path. */
  posted(path: string): readonly string[] {
    return this.#asked.flatMap((chunks) =>
      Buffer.concat(chunks)
        .toString("latin1")
        .split(`POST ${path} HTTP/1.1\r\n`)
        .slice(1)
        .map((request) => {
          const at = request.indexOf("\r\n\r\n");
          return request.slice(at + 4, at + 4 + Number(/content-length: (\d+)/i.exec(request.slice(0, at))?.[1]));
        }),
    );
  }

  stop(): void {
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

const folder = makeFolder("sampled");
const data = join(folder.path, "data");
const proxy = new RecordingProxy();
let repository: FlagRepository;
let running: Running;

beforeAll(async () => {
  repository = new FlagRepository(join(folder.path, "flags"), []);
  repository.write("sluice.yaml", SETTINGS);
  for (const [key, condition] of Object.entries(BEFORE)) repository.write(pathOf(key), flag(key, condition));
  repository.commit("Flags that are sampled");
  running = await startSluice({ data, source: repository.folder, run: "sources", pollMs: 100 });
  for (const key of ["known-0", "known-1", "known-2", "known-3", "known-4"])
    expect((await running.ask("POST", "/api/customers", { command: newCommand(), key, name: key, track: "standard", tags: [] })).status).toBeLessThan(300);
  await proxy.start(Number(new URL(running.url).port));
  writeFileSync(join(folder.path, "contexts.json"), JSON.stringify(CONTEXTS));
});

afterAll(async () => {
  proxy.stop();
  await running?.supervised.stop();
  folder.remove();
});

interface Asked {
  readonly answers: readonly (readonly boolean[])[];
  readonly samples: { readonly attributes: readonly string[]; readonly sent: number; readonly dropped: number };
}

/** Runs the application once, through the proxy, with the contexts of a file. */
async function application(command = askingNode, file = "contexts.json", flags: readonly string[] = FLAGS): Promise<Asked> {
  const [program = "", ...argv] = command;
  const child = spawn(program, [...argv, join(folder.path, file), ...flags], {
    env: { ...process.env, SLUICE_URL: proxy.url, SLUICE_SDK_KEY: running.sdkKey },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => (out += part));
  const code = await new Promise((resolve) => child.once("exit", resolve));
  expect(code).toBe(0);
  return JSON.parse(out) as Asked;
}

interface Planned {
  readonly counted: number | null;
  readonly sampledDays?: number;
  readonly changes: readonly {
    readonly flag: string;
    readonly counts: { readonly asked: number; readonly changes: number; readonly unknown?: readonly string[] };
    readonly samples?: { readonly asked: number; readonly changes: number; readonly untold: number; readonly gets: unknown; readonly unknown?: unknown };
  }[];
}

function plan(...more: readonly string[]): string {
  const ran = spawnSync(process.execPath, [...sluice, "plan", repository.folder, "--base", "HEAD", "--url", running.url, ...more], {
    encoding: "utf8",
    env: { ...process.env, SLUICE_TOKEN: running.supervised.operatorKey },
  });
  expect(ran.status, ran.stderr).toBe(0);
  expect(ran.stdout).not.toMatch(CANARY);
  return ran.stdout;
}
const planned = (): Planned => JSON.parse(plan("--json")) as Planned;
const changedBy = (before: Asked, after: Asked): readonly number[] =>
  FLAGS.map((_, flag) => CONTEXTS.filter((_context, at) => before.answers[flag]?.[at] !== after.answers[flag]?.[at]).length);

/** Every byte of every file below a folder. */
function everyByte(place: string): string {
  return readdirSync(place)
    .map((name) => join(place, name))
    .map((path) => (statSync(path).isDirectory() ? everyByte(path) : readFileSync(path, "latin1")))
    .join("\n");
}

async function kept(): Promise<number> {
  const { body } = await running.ask("GET", "/api/sampling");
  return (body as { readonly environments: readonly { readonly contexts: number }[] }).environments[0]?.contexts ?? 0;
}

async function startAgain(): Promise<void> {
  await running.supervised.stop();
  running = await startSluice({ data, source: repository.folder, run: "sources", pollMs: 100, port: Number(new URL(running.url).port) });
}

test("a plan's counts are what an application is answered before and after, and no byte says what is not declared", async () => {
  const before = await application();
  expect(before.samples).toEqual({ attributes: expect.arrayContaining(["account", "plan", "country", "tenant"]), sent: 80, dropped: 0 });
  await until("the server has what was sent", async () => ((await kept()) === 80 ? true : undefined), 30_000);

  for (const [key, condition] of Object.entries(AFTER)) repository.write(pathOf(key), flag(key, condition));
  const first = planned();
  const text = plan();
  const markdown = plan("--format", "markdown");
  // Over a restart of both processes the same is said.
  await startAgain();
  expect(planned()).toEqual(first);

  repository.commit("Other rules");
  const commit = repository.git("rev-parse", "HEAD").trim();
  await until("the commit is served", async () => {
    const { body } = await running.ask("GET", "/health");
    return (body as { readonly source?: { readonly commit?: string } }).source?.commit === commit ? true : undefined;
  });
  const really = changedBy(before, await application());
  expect(Math.min(...really)).toBeGreaterThan(0);
  expect(FLAGS.map((key) => first.changes.find((change) => change.flag === key)?.samples)).toEqual(
    [...really.keys()].map((at) => expect.objectContaining({ asked: 80, changes: really[at], untold: 0 })),
  );
  // Customers stand apart, and are known by their key alone.
  expect([first.counted, first.sampledDays]).toEqual([5, 30]);
  for (const { counts } of first.changes) expect(counts).toMatchObject({ asked: 5, changes: 0, unknown: ["country", "plan"] });
  expect(text).toContain(`About ${really[0]} of 80 sampled contexts would get something else`);
  expect(markdown).toContain(`  - About ${really[0]} of 80 sampled contexts would get something else`);

  const wire = proxy.text;
  // The proxy sees what is said: declared values are there, so that what is missing would have been seen.
  expect(wire).toContain('"plan":"pro"');
  expect(wire).not.toMatch(CANARY);
  expect(wire).not.toMatch(/"country":"(?:DE|FR|US|BR)"/);
  expect(everyByte(data)).not.toMatch(CANARY);
});

/** Counts of answers that were told, by flag, variant, reason, cause and customer, and what else a telemetry body holds. */
function toldAnswers(bodies: readonly string[]): { readonly fields: readonly string[]; readonly answers: Readonly<Record<string, number>> } {
  const told: unknown[] = bodies.map((body) => JSON.parse(body));
  const answers: Record<string, number> = {};
  for (const body of told)
    for (const { count, ...of } of telemetryBody.strict().parse(body).answers) {
      const name = `${of.flag} ${of.variant ?? "?"} ${of.reason} ${of.customer ?? of.cause ?? ""}`;
      answers[name] = count + (answers[name] ?? 0);
    }
  return { fields: [...new Set(told.flatMap((body) => Object.keys(body as object)))].sort(), answers };
}

test.each(askingLanguages)("an application in $language shows and tells the very same as the others", async ({ language, command }) => {
  const [before, own] = [await kept(), { account: `canary-${language}`, plan: language, country: "SE", email: "canary@example.com" }];
  writeFileSync(join(folder.path, `${language}.json`), JSON.stringify([...CONTEXTS, own]));
  const toldBefore = proxy.posted("/sdk/v1/telemetry").length;
  const asked = await application(await command(), `${language}.json`, [...FLAGS, "site.typo"]);
  expect(asked.samples).toEqual({ attributes: expect.arrayContaining(["account", "plan", "country", "tenant"]), sent: 81, dropped: 0 });
  // What is alike to the last byte counts once: only its own context is new.
  await until("its own context is kept", async () => ((await kept()) > before ? true : undefined), 30_000);
  expect(await kept()).toBe(before + 1);
  const on = FLAGS.map((_key, at) => asked.answers[at]?.filter(Boolean).length ?? 0);
  const [counted = "", ...others] = FLAGS;
  // Every context is of a customer of its own. How a customer is hashed the vectors say (`conformance/hashing`).
  const { salt } = (await running.ask("GET", "/sdk/v1/snapshot", undefined, { authorization: `Bearer ${running.sdkKey}` })).body as { readonly salt: string };
  const byCustomer = [...CONTEXTS, own].map(({ account }, at) => [asked.answers[0]?.[at] ? "on TARGETING_MATCH" : "off DEFAULT", customerHash(salt, account)]);
  expect(toldAnswers(proxy.posted("/sdk/v1/telemetry").slice(toldBefore))).toEqual({
    fields: ["answers", "applied", "batch", "droppedAnswers", "droppedOutcomes", "instance", "outcomes"],
    answers: Object.fromEntries([
      ...byCustomer.map(([how = "", customer = ""]) => [`${counted} ${how} ${customer}`, 1]),
      ...others.flatMap((key, at) => [
        [`${key} on TARGETING_MATCH `, on[at + 1]],
        [`${key} off DEFAULT `, 81 - (on[at + 1] ?? 0)],
      ]),
      ["site.typo ? ERROR unknownFlag", 81],
    ]),
  });
  expect(proxy.text).not.toMatch(CANARY);
  expect(everyByte(data)).not.toMatch(CANARY);
});

test("a signed page's context is sampled by the same rules", async () => {
  const client = createClient({
    url: running.url,
    key: running.sdkKey,
    environment: "production",
    contextSecret: running.supervised.contextSecrets["production"] ?? "",
    waitMs: 20_000,
    sampledAttributes: [],
  });
  await client.ready();
  const token = client.contextToken(PAGE) ?? "";
  expect(client.samples.attributes).toEqual([]);
  const asked = await running.ask("GET", "/browser/v1/answers?environment=production", undefined, { authorization: `Bearer ${token}` });
  expect(asked.status).toBe(200);
  for (const [key, condition] of Object.entries(BEFORE)) repository.write(pathOf(key), flag(key, condition));
  const pages = 81 + askingLanguages.length;
  await until("the page is counted", async () => (planned().changes[0]?.samples?.asked === pages ? true : undefined), 30_000);
  expect(everyByte(data)).not.toMatch(CANARY);
  await client.close();
});

test("a process behind a relay that is behind a relay is sampled by the same rules, and no relay's folder has the key", async () => {
  const before = await kept();
  const relays = [];
  let upstream = running.url;
  for (const name of ["first", "second"]) {
    const relay = await startRelay({ data: join(folder.path, name), upstream, key: relayKeyOf(data), name, run: "sources" });
    relays.push(relay);
    await untilServes(relay);
    upstream = relay.url;
  }
  try {
    const client = createClient({ url: upstream, key: running.sdkKey, environment: "production", waitMs: 20_000 });
    await client.ready();
    await until("the terms have come through both", async () => (client.samples.attributes.length > 0 ? true : undefined), 30_000);
    for (const plan of ["enterprise", "legacy"]) client.getBoolean(FLAGS[0] ?? "", false, { ...PAGE, account: "canary-behind", plan });
    await client.close();
    expect(client.samples).toMatchObject({ sent: 2, dropped: 0 });
    await until("both are kept", async () => ((await kept()) === before + 2 ? true : undefined), 30_000);
  } finally {
    for (const { supervised } of relays) await supervised.stop();
  }
  for (const name of ["first", "second"]) {
    // What it was told stands there: what is missing would have been seen.
    expect(everyByte(join(folder.path, name))).toContain('"samplingKeys":{}');
    expect(everyByte(join(folder.path, name))).not.toMatch(/ssk_|canary/i);
  }
});

test("what a commit declares no longer is gone from the store, and plans go by the rules again", async () => {
  repository.git("checkout", "--quiet", ".");
  repository.write("sluice.yaml", SETTINGS.replaceAll(/\{ sampled: \w+ \}/g, "string"));
  repository.commit("Nothing is sampled");
  await until("nothing is kept", async () => {
    const { body } = await running.ask("GET", "/api/sampling");
    const { attributes, environments } = body as { readonly attributes: readonly unknown[]; readonly environments: readonly { readonly contexts: number }[] };
    return attributes.length === 0 && environments.every(({ contexts }) => contexts === 0) ? true : undefined;
  });
  for (const [key, condition] of Object.entries(BEFORE)) repository.write(pathOf(key), flag(key, condition));
  const { changes, sampledDays } = planned();
  expect([changes.length, sampledDays, changes[0]?.samples]).toEqual([2, undefined, undefined]);
});
