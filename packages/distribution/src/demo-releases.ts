import { createHash } from "node:crypto";
import { canonicalJson, type Result } from "@sluice/evaluation";
import {
  applyEvent,
  type Asking,
  decideApprove,
  decideFreeze,
  decideHold,
  decidePlanRelease,
  decideRecordDeployment,
  decideSaveRelease,
  type Decisions,
  due,
  emptyDecisions,
  foldEvents,
  nextDueMs,
  type Proposal,
  type ReleaseContent,
  type Refusal,
  type Track,
} from "@sluice/releases";
import type { Store } from "@sluice/store";
import { writeDemoCustomers } from "./demo-customers.ts";
import { DEMO_IDS } from "./demo-people.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const READ_AT_ONCE = 5_000;
/** Starts of a demo are few; a plan that never ends would be a mistake of this file. */
const STEPS_MAX = 200;
/** Somebody may decide while the history is made: then it is made anew. */
const TRIES_MAX = 10;

type Who = "product" | "customerSuccess" | "marketing" | "engineer" | "admin";

const noProblem = (): undefined => undefined;

/** Decisions as if people had made them at earlier times; what they started, started then. Nothing is written here. */
export class DemoHistory {
  readonly proposals: Proposal[] = [];
  #decisions: Decisions;
  #commands = 0;

  constructor(decisions: Decisions) {
    this.#decisions = decisions;
  }

  get decisions(): Decisions {
    return this.#decisions;
  }

