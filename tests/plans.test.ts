// Thirty changes of every kind of rule, merged into a real server: what the plan said beforehand is what a real SDK answers every customer afterwards.
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { ChangePlanView, EnlargementView } from "@sluice/contract";
import { createClient, type SluiceClient } from "@sluice/node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FlagRepository } from "../faults/rig/flag-repository.ts";
import { makeFolder, newCommand, type Running, startSluice, until } from "../faults/rig/running.ts";

const CUSTOMERS = Array.from({ length: 40 }, (_, index) => `customer-${index}`);
const BOOLEANS = ["site.base", "site.share", "site.part", "site.follows"];
const FLAGS = [...BOOLEANS, "site.words"];
const PLANS = 30;
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

let draws = 0;
/** Below the limit; the same in each run. */
const draw = (below: number): number =>
  createHash("sha256")
    .update(`real plans ${(draws += 1)}`)
    .digest()
    .readUInt32BE(0) % below;
const some = (oneIn: number): string => CUSTOMERS.filter(() => draw(oneIn) === 0).join(", ");
const one = <T>(of: readonly [T, ...T[]]): T => of[draw(of.length)] ?? of[0];

const head = (key: string, more: string): string =>
  `key: ${key}\ndescription: A flag whose plan is held against what happens.\nkind: release\nowner: team-drill\n${more}environments:\n  production:\n`;
const flagOf = (key: string, serving: string, more = ""): string => `${head(key, `type: boolean\n${more}`)}${serving}`;
const rules = (...all: readonly string[]): string => `    rules: [${all.join(", ")}]\n`;
const usual = (variant: string): string => `    default: ${variant}\n`;
const share = (of: string): string => `{ id: share, serve: { share: ${draw(101)}, of: ${of}, by: customer } }`;

/** A definition of a flag, or of a segment, at random. */
const files: Readonly<Record<string, () => string>> = {
  "segments/inner.yaml": () => `key: inner\nby: customer\ninclude: [${some(3)}]\n`,
  "segments/outer.yaml": () => `key: outer\nby: customer\nexclude: [${some(4)}]\nif: { any: [{ segment: inner }, { customer: { in: [${some(5)}] } }] }\n`,
  "flags/site/base.yaml": () => flagOf("site.base", one([usual("on"), usual("off"), rules("{ id: inner, if: { segment: inner }, serve: on }") + usual("off")])),
  "flags/site/share.yaml": () =>
    flagOf(
      "site.share",
      rules("{ id: outer, if: { not: { segment: outer } }, serve: off }", share("on")) + usual(one(["on", "off"])),
      one(["", "salt: another\n", "salt: site.share\n"]),
    ),
  "flags/site/part.yaml": () => {
    const from = draw(50);
    return flagOf("site.part", usual("on"), `exclusion: { group: parts, from: ${from}, to: ${from + 1 + draw(49)}, by: customer }\n`);
  },
  "flags/site/follows.yaml": () =>
    flagOf("site.follows", `    prerequisites: [{ flag: ${one(["site.base", "site.share"])}, serves: ${one(["on", "off"])} }]\n` + usual("on")),
  "flags/site/words.yaml": () => {
    const [first, second] = one([
      ["a", "b"],
      ["b", "c"],
    ]);
    const split = `{ id: split, if: { segment: outer }, serve: { split: { ${first}: 30, ${second}: 70 }, by: customer } }`;
    return `${head("site.words", `type: string\nvariants: { ${first}: one, ${second}: ${one(["two", "three"])}, off: none }\n`)}${rules(split)}${usual(one(["off", second]))}`;
  },
};

let running: Running;
let repository: FlagRepository;
let client: SluiceClient;
const folder = makeFolder("plans");

beforeAll(async () => {
  repository = new FlagRepository(join(folder.path, "flags"), []);
  for (const [path, text] of Object.entries(files)) repository.write(path, text());
  repository.commit("Flags whose plans are tried");
  running = await startSluice({ data: join(folder.path, "data"), source: repository.folder, run: "sources", pollMs: 100 });
  for (const key of CUSTOMERS) {
    const told = await running.ask("POST", "/api/customers", { command: newCommand(), key, name: `${key} Ltd`, track: "standard", tags: [] });
    expect(told.status, JSON.stringify(told.body)).toBeLessThan(300);
  }
  client = createClient({ url: running.url, key: running.sdkKey, service: "plans", waitMs: 20_000, log: silent });
  await client.ready();
});

