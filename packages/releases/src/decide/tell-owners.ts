import { NOTICES_ACTOR } from "../actor.ts";
import type { Decisions } from "../decisions.ts";
import type { Proposal } from "../event.ts";
import { machineCommand } from "../machine-commands.ts";
import { killInForce } from "./lift.ts";

export interface OwnersTold {
  readonly atMs: number;
  readonly kill: string;
  /** Teams that were told, by their keys in `sluice.yaml`. */
  readonly teams: readonly string[];
}

/** The command under which it is written down who was told of a kill: once, whoever told them. */
export const toldCommand = (kill: string): string => machineCommand.told(kill);

/** Write down who was told of a kill. `[]` where that is known, or the kill is over. */
export function decideOwnersTold(decisions: Decisions, { atMs, kill, teams }: OwnersTold): readonly Proposal[] {
  const command = toldCommand(kill);
  const inForce = killInForce(decisions, kill);
  if (inForce === undefined || decisions.commands.has(command) || teams.length === 0) return [];
  return [{ command, atMs, personal: { by: NOTICES_ACTOR }, facts: { kind: "ownersTold", kill, environment: inForce.environment, teams } }];
}
