import type { Decisions } from "../decisions.ts";
import type { Proposal } from "../event.ts";
import { killInForce } from "./lift.ts";

/** How far a drill had come. */
export interface DrillEnd {
  readonly command: string;
  readonly atMs: number;
  /** Whose drill it was. */
  readonly by: string;
  readonly kill: string;
  readonly environment: string;
  readonly of: number;
  readonly confirmed: number;
  readonly cutOff?: number;
  readonly allMs?: number;
}

/**
 * End a drill: its kill is lifted, unless somebody has done so already, and what came of it is written down, in one append. Whoever may begin
 * one has agreed to its end, so it asks no role and, where a lift takes two people, nobody else. Any other kill stays. The same command again is `[]`;
 * where it was another decision's, the end has `<command>+2`, so that nobody keeps a drill's flag off by using its command first.
 */
export function decideDrillEnd(decisions: Decisions, end: DrillEnd): readonly Proposal[] {
  const { command, atMs, by, kill, environment, of, confirmed, cutOff, allMs } = end;
  const known = decisions.commands.get(command);
  const isFree = known === undefined || (known.kind === "drillEnded" && known.id === kill);
  const own = isFree ? command : `${command}+2`;
  if (decisions.commands.has(own)) return [];
  const placed = { command: own, atMs, personal: { by } };
  const inForce = killInForce(decisions, kill);
  const lifted: Proposal = { ...placed, facts: { kind: "killLifted", kill, environment } };
  const found = { of, confirmed, ...(cutOff === undefined ? {} : { cutOff }), ...(allMs === undefined ? {} : { allMs }) };
  const ended: Proposal = { ...placed, facts: { kind: "drillEnded", kill, environment, ...found } };
  return inForce?.drill === true ? [lifted, ended] : [ended];
}