afterAll(async () => {
  await client?.close();
  await running?.supervised.stop();
  folder.remove();
});

/** What the SDK answers each customer of each flag: variant and value. */
function answers(): ReadonlyMap<string, string> {
  return new Map(
    FLAGS.flatMap((flag) =>
      CUSTOMERS.map((customer) => {
        const context = { customer };
        const { variant, value } = BOOLEANS.includes(flag)
          ? client.getBooleanDetails(flag, false, context)
          : client.getStringDetails(flag, "the code's", context);
        return [`${flag} ${customer}`, JSON.stringify([variant, value])] as const;
      }),
    ),
  );
}

/** By flag, how many get something else, and how many of those which variant. */
type Counts = Readonly<Record<string, Readonly<Record<string, number>>>>;

function changesBetween(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): Counts {
  const counts: Record<string, Record<string, number>> = {};
  for (const [place, answer] of after) {
    if (before.get(place) === answer) continue;
    const [flag = ""] = place.split(" ");
    const [variant]: readonly unknown[] = JSON.parse(answer);
    const own = (counts[flag] ??= {});
    own[String(variant)] = (own[String(variant)] ?? 0) + 1;
  }
  return counts;
}

/** Merges, lets through what waits, and waits until the SDK has all of it. */
async function merge(changed: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(changed)) repository.write(path, text);
  repository.git("add", "--all");
  repository.git("commit", "--quiet", "--allow-empty", "--message", "Another form");
  const commit = repository.git("rev-parse", "HEAD").trim();
  await until("the commit is adopted", async () => {
    const { body } = await running.ask("GET", "/health");
    return (body as { readonly source?: { readonly commit?: string } }).source?.commit === commit ? true : undefined;
  });
  const waiting = (await running.ask("GET", "/api/enlargements")).body as { readonly enlargements: readonly EnlargementView[] };
  for (const { environment, flag, form } of waiting.enlargements) {
    const said = await running.ask("POST", "/api/enlargements", { command: newCommand(), environment, flag, form, isAccepted: true });
    expect(said.status, JSON.stringify(said.body)).toBe(200);
  }
  await until("the SDK has what is served", async () => {
    const { body } = await running.ask("GET", "/health");
    const served = (body as { readonly fanout: { readonly environments: Readonly<Record<string, { readonly seq: number }>> } }).fanout.environments[
      "production"
    ]?.seq;
    const kept = (await running.ask("GET", "/api/enlargements")).body as { readonly enlargements: readonly unknown[] };
    return kept.enlargements.length === 0 && client.version?.seq === served ? true : undefined;
  });
}

test("thirty plans are what a real SDK answers every customer before and after, and a wrong one is seen", { timeout: 300_000 }, async () => {
  let changing = 0;
  let wrong = 0;
  await merge({});
  for (let plan = 0; plan < PLANS; plan += 1) {
    const changed = Object.fromEntries(Object.entries(files).flatMap(([path, text]) => (draw(3) === 0 ? [[path, text()] as const] : [])));
    const { body, status } = await running.ask("POST", "/api/plan", { files: changed });
    expect(status).toBe(200);
    const { changes, broken } = body as ChangePlanView;
    expect(broken, JSON.stringify(changed)).toEqual([]);
    const inProduction = changes.filter(({ environment }) => environment === "production");
    const before = answers();
    await merge(changed);
    const really = changesBetween(before, answers());
    const told = Object.fromEntries(
      inProduction.flatMap(({ flag, counts }) => (counts === undefined || counts.changes === 0 ? [] : [[flag, Object.fromEntries(counts.gets)] as const])),
    );
    expect({ plan, changed, told }).toEqual({ plan, changed, told: really });
    for (const { flag, isSame } of inProduction) if (isSame) expect(really[flag]).toBeUndefined();
    changing += Object.keys(really).length;
    // A plan that counts one customer more would have been seen.
    for (const [flag, gets] of Object.entries(told)) {
      const [variant = "", count = 0] = Object.entries(gets)[0] ?? [];
      expect(() => expect({ ...told, [flag]: { ...gets, [variant]: count + 1 } }).toEqual(really)).toThrow();
      wrong += 1;
    }
  }
  expect(changing).toBeGreaterThan(PLANS);
  expect(wrong).toBe(changing);
});
