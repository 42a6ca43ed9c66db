import { type ReactElement, useState } from "react";
import { to } from "../data/address.ts";
import { useAct } from "../data/act.ts";
import type { KillListing, Me } from "../data/console-data.ts";
import { customerSentence } from "../data/customer-sentence.ts";
import { besideApprovals } from "../data/early-sentences.ts";
import type { Cell, CustomerCell, CustomerListing, HoldsReply, PinsView } from "../data/release-data.ts";
import { cellLook, cellWhen, cellWhy, type ReasonParts } from "../data/cell-sentences.ts";
import { holdFinder, holdWords } from "../data/hold-words.ts";
import { killFinder } from "../data/kill-finder.ts";
import { type Resource, useResource } from "../data/resource.ts";
import { useNow } from "../data/use-now.ts";
import { showTimesIn, timeOf, viewerZone, whenOf, zoneName, zoneTitle } from "../data/when.ts";
import { Icon } from "../parts/icon.tsx";
import { PinRows } from "../parts/pin-rows.tsx";
import { PlacePin } from "../parts/place-pin.tsx";
import { PlaceHold } from "../parts/place-hold.tsx";
import { Shown } from "../parts/shown.tsx";
import { State } from "../parts/state.tsx";
import { type RailMark, TimeRail } from "../parts/time-rail.tsx";
import { type StateWord, stateLooks } from "../state-words.ts";
import { trackNames } from "./customers.tsx";
import { ProblemNote } from "../parts/problem-note.tsx";

const DAY_MS = 86_400_000;
/** How far the rail looks back and ahead. */
const BACK_MS = 30 * DAY_MS;
const AHEAD_MS = 60 * DAY_MS;

interface Cells {
  readonly cells: readonly CustomerCell[];
}
interface Window {
  readonly fromMs: number;
  readonly untilMs: number;
}

interface CustomerProps {
  readonly id: string;
  readonly me: Me;
  readonly version: number;
  /** The moment that is asked about first; now where it is absent. */
  readonly at?: number | undefined;
}

/** One customer: what they see at a moment, what they will get, and why; nothing new for them until a hold ends. */
export function Customer({ id, me, version, at }: CustomerProps): ReactElement {
  const nowMs = useNow();
  const [asked, setAsked] = useState(at);
  const [preview, setPreview] = useState<Window>();
  const [changes, setChanges] = useState(0);
  const listed = useResource<{ readonly customers: readonly CustomerListing[] }>(`/api/customers?id=${encodeURIComponent(id)}`, version);
  const customer = listed.value?.customers[0];
  const path = `/api/customers/${encodeURIComponent(id)}/releases`;
  const now = useResource<Cells>(path, version + changes);
  const then = useResource<Cells>(asked === undefined ? undefined : `${path}?atMs=${asked}`, version + changes);
  const holds = useResource<HoldsReply>(`/api/holds?customer=${encodeURIComponent(id)}`, version + changes);
  const pins = useResource<PinsView>(`/api/pins?customer=${encodeURIComponent(id)}`, version + changes);
  const isKilled = (now.value?.cells ?? []).some(({ state }) => state.state === "offKilled");
  const kills = useResource<{ readonly kills: readonly KillListing[] }>(isKilled ? "/api/kills" : undefined, version + changes);
  const shown = useSettled(asked === undefined ? now : then);
  const name = customer?.name ?? id;
  const own = (holds.value?.holds ?? []).filter((hold) => hold.untilMs > nowMs - BACK_MS);
  const changed = (): void => setChanges((before) => before + 1);
  const atMs = asked ?? nowMs;
  return (
    <Shown resource={shown} what={name}>
      {({ cells }) => (
        <>
          <p className="over">
            <a href={to("customers")}>Customers</a> / {customer?.key ?? id}
          </p>
          <h1 className="headline">{customerSentence(name, cells, { atMs, nowMs })}</h1>
          <p className="facts-line muted">
            {customer && <About customer={customer} />}
            {own
              .filter(({ fromMs, untilMs }) => fromMs <= nowMs && untilMs > nowMs)
              .map((hold) => (
                <span key={hold.id} className="state hold held-until">
                  <Icon name="hold" /> On hold until {whenOf(hold.untilMs, nowMs) + holdWords(hold)}
                </span>
              ))}
            <CopySummary name={name} cells={cells} atMs={atMs} nowMs={nowMs} />
          </p>
          <TimeRail
            name={name}
            nowMs={nowMs}
            fromMs={nowMs - BACK_MS}
            untilMs={nowMs + AHEAD_MS}
            atMs={atMs}
            marks={marksOf(now.value?.cells ?? [])}
            holds={[...own.map((hold) => ({ ...hold, isPreview: false })), ...(preview === undefined ? [] : [{ ...preview, isPreview: true }])]}
            onAt={setAsked}
          />
          <p className="dim small rail-note">{railNote(asked, nowMs)}</p>
          <div className="release">
            <div className="stack-wide">
              {groups.map((group) => (
                <Group
                  key={group.title}
                  {...group}
                  cells={cellsUnder(group.word, cells)}
                  holdOf={holdFinder(holds.value?.holds ?? [])}
                  killOf={killFinder(kills.value?.kills ?? [])}
                  shownMs={atMs}
                />
              ))}
              {asked === undefined && customer && <Early cells={cells} customer={customer} nowMs={nowMs} me={me} changed={changed} />}
              {asked === undefined && pins.value && <PinRows title="Pinned features" pins={pins.value} about="customer" nowMs={nowMs} changed={changed} />}
              {cells.every(({ state }) => state.state === "notIncluded") && (
                <p className="card empty dim">{atMs < nowMs ? `No release had reached ${name} then.` : `No release is planned for ${name}.`}</p>
              )}
            </div>
            <div className="stack-wide">
              {me.can["holdCustomers"] === true && customer?.mayChange === true && (
                <PlaceHold
                  customer={customer}
                  version={version + changes}
                  own={own.filter(({ untilMs }) => untilMs > nowMs)}
                  nowMs={nowMs}
                  changed={changed}
                  onPreview={setPreview}
                />
              )}
              {me.can["pinInternalCustomer"] === true && customer && (
                <PlacePin customer={customer} nowMs={nowMs} version={version + changes} changed={changed} />
              )}
            </div>
          </div>
        </>
      )}
    </Shown>
  );
}

