import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { LoggedEvent } from "@sluice/releases";
import { afterEach, expect, test } from "vitest";
import { makeFolder, newCommand, type Running, startSluice, until } from "../faults/rig/running.ts";
import { createClient, type SluiceClient } from "../sdks/js-server/src/index.ts";
import { HostedRepository } from "./git-hosts.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});
const CLI = join(import.meta.dirname, "../tools/sluice.mjs");

async function company(): Promise<Running> {
  const folder = makeFolder("sdk-keys");
  ends.push(() => folder.remove());
  const flag =
    "key: banner\ndescription: A flag.\nkind: ops\nowner: team-x\ntype: boolean\noff: off\nenvironments:\n  production: { default: on }\n  staging: { default: off }\n";
  const flags = new HostedRepository(join(folder.path, "git"), "flags", {
    "sluice.yaml": "project: p\nenvironments: { production: {}, staging: {} }\n",
    "flags/banner.yaml": flag,
  });
  const running = await startSluice({ data: join(folder.path, "data"), source: flags.bare, run: "sources", pollMs: 60_000 });
  ends.push(() => running.supervised.stop());
  return running;
}

interface Listed {
  readonly keys: readonly { readonly key: string; readonly name: string; readonly environment: string; readonly connected: number }[];
}
interface Made {
  readonly key: string;
  readonly secret: string;
}

/** A program with a key, and everything that it says. */
function program(running: Running, key: string): { readonly client: SluiceClient; readonly said: string[] } {
  const said: string[] = [];
  const say = (text: string): void => void said.push(text);
  const client = createClient({ url: running.url, key, service: "shop", log: { info: () => {}, warn: say, error: say } });
  ends.push(() => client.close());
  return { client, said };
}
const ask = (client: SluiceClient): boolean => client.getBoolean("banner", false, { targetingKey: "u" });

test("a key is made, opens one environment, is counted while it is used, and ends at once and for good; the log has both", async () => {
  const running = await company();
  const sluice = async (...args: readonly string[]): Promise<unknown> => {
    const environment = { ...process.env, SLUICE_URL: running.url, SLUICE_TOKEN: running.supervised.operatorKey };
    const { stdout } = await promisify(execFile)(process.execPath, [CLI, "keys", ...args, "--json"], { env: environment });
    return JSON.parse(stdout) as unknown;
  };
  const made = (await sluice("new", "shop", "--environment", "production")) as Made;
  const staged = (await sluice("new", "shop", "--environment", "staging")) as Made;
  expect(made.secret).toMatch(/^slk_[\w-]{40,}$/);
  const [first, second] = [program(running, made.secret), program(running, staged.secret)];
  await until("one serves production", () => (ask(first.client) ? true : undefined));
  await second.client.ready();
  expect(ask(second.client)).toBe(false);
  const connected = async (key: string): Promise<number | undefined> => ((await sluice()) as Listed).keys.find((one) => one.key === key)?.connected;
  await until("it is counted", async () => ((await connected(made.key)) === 1 ? true : undefined));

  await sluice("end", made.key);
  expect(((await sluice()) as Listed).keys.map(({ key }) => key)).not.toContain(made.key);
  await until("the program is told why", () => first.said.find((line) => /key/i.test(line)));
  expect(ask(first.client)).toBe(true);
  const late = program(running, made.secret);
  await late.client.ready();
  expect(ask(late.client)).toBe(false);
  expect(await connected(staged.key)).toBe(1);

  const { events } = (await running.ask("GET", "/api/events?after=0&limit=200")).body as { readonly events: readonly LoggedEvent[] };
  const changes = events.flatMap(({ facts }) => (facts.kind === "sdkKeyChanged" ? [[facts.how, facts.environment, facts.name, facts.key]] : []));
  expect(changes).toEqual([
    ["made", "production", "shop", made.key],
    ["made", "staging", "shop", staged.key],
    ["ended", "production", "shop", made.key],
  ]);
  expect(JSON.stringify(events)).not.toContain(made.secret);
});

test("a wrong wish is refused with what to do, and a key is shown once", async () => {
  const running = await company();
  const wish = { command: newCommand(), environment: "production", name: "shop" };
  const make = (more: object): ReturnType<Running["ask"]> => running.ask("POST", "/api/sdk-keys", { ...wish, ...more });
  expect(await make({})).toMatchObject({ status: 201, body: { name: "shop", environment: "production" } });
  expect(await make({})).toMatchObject({ status: 409, body: { error: { code: "commandReused", fix: "End it and make another." } } });
  expect(await make({ command: newCommand(), environment: "prodction" })).toMatchObject({
    status: 404,
    body: { error: { code: "unknownEnvironment", fix: "Did you mean production?" } },
  });
  expect((await make({ command: newCommand(), name: " " })).status).toBe(400);
  expect(await running.ask("POST", "/api/sdk-keys/00000000/end", { command: newCommand() })).toMatchObject({
    status: 404,
    body: { error: { code: "unknownSdkKey" } },
  });
  const { keys } = (await running.ask("GET", "/api/sdk-keys")).body as Listed;
  // The command of another decision ends nothing, so nothing ends without a line in the log.
  const [only] = keys.filter(({ name }) => name === "shop");
  expect(await running.ask("POST", `/api/sdk-keys/${only?.key ?? ""}/end`, { command: wish.command })).toMatchObject({ status: 409 });
  expect(keys.filter(({ name }) => name === "shop")).toHaveLength(1);
});