  #add(proposals: readonly Proposal[]): void {
    for (const proposal of proposals) {
      this.proposals.push(proposal);
      const { seq, epoch } = this.#decisions;
      // Its hashes are made by the store; nothing that is decided here reads them.
      this.#decisions = applyEvent(this.#decisions, { ...proposal, seq: seq + 1, epoch, personalHash: "", prevHash: "", hash: "" });
    }
  }

  decide(who: Who, atMs: number, decide: (decisions: Decisions, asking: Asking) => Result<readonly Proposal[], Refusal>): void {
    this.#commands += 1;
    const decided = decide(this.#decisions, { command: `demo-decision-${this.#commands}`, atMs, by: DEMO_IDS[who], role: who });
    if (!decided.ok) throw new Error(`the demo's history is refused: ${decided.problem.message}`);
    this.#add(decided.value);
  }

  /** What the scheduler did from one time to another. */
  pass(fromMs: number, untilMs: number): void {
    let atMs = fromMs;
    for (let step = 0; step < STEPS_MAX; step += 1) {
      for (let [first] = due(this.#decisions, atMs, noProblem); first !== undefined; [first] = due(this.#decisions, atMs, noProblem)) this.#add([first]);
      const next = nextDueMs(this.#decisions, atMs);
      if (next === undefined || next > untilMs) return;
      atMs = next;
    }
  }
}

/** Nine in the morning in Berlin, `days` from now; the demo company is there. */
const nineAt = (nowMs: number, days: number): number => Math.floor(nowMs / DAY) * DAY + 8 * HOUR + days * DAY;

const hashOf = (content: ReleaseContent): string => createHash("sha256").update(canonicalJson(content)).digest("hex");

function plan(title: string, flag: string, more: Partial<ReleaseContent> & Pick<ReleaseContent, "waves">): ReleaseContent {
  return { title, owner: DEMO_IDS.product, environment: "production", flags: [{ flag, serve: "on" }], risk: "visible", zone: "Europe/Berlin", ...more };
}

/** A demo release and how far it got. */
interface DemoRelease {
  readonly id: string;
  readonly content: ReleaseContent;
  readonly by: "product" | "engineer" | "marketing";
  readonly savedMs: number;
  readonly agreed: readonly ("product" | "marketing" | "customerSuccess")[];
  /** Absent for a draft. */
  readonly meantMs?: number;
  /** Up to when its waves started. */
  readonly untilMs?: number;
}

const everybody = (atMs: number, bakeMs: number): ReleaseContent["waves"][number] => ({ name: "Everybody", audience: {}, start: { atMs }, bakeMs });
const track = (name: string, which: Track, atMs: number, bakeMs: number): ReleaseContent["waves"][number] => ({
  name,
  audience: { tracks: [which] },
  start: { atMs },
  bakeMs,
});

function demoReleases(nowMs: number): readonly DemoRelease[] {
  const at = (days: number): number => nineAt(nowMs, days);
  const justNow = nowMs - HOUR;
  return [
    {
      id: "demo-offline",
      content: plan("Drawings without a network", "plans.offline-plans", {
        approvals: ["product", "customerSuccess"],
        waves: [track("Ourselves", "internal", at(-21), DAY), track("Early track", "early", at(-18), 2 * DAY), everybody(at(-12), 3 * DAY)],
      }),
      by: "marketing",
      savedMs: at(-25),
      agreed: ["product", "customerSuccess"],
      meantMs: at(-23),
      untilMs: at(-9),
    },
    {
      id: "demo-diary",
      content: plan("Voice notes in the diary", "diary.voice-notes", {
        approvals: ["product", "customerSuccess", "marketing"],
        waves: [
          track("Ourselves", "internal", at(-8), DAY),
          track("Early track", "early", at(-5), 2 * DAY),
          track("Standard track", "standard", at(1), 3 * DAY),
          everybody(at(8), 3 * DAY),
        ],
      }),
      by: "engineer",
      savedMs: at(-10),
      agreed: ["product", "marketing", "customerSuccess"],
      meantMs: at(-9),
      untilMs: justNow - HOUR,
    },
    {
      id: "demo-snags",
      content: plan("Snag lists", "site.snag-list", {
        earlyAccessFromMs: justNow,
        risk: "workflowChanging",
        approvals: ["product", "marketing"],
        needs: [{ service: "site-api", version: "4.19.0" }],
        waves: [
          { name: "Early track", audience: { tracks: ["early"] }, start: { local: localNine(nowMs, 3) }, bakeMs: 2 * DAY },
          { name: "A tenth of the rest", audience: { share: 10_000 }, start: { atMs: at(7) }, bakeMs: 2 * DAY },
          everybody(at(14), 2 * DAY),
        ],
      }),
      by: "engineer",
      savedMs: justNow,
      agreed: ["marketing"],
      meantMs: justNow,
    },
    {
      id: "demo-rounding",
      content: plan("Hours rounded to the quarter", "crew.timesheet-rounding", { waves: [track("Ourselves", "internal", at(10), DAY)] }),
      by: "product",
      savedMs: justNow,
      agreed: [],
    },
  ];
}

/**
 * The demo's customers, and four releases in different states, a hold and a freeze, with the decisions that led there. Waits for nothing: does
 * nothing where no environment is adopted yet, or where there are releases already. True when it wrote something.
 */
export async function writeDemoReleases(store: Store, nowMs: number): Promise<boolean> {
  await writeDemoCustomers(store, await readDecisions(store), nowMs);
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const decisions = await readDecisions(store);
    if (decisions.releases.size > 0 || decisions.customers.size === 0 || decisions.environments["production"] === undefined) return false;
    const history = new DemoHistory(decisions);
    for (const one of demoReleases(nowMs)) tell(history, one);
    tellWindows(history, nowMs);
    // All at once: a scheduler that saw half of it would find starts that were missed.
    if ((await store.append(history.proposals, decisions.seq)).kind === "appended") return true;
  }
  throw new Error("others decide all the time, so the demo's history could not be written");
}

function tell(history: DemoHistory, { id, content, by, savedMs, agreed, meantMs, untilMs }: DemoRelease): void {
  const contentHash = hashOf(content);
  history.decide(by, savedMs, (now, asking) => decideSaveRelease(now, { ...asking, release: id, content, contentHash }));
  for (const as of agreed) history.decide(as, meantMs ?? savedMs, (now, asking) => decideApprove(now, { ...asking, release: id, as, contentHash }));
  if (meantMs === undefined) return;
  history.decide("product", meantMs, (now, asking) => decidePlanRelease(now, { ...asking, release: id }, noProblem));
  if (untilMs !== undefined) history.pass(meantMs, untilMs);
}

function tellWindows(history: DemoHistory, nowMs: number): void {
  const justNow = nowMs - HOUR;
  const environment = "production";
  history.decide("engineer", justNow, (now, asking) => decideRecordDeployment(now, { ...asking, service: "site-api", environment, version: "4.18.2" }));
  const customers = history.decisions.customers.entriesSorted().flatMap(([id, { track: which }]) => (which === "standard" ? [id] : []));
  const held = customers.slice(0, 2);
  const hold = {
    hold: "demo-hold",
    environment,
    customers: held,
    fromMs: justNow,
    untilMs: nineAt(nowMs, 4),
    reason: "Payroll week: nobody learns a new screen",
  };
  if (held.length > 0) history.decide("customerSuccess", justNow, (now, asking) => decideHold(now, { ...asking, ...hold, own: new Set(held) }));
  const year = new Date(nowMs).getUTCFullYear();
  const freeze = { freeze: "demo-freeze", environment, fromMs: Date.UTC(year, 11, 21, 8), untilMs: Date.UTC(year + 1, 0, 4, 8), policy: "ask" } as const;
  if (freeze.fromMs > nowMs)
    history.decide("admin", justNow, (now, asking) => decideFreeze(now, { ...asking, ...freeze, reason: "Year end: deploys go on, nothing new starts" }));
}

export async function readDecisions(store: Store): Promise<Decisions> {
  let decisions = emptyDecisions;
  for (;;) {
    const events = await store.read(decisions.seq, READ_AT_ONCE);
    decisions = foldEvents(events, decisions);
    if (events.length < READ_AT_ONCE) return decisions;
  }
}

/** Nine o'clock on a wall clock, `days` from now. */
const localNine = (nowMs: number, days: number): string => `${new Date(nowMs + days * DAY).toISOString().slice(0, 10)}T09:00`;