/** While another moment is asked for, what was shown stays: the page must not flicker under a moving slider. */
function useSettled<T>(resource: Resource<T>): Resource<T> {
  const [last, setLast] = useState(resource);
  if (resource.value !== undefined && resource.value !== last.value) setLast(resource);
  return resource.value === undefined && resource.problem === undefined && last.value !== undefined ? last : resource;
}

const groups: readonly { readonly title: string; readonly word: StateWord }[] = [
  { title: "Sees", word: "on" },
  { title: "Has it early", word: "earlyAccess" },
  { title: "Pinned", word: "pinned" },
  { title: "Killed", word: "killed" },
  { title: "Paused", word: "paused" },
  { title: "Waits for a decision", word: "asks" },
  { title: "On hold", word: "held" },
  { title: "Will get", word: "scheduled" },
];

/** The releases that stand under one of these words, those with a start ahead by its time. */
function cellsUnder<C extends Cell>(word: StateWord, cells: readonly C[]): readonly C[] {
  const startOf = ({ state }: Cell): number => ("atMs" in state ? state.atMs : 0);
  return cells.filter((cell) => cellLook(cell) === word).toSorted((a, b) => startOf(a) - startOf(b));
}

function railNote(asked: number | undefined, nowMs: number): string {
  if (asked === undefined) return `Times in ${zoneName}. The line goes 30 days back and 60 days ahead; move the knob to see another moment.`;
  return asked < nowMs
    ? `As it was at ${timeOf(asked)}, from the decisions made until then.`
    : `As it will be at ${timeOf(asked)}, if nobody decides otherwise.`;
}

/** Starts that were and that are planned. */
function marksOf(cells: readonly CustomerCell[]): readonly RailMark[] {
  return cells.flatMap(({ state, title }) =>
    "atMs" in state ? [{ atMs: state.atMs, title: `${title}, planned` }] : "sinceMs" in state ? [{ atMs: state.sinceMs, title }] : [],
  );
}

function About({ customer }: { readonly customer: CustomerListing }): ReactElement {
  return (
    <>
      {customer.ownerName !== undefined && (
        <span>
          Looked after by <b>{customer.ownerName}</b>
        </span>
      )}
      <span>
        Usually gets things with the <b>{trackNames[customer.track] ?? customer.track}</b> track
      </span>
      <span>
        {customer.zone === undefined ? "Time zone not said" : zoneTitle(customer.zone)}
        {customer.zone !== undefined && customer.zone !== viewerZone && (
          <>
            {" "}
            <button type="button" className="link" onClick={() => showTimesIn(customer.zone ?? viewerZone)}>
              Show times by their clock
            </button>
          </>
        )}
      </span>
      {customer.tags.length > 0 && <span>Tagged {customer.tags.join(", ")}</span>}
    </>
  );
}

interface GroupProps {
  readonly title: string;
  readonly word: StateWord;
  readonly cells: readonly CustomerCell[];
  readonly holdOf: ReasonParts["holdOf"];
  readonly killOf: ReasonParts["killOf"];
  /** The moment that is shown: "today" is its day. */
  readonly shownMs: number;
}

