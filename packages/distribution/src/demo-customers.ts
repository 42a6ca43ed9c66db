import { customerHash } from "@sluice/evaluation";
import { type Customer, decideChangeCustomers, type Decisions, type Track } from "@sluice/releases";
import type { Store } from "@sluice/store";
import { DEMO_IDS } from "./demo-people.ts";

type DemoCustomer = readonly [key: string, name: string, zone: string, track: Track, ...tags: readonly string[]];

/** Forty building companies in six time zones that use Plumbline; all of them are invented. The first eight are those that the shop floor signs in as. */
const CUSTOMERS: readonly DemoCustomer[] = [
  ["acme-build", "Acme Build", "Europe/Berlin", "standard", "enterprise"],
  ["northgate-homes", "Northgate Homes", "Europe/London", "early", "pro"],
  ["kestrel-civils", "Kestrel Civils", "Pacific/Auckland", "standard", "starter"],
  ["brickline", "Brickline", "Europe/Berlin", "early", "pro"],
  ["plumbline-own", "Plumbline's own site", "Europe/Berlin", "internal"],
  ["plumbline-test", "Plumbline test tenant", "Europe/Berlin", "internal", "test"],
  ["bright-bridge", "Bright Bridge", "Europe/London", "early", "pro"],
  ["kilbride-civil", "Kilbride Civil", "Europe/London", "standard", "pro"],
  ["harrow-sons", "Harrow & Sons", "America/New_York", "late", "enterprise"],
  ["matsuda-kensetsu", "Matsuda Kensetsu", "Asia/Tokyo", "early", "enterprise"],
  ["nordhaus", "Nordhaus", "Europe/Berlin", "standard", "pro"],
  ["oakline-homes", "Oakline Homes", "America/Denver", "standard", "starter"],
  ["torres-ingenieria", "Torres Ingeniería", "Europe/Berlin", "standard", "enterprise"],
  ["vantage-steel", "Vantage Steel", "America/Denver", "late", "pro"],
  ["crane-co", "Crane & Co", "America/New_York", "standard", "pro"],
  ["delta-works", "Delta Works", "Europe/Berlin", "early", "enterprise"],
  ["eiger-tunnel", "Eiger Tunnel", "Europe/Berlin", "standard", "enterprise"],
  ["fjord-bygg", "Fjord Bygg", "Europe/Berlin", "standard", "pro"],
  ["granite-roads", "Granite Roads", "Pacific/Auckland", "standard", "starter"],
  ["hafen-city", "Hafen City Bau", "Europe/Berlin", "standard", "enterprise"],
  ["isar-bau", "Isar Bau", "Europe/Berlin", "late", "pro"],
  ["juniper-homes", "Juniper Homes", "America/Denver", "standard", "starter"],
  ["kauri-build", "Kauri Build", "Pacific/Auckland", "standard", "pro"],
  ["lakeside-timber", "Lakeside Timber", "America/New_York", "early", "pro"],
  ["meridian-metro", "Meridian Metro", "Asia/Tokyo", "late", "enterprise"],
  ["novak-stavby", "Novák Stavby", "Europe/Berlin", "standard", "starter"],
  ["ohashi-gumi", "Ōhashi Gumi", "Asia/Tokyo", "standard", "enterprise"],
  ["pebble-court", "Pebble Court", "Europe/London", "standard", "starter"],
  ["quarry-lane", "Quarry Lane", "Europe/London", "standard", "starter"],
  ["riverbend", "Riverbend Contractors", "America/Denver", "standard", "pro"],
  ["saltmarsh", "Saltmarsh Dredging", "Europe/London", "late", "pro"],
  ["tanigawa-infra", "Tanigawa Infra", "Asia/Tokyo", "standard", "enterprise"],
  ["ulm-hochbau", "Ulm Hochbau", "Europe/Berlin", "standard", "pro"],
  ["vela-marina", "Vela Marina", "Europe/Berlin", "standard", "starter"],
  ["westwind", "Westwind Energy", "America/Denver", "early", "enterprise"],
  ["xylo-interiors", "Xylo Interiors", "Europe/Berlin", "standard", "starter"],
  ["waikato-rail", "Waikato Rail", "Pacific/Auckland", "standard", "enterprise"],
  ["zenith-towers", "Zenith Towers", "Europe/London", "late", "enterprise"],
  ["alder-brook", "Alder Brook", "America/New_York", "standard", "starter"],
  ["birch-hollow", "Birch Hollow", "America/Denver", "standard", "starter"],
];

/** Who in customer success looks after a customer: whoever is awake when they are. */
const ownerIn = (zone: string): string => (zone.startsWith("Europe/") ? DEMO_IDS.customerSuccess : DEMO_IDS.customerSuccessOverseas);

/** Registers the demo's customers where there is none yet. True when it wrote something. */
export async function writeDemoCustomers(store: Store, decisions: Decisions, nowMs: number): Promise<boolean> {
  const environments = Object.entries(decisions.environments);
  if (decisions.customers.size > 0 || environments.length === 0) return false;
  const idOf = (index: number): string => `demo-customer-${String(index + 1).padStart(2, "0")}`;
  await store.saveCustomers(CUSTOMERS.map(([key, name, zone], index) => ({ id: idOf(index), key, name, owner: ownerIn(zone) })));
  const set = CUSTOMERS.map(([key, , zone, track, ...tags], index): Customer => ({
    id: idOf(index),
    zone,
    track,
    tags: [...tags].sort(),
    ...(track === "internal" ? { internal: true as const } : {}),
    hashes: Object.fromEntries(environments.map(([environment, { salt }]) => [environment, customerHash(salt, key)])),
  }));
  const decided = decideChangeCustomers(decisions, { command: "demo-customers", atMs: nowMs, by: DEMO_IDS.customerSuccess, role: "customerSuccess", set });
  if (!decided.ok) throw new Error(`the demo's customers are refused: ${decided.problem.message}`);
  return (await store.append(decided.value, undefined)).kind === "appended";
}
