// The larger world of benches and tests: a company with 5,000 customers, 500 flags and 60 releases in progress. A seed makes it, so that it is the same everywhere.
import { createHash } from "node:crypto";
import { canonicalJson, customerHash } from "@sluice/evaluation";
import {
  type Customer,
  decideChangeCustomers,
  decideHold,
  decidePlanRelease,
  decideSaveRelease,
  type Decisions,
  type Proposal,
  type ReleaseContent,
  RISKS,
} from "@sluice/releases";
import { type RegisteredCustomer, secretHash, type Store } from "@sluice/store";
import { seeded } from "../../conformance/worlds.ts";
import { FlagRepository } from "../../faults/rig/flag-repository.ts";
import { numberOption } from "../../faults/rig/report.ts";
import { DEMO_IDS } from "../../packages/distribution/src/demo-people.ts";
import { DemoHistory, readDecisions } from "../../packages/distribution/src/demo-releases.ts";

/** Its sizes; a trial of what is measured on it may ask for smaller ones. */
export const LARGE = {
  customers: numberOption("--customers", 5_000),
  flags: numberOption("--flags", 500),
  releases: numberOption("--releases", 60),
  holds: numberOption("--holds", 200),
};
const SEED = 20_261_201;
export const ENVIRONMENT = "production";
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Events of one append, at most as the store takes them. */
const CUSTOMERS_AT_ONCE = 1_000;

const ZONES = ["Europe/Berlin", "Europe/London", "America/New_York", "America/Denver", "Asia/Tokyo", "Asia/Kolkata", "Pacific/Auckland", "UTC"];
const TRACKS = ["internal", "early", "standard", "standard", "standard", "standard", "standard", "late"] as const;
const FIRST = [
  "Alder",
  "Birch",
  "Cedar",
  "Delta",
  "Elm",
  "Fjord",
  "Granite",
  "Harbour",
  "Iron",
  "Juniper",
  "Kestrel",
  "Lime",
  "Meadow",
  "North",
  "Oak",
  "Pine",
  "Quarry",
];
const SECOND = ["bridge", "brook", "court", "field", "ford", "gate", "hill", "lake", "line", "point", "ridge", "side", "stone", "water", "wood", "yard"];
const LAST = ["Build", "Homes", "Civils", "Works", "Group", "Steel", "Roads", "Interiors"];
const AREAS = ["access", "billing", "crew", "diary", "notify", "plans", "reports", "safety", "site", "tools"];
const THINGS = ["list", "export", "photo", "map", "alert", "summary", "search", "draft", "sign-off", "filter"];
const MANNERS = ["quick", "shared", "weekly", "offline", "grouped"];

const pick = <T>(list: readonly T[], at: number): T => {
  const found = list[Math.floor(at) % list.length];
  if (found === undefined) throw new RangeError("nothing to pick from");
  return found;
};

/** Keys like `diary.weekly-map`: ten areas, fifty things each. */
export function flagKeyOf(index: number): string {
  return `${pick(AREAS, index)}.${pick(MANNERS, index / (AREAS.length * THINGS.length))}-${pick(THINGS, index / AREAS.length)}`;
}

const PROJECT = `project: large
environments:
  production: { name: Production, decidedByPeople: true }
  staging: { name: Staging }
teams:
${AREAS.map((area) => `  team-${area}: { name: ${area[0]?.toUpperCase()}${area.slice(1)} }`).join("\n")}
customer: customer
attributes:
  customer: { type: string, description: Key of the company. }
  plan: { type: string, values: [starter, pro, enterprise], description: What the company has booked. }
`;

/** The first are of the releases; of the others, a third are switches of engineers and the rest is out for everybody or for some. */
function flagText(index: number): string {
  const key = flagKeyOf(index);
  const kind = index < LARGE.releases || index % 3 > 0 ? "release" : "ops";
  const rules =
    index >= LARGE.releases && index % 4 === 0
      ? "\n    rules:\n      - id: booked\n        if: { plan: { in: [pro, enterprise] } }\n        serve: on\n    default: off"
      : "";
  const production = rules === "" ? ` { default: ${index < LARGE.releases ? "off" : "on"} }` : rules;
  return `key: ${key}
description: Shows the ${key.replaceAll(/[.-]/g, " ")} of a building site.
kind: ${kind}
owner: team-${pick(AREAS, index)}
created: 2026-10-01
${kind === "release" ? "expires: 2027-03-01\n" : ""}type: boolean
variants: { on: true, off: false }
off: off
environments:
  production:${production}
  staging: { default: on }
`;
}

/** Its flags, in a repository of their own. */
export function makeLargeRepository(folder: string): void {
  const repository = new FlagRepository(folder, []);
  repository.write("sluice.yaml", PROJECT);
  for (let index = 0; index < LARGE.flags; index += 1) {
    const [area = "", name = ""] = flagKeyOf(index).split(".");
    repository.write(`flags/${area}/${name}.yaml`, flagText(index));
  }
  repository.commit("Flags of a larger company");
}

const customerIdOf = (index: number): string => `large-${String(index).padStart(4, "0")}`;

function registered(): readonly RegisteredCustomer[] {
  const random = seeded(SEED);
  return Array.from({ length: LARGE.customers }, (_, index) => {
    const name = `${pick(FIRST, random() * FIRST.length)}${pick(SECOND, random() * SECOND.length)} ${pick(LAST, random() * LAST.length)}`;
    return { id: customerIdOf(index), key: `${name.toLowerCase().replaceAll(" ", "-")}-${index}`, name: `${name} ${index}`, owner: DEMO_IDS.customerSuccess };
  });
}