function Group({ title, word, cells, holdOf, killOf, shownMs }: GroupProps): ReactElement {
  if (cells.length === 0) return <></>;
  return (
    <section aria-label={title}>
      <h2 className="section">
        <span className={`state ${stateLooks[word].colour}`}>
          <Icon name={stateLooks[word].icon} /> {title}
        </span>{" "}
        <span className="dim">{cells.length}</span>
      </h2>
      <div className="card rows">
        {cells.map((cell) => (
          <a key={cell.release} className="row cell" href={to("release", { id: cell.release })}>
            <b>{cell.title}</b>
            <span>
              <State state={cellLook(cell)} more={cellWhen(cell, shownMs)} />
              <span className="muted">{cellWhy(cell, { waves: cell.waves, holdOf, killOf, nowMs: shownMs })}</span>
            </span>
          </a>
        ))}
      </div>
    </section>
  );
}

interface EarlyProps {
  readonly cells: readonly CustomerCell[];
  readonly customer: CustomerListing;
  readonly nowMs: number;
  readonly me: Me;
  readonly changed: () => void;
}

/** What this customer could have before its wave, and what it took early; whoever looks after it decides. */
function Early({ cells, customer, nowMs, me, changed }: EarlyProps): ReactElement {
  const act = useAct(changed);
  const open = cells.filter(({ early }) => early !== undefined);
  const closed = cells.filter(({ state, early }) => early === undefined && "atMs" in state);
  if (open.length + closed.length === 0) return <></>;
  const may = me.can["optCustomersIn"] === true && customer.mayChange;
  return (
    <section aria-label="Could have early">
      <h2 className="section">
        <span className="state plain">
          <Icon name="early" /> Could have early
        </span>{" "}
        <span className="dim">{open.length}</span>
      </h2>
      <div className="card rows">
        {open.map((cell) => {
          const isTaken = cell.early?.isTaken === true;
          return (
            <div key={cell.release} className="row cell">
              <b>{cell.title}</b>
              <span>
                <span className="muted">{earlyWords(cell, nowMs)}</span>
                {may && cell.early?.refusal === undefined && (
                  <button
                    type="button"
                    className="button"
                    disabled={act.isBusy}
                    onClick={() => void act.run(`/api/releases/${encodeURIComponent(cell.release)}/opt-${isTaken ? "out" : "in"}`, { customer: customer.id })}
                  >
                    {isTaken ? `Take it back from ${customer.name}` : `Give it to ${customer.name} now`}
                  </button>
                )}
              </span>
            </div>
          );
        })}
        {closed.map((cell) => (
          <div key={cell.release} className="row cell">
            <b>{cell.title}</b>
            <span className="muted">No early access: nobody gets it before their wave.</span>
          </div>
        ))}
      </div>
      <ProblemNote problem={act.problem} />
    </section>
  );
}

/** How early access stands for this customer. */
function earlyWords({ early, reasons }: CustomerCell, nowMs: number): string {
  if (early === undefined) return "";
  if (early.isTaken) return "Has it early; taken back, it comes with its wave.";
  if (early.fromMs > nowMs) return `Opens ${whenOf(early.fromMs, nowMs)}.`;
  if (early.refusal !== undefined) return `Closed for now. ${early.refusal.message}`;
  const missing = reasons.flatMap((reason) => (reason.kind === "waitsForApproval" ? reason.roles : []));
  return `Open since ${whenOf(early.fromMs, nowMs)}.${missing.length === 0 ? "" : ` ${besideApprovals(missing)}`}`;
}

/** The page as text, for an e-mail. */
function CopySummary({
  name,
  cells,
  atMs,
  nowMs,
}: {
  readonly name: string;
  readonly cells: readonly CustomerCell[];
  readonly atMs: number;
  readonly nowMs: number;
}): ReactElement {
  const [said, setSaid] = useState("Copy as text");
  const lines = groups.flatMap(({ title, word }) => {
    const own = cellsUnder(word, cells);
    return own.length === 0 ? [] : ["", `${title}:`, ...own.map((cell) => `- ${cell.title}, ${cellWhen(cell, atMs)}`)];
  });
  const text = [customerSentence(name, cells, { atMs, nowMs }), ...lines, "", `Times in ${zoneName}.`].join("\n");
  return (
    <button
      type="button"
      className="link"
      onClick={() =>
        void navigator.clipboard.writeText(text).then(
          () => setSaid("Copied"),
          () => setSaid("The browser does not allow copying"),
        )
      }
    >
      {said}
    </button>
  );
}
