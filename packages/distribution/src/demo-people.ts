import { rmSync, writeFileSync } from "node:fs";
import { decideChangeAccount, type Decisions, type Role } from "@sluice/releases";
import { inviteByLink, NO_PASSWORD } from "@sluice/server";
import type { Account, Store } from "@sluice/store";
import { addressOf } from "./demo-engineers.ts";

/** Accounts of the demo company's people, by what they do: decisions of the demo are told apart from a visitor's. */
export const DEMO_IDS = {
  product: "demo-priya",
  customerSuccess: "demo-jonas",
  customerSuccessOverseas: "demo-tamsin",
  marketing: "demo-ines",
  engineer: "demo-dele",
  auditor: "demo-uma",
  admin: "demo-ada",
} as const;

interface DemoPerson {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** What somebody sees who looks as this person. */
  readonly sees: string;
}

const PEOPLE: readonly DemoPerson[] = [
  { id: DEMO_IDS.product, name: "Priya Raman", role: "product", sees: "product manager: owns the releases" },
  { id: DEMO_IDS.marketing, name: "Inês Moura", role: "marketing", sees: "marketing: is asked to agree" },
  { id: DEMO_IDS.customerSuccess, name: "Jonas Weber", role: "customerSuccess", sees: "customer success: looks after the customers in Europe" },
  { id: DEMO_IDS.customerSuccessOverseas, name: "Tamsin Cole", role: "customerSuccess", sees: "customer success: looks after everybody else" },
  { id: DEMO_IDS.engineer, name: "Dele Okafor", role: "engineer", sees: "engineer: flags, kills, reverts" },
  { id: DEMO_IDS.auditor, name: "Uma Hartmann", role: "auditor", sees: "auditor: reads everything, decides nothing" },
  { id: DEMO_IDS.admin, name: "Ada Nyström", role: "admin", sees: "admin: people and freezes" },
];

/**
 * Accounts for the demo company's people, without a password: each waits for whoever opens its one-time link. Where they are there already,
 * nothing is changed. Returns the number of accounts that were made.
 */
export async function writeDemoPeople(store: Store, decisions: Decisions, nowMs: number): Promise<number> {
  const missing: DemoPerson[] = [];
  for (const person of PEOPLE) if ((await store.account(person.id)) === undefined) missing.push(person);
  for (const { id, name, role } of missing) {
    const account: Account = { id, email: addressOf(name), name, role, passwordHash: NO_PASSWORD, failures: 0, lockedUntilMs: 0 };
    const wish = { command: `invite-${id}`, atMs: nowMs, by: DEMO_IDS.admin, role: "admin", account: id, how: "invited", as: role } as const;
    const decided = decideChangeAccount(decisions, { ...wish, isAdmin: false, otherAdmins: 1 });
    if (!decided.ok) throw new Error(`the demo's people are refused: ${decided.problem.message}`);
    await store.append(decided.value, undefined);
    await store.saveAccount(account);
  }
  return missing.length;
}

/**
 * Fresh one-time links for those of the demo's people who have no password yet, in a file that only its owner can read; links of an earlier
 * start are void. The file goes when nobody is left. Returns whether there is one.
 */
export async function writeDemoLinks(store: Store, file: string, { url, nowMs }: { readonly url: string; readonly nowMs: number }): Promise<boolean> {
  const lines: string[] = [];
  for (const { id, sees } of PEOPLE) {
    const account = await store.account(id);
    if (account?.passwordHash !== NO_PASSWORD) continue;
    const { once } = await inviteByLink(store, id, nowMs);
    const query = new URLSearchParams({ once, email: account.email, name: account.name });
    lines.push("", `${account.name}, ${sees}`, `${url}/#/first?${query.toString()}`);
  }
  rmSync(file, { force: true });
  if (lines.length === 0) return false;
  const head = [
    "People of Plumbline, the demo company; all of them are invented, and none has a password.",
    "Each link works once, for three days, and asks for a password of your own choice. A new start writes new links.",
    "A private window keeps you signed in as yourself meanwhile.",
  ];
  writeFileSync(file, `${[...head, ...lines].join("\n")}\n`, { mode: 0o600, flag: "wx" });
  return true;
}