async function writeCustomers(store: Store, decisions: Decisions, nowMs: number): Promise<void> {
  const salt = decisions.environments[ENVIRONMENT]?.salt ?? "";
  const all = registered();
  const set = all.map(({ id, key }, index): Customer => {
    const track = pick(TRACKS, index / 3);
    return {
      id,
      zone: pick(ZONES, index),
      track,
      tags: index % 5 === 0 ? ["beta"] : [],
      ...(track === "internal" ? { internal: true as const } : {}),
      hashes: { [ENVIRONMENT]: customerHash(salt, key) },
    };
  });
  const wish = { atMs: nowMs, by: DEMO_IDS.customerSuccess, role: "customerSuccess" } as const;
  for (let at = 0; at < set.length; at += CUSTOMERS_AT_ONCE) {
    const [rows, some] = [all.slice(at, at + CUSTOMERS_AT_ONCE), set.slice(at, at + CUSTOMERS_AT_ONCE)];
    await store.saveCustomers(rows);
    const decided = decideChangeCustomers(decisions, { ...wish, command: `large-customers-${at}`, set: some });
    if (!decided.ok) throw new Error(`the customers are refused: ${decided.problem.message}`);
    await append(store, decided.value, undefined);
  }
}

async function append(store: Store, proposals: readonly Proposal[], expected: number | undefined): Promise<void> {
  if ((await store.append(proposals, expected)).kind !== "appended") throw new Error("somebody else decided while the larger company was written");
}

/** Two waves have begun, the third begins at `nextMs`, the last in a week, half of them by the customers' own clocks. */
function contentOf(index: number, nowMs: number, nextMs: number): ReleaseContent {
  const lastMs = nowMs + 7 * DAY + index * HOUR;
  return {
    title: `${pick(MANNERS, index)} ${pick(THINGS, index / MANNERS.length)} for ${pick(AREAS, index)}`.replace(/^./, (first) => first.toUpperCase()),
    owner: DEMO_IDS.product,
    environment: ENVIRONMENT,
    flags: [{ flag: flagKeyOf(index), serve: "on" }],
    risk: pick(RISKS, index),
    zone: pick(ZONES, index),
    waves: [
      { name: "Ourselves", audience: { tracks: ["internal"] }, start: { atMs: nowMs - 5 * DAY + index * 60_000 }, bakeMs: DAY },
      { name: "Early track", audience: { tracks: ["early"] }, start: { atMs: nowMs - 3 * DAY + index * 60_000 }, bakeMs: DAY },
      { name: "Half of the rest", audience: { share: 50_000 }, start: { atMs: nextMs }, bakeMs: DAY },
      { name: "Everybody", audience: {}, start: index % 2 === 0 ? { atMs: lastMs } : { local: new Date(lastMs).toISOString().slice(0, 16) }, bakeMs: DAY },
    ],
  };
}

export interface LargeTimes {
  readonly nowMs: number;
  /** When the third wave of each release begins. */
  readonly nextMs: (release: number) => number;
  /** When each hold ends. */
  readonly heldUntilMs: (hold: number) => number;
}

/** Customers, releases with what has started until `nowMs`, and holds. The environment must be adopted and nobody else decide. */
export async function writeLargeCompany(store: Store, { nowMs, nextMs, heldUntilMs }: LargeTimes): Promise<Decisions> {
  await writeCustomers(store, await readDecisions(store), nowMs);
  const before = await readDecisions(store);
  const history = new DemoHistory(before);
  const [savedMs, valid] = [nowMs - 6 * DAY, (): undefined => undefined];
  for (let index = 0; index < LARGE.releases; index += 1) {
    const content = contentOf(index, nowMs, nextMs(index));
    const contentHash = createHash("sha256").update(canonicalJson(content)).digest("hex");
    const release = `large-release-${String(index).padStart(2, "0")}`;
    history.decide("product", savedMs, (now, asking) => decideSaveRelease(now, { ...asking, release, content, contentHash }));
    history.decide("product", savedMs, (now, asking) => decidePlanRelease(now, { ...asking, release }, valid));
  }
  history.pass(savedMs, nowMs);
  for (let index = 0; index < LARGE.holds; index += 1) {
    const customers = [customerIdOf((index * 23) % LARGE.customers)];
    const hold = {
      hold: `large-hold-${index}`,
      environment: ENVIRONMENT,
      customers,
      fromMs: nowMs,
      untilMs: heldUntilMs(index),
      reason: "Year end in their office",
    };
    history.decide("customerSuccess", nowMs, (now, asking) => decideHold(now, { ...asking, ...hold, own: new Set(customers) }));
  }
  await append(store, history.proposals, before.seq);
  return history.decisions;
}

/** Somebody of a role who is signed in: the value of their session's cookie. */
export async function signIn(store: Store, role: "product" | "customerSuccess" | "engineer"): Promise<string> {
  const session = `session-of-${role}-0123456789`;
  await store.saveAccount({ id: DEMO_IDS[role], email: `${role}@example.com`, name: `The ${role}`, role, passwordHash: "", failures: 0, lockedUntilMs: 0 });
  await store.saveGrant({ hash: secretHash(session), kind: "session", account: DEMO_IDS[role], expiresAtMs: Number.MAX_SAFE_INTEGER });
  return session;
}
