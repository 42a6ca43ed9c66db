import { customerHash } from "@sluice/evaluation";
import { type Customer, decideChangeCustomers, type Decisions, type Track } from "@sluice/releases";
import type { Store } from "@sluice/store";

type DemoCustomer = readonly [key: string, name: string, zone: string, track: Track, ...tags: readonly string[]];

/** Forty building companies that use Plumbline; all of them are invented. The first eight are those that the shop floor signs in as. */
const CUSTOMERS: readonly DemoCustomer[] = [
  ["acme-build", "Acme Build", "Europe/Berlin", "standard", "enterprise"],
  ["northgate-homes", "Northgate Homes", "Europe/London", "early", "pro"],
  ["kestrel-civils", "Kestrel Civils", "Pacific/Auckland", "standard", "starter"],
  ["brickline", "Brickline", "Europe/Stockholm", "early", "pro"],
  ["plumbline-own", "Plumbline's own site", "Europe/Berlin", "internal"],
  ["plumbline-test", "Plumbline test tenant", "Europe/Berlin", "internal", "test"],
  ["bright-bridge", "Bright Bridge", "Europe/London", "early", "pro"],
  ["kilbride-civil", "Kilbride Civil", "Europe/Dublin", "standard", "pro"],
  ["harrow-sons", "Harrow & Sons", "America/New_York", "late", "enterprise"],
  ["matsuda-kensetsu", "Matsuda Kensetsu", "Asia/Tokyo", "early", "enterprise"],
  ["nordhaus", "Nordhaus", "Europe/Copenhagen", "standard", "pro"],
  ["oakline-homes", "Oakline Homes", "America/Denver", "standard", "starter"],
  ["torres-ingenieria", "Torres Ingeniería", "Europe/Madrid", "standard", "enterprise"],
  ["vantage-steel", "Vantage Steel", "America/Denver", "late", "pro"],
  ["crane-co", "Crane & Co", "America/New_York", "standard", "pro"],
  ["delta-works", "Delta Works", "Europe/Amsterdam", "early", "enterprise"],
  ["eiger-tunnel", "Eiger Tunnel", "Europe/Zurich", "standard", "enterprise"],
  ["fjord-bygg", "Fjord Bygg", "Europe/Oslo", "standard", "pro"],
  ["granite-roads", "Granite Roads", "Australia/Sydney", "standard", "starter"],
  ["hafen-city", "Hafen City Bau", "Europe/Berlin", "standard", "enterprise"],
  ["iberia-obras", "Iberia Obras", "Europe/Madrid", "late", "pro"],
  ["juniper-homes", "Juniper Homes", "America/Los_Angeles", "standard", "starter"],
  ["karoo-build", "Karoo Build", "Africa/Johannesburg", "standard", "pro"],
  ["lakeside-timber", "Lakeside Timber", "America/Toronto", "early", "pro"],
  ["meridian-metro", "Meridian Metro", "Asia/Singapore", "late", "enterprise"],
  ["novak-stavby", "Novák Stavby", "Europe/Prague", "standard", "starter"],
  ["ohashi-gumi", "Ōhashi Gumi", "Asia/Tokyo", "standard", "enterprise"],
  ["pebble-court", "Pebble Court", "Europe/London", "standard", "starter"],
  ["quarry-lane", "Quarry Lane", "Europe/London", "standard", "starter"],
  ["riverbend", "Riverbend Contractors", "America/Chicago", "standard", "pro"],
  ["saltmarsh", "Saltmarsh Dredging", "Europe/Amsterdam", "late", "pro"],
  ["tansen-infra", "Tansen Infra", "Asia/Kolkata", "standard", "enterprise"],
  ["ulm-hochbau", "Ulm Hochbau", "Europe/Berlin", "standard", "pro"],
  ["vela-marina", "Vela Marina", "Europe/Rome", "standard", "starter"],
  ["westwind", "Westwind Energy", "America/Chicago", "early", "enterprise"],
  ["xylo-interiors", "Xylo Interiors", "Europe/Paris", "standard", "starter"],
  ["yarra-rail", "Yarra Rail", "Australia/Melbourne", "standard", "enterprise"],
  ["zenith-towers", "Zenith Towers", "Asia/Dubai", "late", "enterprise"],
  ["alder-brook", "Alder Brook", "America/New_York", "standard", "starter"],
  ["birch-hollow", "Birch Hollow", "America/Vancouver", "standard", "starter"],
];

/** Registers the demo's customers where there is none yet. True when it wrote something. */
export async function writeDemoCustomers(store: Store, decisions: Decisions, nowMs: number): Promise<boolean> {
  const environments = Object.entries(decisions.environments);
  if (decisions.customers.size > 0 || environments.length === 0) return false;
  const idOf = (index: number): string => `demo-customer-${String(index + 1).padStart(2, "0")}`;
  await store.saveCustomers(CUSTOMERS.map(([key, name], index) => ({ id: idOf(index), key, name })));
  const set = CUSTOMERS.map(([key, , zone, track, ...tags], index): Customer => ({
    id: idOf(index),
    zone,
    track,
    tags: [...tags].sort(),
    ...(track === "internal" ? { internal: true as const } : {}),
    hashes: Object.fromEntries(environments.map(([environment, { salt }]) => [environment, customerHash(salt, key)])),
  }));
  const decided = decideChangeCustomers(decisions, { command: "demo-customers", atMs: nowMs, by: "demo-jonas", role: "customerSuccess", set });
  if (!decided.ok) throw new Error(`the demo's customers are refused: ${decided.problem.message}`);
  return (await store.append(decided.value, undefined)).kind === "appended";
}
