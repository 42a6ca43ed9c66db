import { count } from "./counting.ts";
import type { Cell, CellState } from "./release-data.ts";
import { longDay } from "./when.ts";

interface Moments {
  /** The moment that is asked about. */
  readonly atMs: number;
  readonly nowMs: number;
}

/** What a customer has at a moment, what comes after it and how much of that hangs on somebody, and what is killed or waits. */
export function customerSentence(name: string, cells: readonly Cell[], { atMs, nowMs }: Moments): string {
  const verb = verbs[atMs === nowMs ? "now" : atMs < nowMs ? "past" : "ahead"];
  const given = cells.map(({ state, reasons }) => ({ state: state.state === "pinned" ? state.besides : state, reasons }));
  const numberOf = (...words: readonly CellState["state"][]): number => given.filter(({ state }) => words.includes(state.state)).length;
  const ahead = given.flatMap(({ state, reasons }) => ("atMs" in state ? [{ atMs: state.atMs, reasons }] : []));
  const more =
    ahead.length === 0 ? "" : ` and ${verb.gets} ${ahead.length} more by ${longDay(Math.max(...ahead.map((each) => each.atMs)))}${onlyIf(ahead, verb)}`;
  const killed = numberOf("offKilled");
  const waits = atMs < nowMs ? 0 : numberOf("needsDecision");
  const pinned = cells.filter(({ state }) => state.state === "pinned").length;
  const others = [
    ...(killed === 0 ? [] : [`${count(killed, "release")} ${killed === 1 ? verb.is : verb.are} killed.`]),
    ...(waits === 0 ? [] : [`${count(waits, "release")} ${atMs > nowMs ? "will wait" : waits === 1 ? "waits" : "wait"} for a decision.`]),
    ...(pinned === 0 ? [] : [`${count(pinned, "release")} ${pinned === 1 ? verb.has : verb.have} ${pinned === 1 ? "a pinned feature" : "pinned features"}.`]),
  ];
  const when = atMs === nowMs ? "today" : `on ${longDay(atMs)}`;
  return [`${name} ${verb.has} ${count(numberOf("on", "earlyAccess"), "release")} ${when}${more}.`, ...others].join(" ");
}

type Verbs = Readonly<Record<"has" | "have" | "gets" | "is" | "are" | "agrees" | "runs", string>>;
const verbs: Readonly<Record<"past" | "now" | "ahead", Verbs>> = {
  past: { has: "had", have: "had", gets: "was to get", is: "was", are: "were", agrees: "agreed", runs: "ran" },
  now: { has: "has", have: "have", gets: "gets", is: "is", are: "are", agrees: "agrees", runs: "runs" },
  ahead: { has: "will have", have: "will have", gets: "will get", is: "will be", are: "will be", agrees: "agrees", runs: "runs" },
};

/** ", 2 of them only if somebody agrees or a version runs": starts that a gate still keeps closed. */
function onlyIf(ahead: readonly Pick<Cell, "reasons">[], { agrees, runs }: Verbs): string {
  const waitsFor = (kind: "waitsForApproval" | "waitsForVersion") => (cell: Pick<Cell, "reasons">) => cell.reasons.some((reason) => reason.kind === kind);
  const [asked, needs] = [ahead.filter(waitsFor("waitsForApproval")), ahead.filter(waitsFor("waitsForVersion"))];
  const open = new Set([...asked, ...needs]).size;
  if (open === 0) return "";
  const ifs = [...(asked.length === 0 ? [] : [`somebody ${agrees}`]), ...(needs.length === 0 ? [] : [`a version ${runs}`])];
  const whom = ahead.length === 1 ? "" : open === ahead.length ? "all of them " : `${open} of them `;
  return `, ${whom}only if ${ifs.join(" or ")}`;
}
