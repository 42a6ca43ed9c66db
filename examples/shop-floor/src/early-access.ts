import { randomBytes } from "node:crypto";
import type { SluiceClient } from "@sluice/node";
import { escapeHtml, type Html } from "./board.ts";
import { contextOf } from "./features.ts";
import type { Customer } from "./customers.ts";

const ANSWER_MS_MAX = 10_000;

/** One thing that this company could have before others, as Sluice answers it (docs/protocol.md, Browsers). */
interface Offer {
  readonly release: string;
  readonly title: string;
  readonly stands: "open" | "taken" | "later" | "notReady" | "waits" | "off" | "everybody";
  readonly sinceMs?: number;
  readonly comesAtMs?: number;
}

/** What came back: the offers, or what to tell the person. */
type Answered = { readonly offers: readonly Offer[] } | { readonly problem: string };

/** Problems that a manager can do something about, in words for them; the others are the application's own. */
const problems: Readonly<Record<string, string>> = {
  notOffered: "This cannot be switched on just now. The list shows how it stands.",
  wrongPhase: "This cannot be switched on just now. The list shows how it stands.",
  tooOften: "You have changed this many times within an hour. Try again later, or ask us.",
};
const UNKNOWN = "That did not work, and nothing has changed. Try again in a moment.";

/** Asks what this company could have early, or says its word about one of these. Who may say it is the application's own affair. */
export async function askEarlyAccess(
  flags: SluiceClient,
  customer: Customer,
  wish?: { readonly release: string; readonly wants: "in" | "out" },
): Promise<Answered> {
  // Site managers decide for their company; the token says so to Sluice, and nobody else's does.
  const token = flags.contextToken(contextOf(customer), { mayOptIn: wish !== undefined });
  if (token === undefined) return { problem: "Early access is not set up for this application." };
  const url = process.env["SLUICE_URL"] ?? "http://127.0.0.1:7420";
  try {
    const reply = await fetch(`${url}/browser/v1/early-access?environment=production`, {
      method: wish === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(wish === undefined ? {} : { body: JSON.stringify({ command: `plumbline-${randomBytes(12).toString("hex")}`, ...wish }) }),
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
    const body = (await reply.json()) as { readonly offers?: readonly Offer[]; readonly error?: { readonly code: string } };
    if (body.offers !== undefined) return { offers: body.offers };
    return body.error?.code === "unknownCustomer" ? { offers: [] } : { problem: problems[body.error?.code ?? ""] ?? UNKNOWN };
  } catch {
    return { problem: "What is new cannot be asked for just now. Nothing has changed; try again in a moment." };
  }
}

/** The page of a company's own manager: what is new, what is coming, and what they may switch on for everybody at their company. */
export function earlyAccessPage(customer: Customer, answered: Answered): Html {
  if ("problem" in answered) return section(`<p class="early-note" role="alert">${escapeHtml(answered.problem)}</p>`);
  if (answered.offers.length === 0) return section(`<p class="early-note">Nothing can be tried early at the moment.</p>`);
  return section(`<ul class="early">${answered.offers.map((offer) => row(customer, offer)).join("")}</ul>`);
}

function section(html: Html): Html {
  return `<section class="card early-access" aria-labelledby="early-title"><h1 id="early-title">Try new things early</h1>
    <p class="early-note">What you switch on here is on for everybody at your company, at once.</p>${html}</section>`;
}

function row(customer: Customer, { release, title, stands, sinceMs, comesAtMs }: Offer): Html {
  const day = (atMs: number): string => dayIn(customer.zone, atMs);
  const says: Readonly<Record<Offer["stands"], string>> = {
    open: comesAtMs === undefined ? "You can have it now." : `You can have it now. By itself it comes on ${day(comesAtMs)}.`,
    taken: `On for your company since ${day(sinceMs ?? 0)}. You can give it back until it comes for everybody.`,
    later: `You can have it from ${day(comesAtMs ?? 0)}.`,
    notReady: `Not ready yet: what it needs is not in place. As soon as it is, you can switch it on here${comesAtMs === undefined ? "." : `; by itself it comes on ${day(comesAtMs)}, if it is ready by then.`}`,
    waits: `Nothing new for you until ${day(comesAtMs ?? 0)}, as agreed with us.`,
    off: "Switched off for the moment. We are looking at it.",
    everybody: `On since ${day(sinceMs ?? 0)}, as for others: there is nothing to give back.`,
  };
  const form =
    stands === "open"
      ? press(customer, release, ["in", `Switch on ${title}`])
      : stands === "taken"
        ? press(customer, release, ["out", `Give back ${title}`])
        : "";
  return `<li class="${stands}"><div><h2>${escapeHtml(title)}</h2><p>${escapeHtml(says[stands])}</p></div>${form}</li>`;
}

function press(customer: Customer, release: string, [wants, label]: readonly ["in" | "out", string]): Html {
  return `<form method="post" action="/early?customer=${encodeURIComponent(customer.key)}"><input type="hidden" name="release" value="${escapeHtml(release)}"><button class="button${wants === "out" ? " quiet" : ""}" name="wants" value="${wants}">${escapeHtml(label)}</button></form>`;
}

/** "8 December", where the company is. */
const dayIn = (zone: string, atMs: number): string => new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", timeZone: zone }).format(atMs);
