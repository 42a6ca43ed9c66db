import { guardActor } from "../actor.ts";
import type { Decisions } from "../decisions.ts";
import type { Proposal } from "../event.ts";
import type { GuardDeed, WhyHeldBack } from "../guard/harm.ts";
import { movingReleases } from "../plan/moving-releases.ts";
import { keyNow } from "../rename/aliases.ts";

/** What a guard has found, and what it does about it. A kill is placed by itself, before this. */
export interface HarmWish {
  readonly command: string;
  readonly atMs: number;
  readonly guard: string;
  readonly environment: string;
  readonly flag: string;
  readonly did: GuardDeed;
  readonly heldBack?: WhyHeldBack;
  readonly harmed?: number;
  readonly of?: number;
  readonly kills?: readonly string[];
  /** What it has seen, in plain words with counts and shares; no customer is named. */
  readonly words: string;
}

/**
 * Write down what a guard has found, and pause the releases that give its flag where that is what it does; one that is over, or paused already,
 * stays as it is. Whoever wrote the guard into the flag's file has agreed to it, so it asks no role. The same command again is `[]`.
 */
export function decideHarm(decisions: Decisions, wish: HarmWish): readonly Proposal[] {
  const { command, atMs, guard, environment, did, heldBack, harmed, of, kills, words } = wish;
  if (decisions.commands.has(command) || decisions.environments[environment] === undefined) return [];
  const flag = keyNow(decisions.aliases, wish.flag);
  const placed = { command, atMs, personal: { by: guardActor(guard), reason: words } };
  const found: Proposal = {
    ...placed,
    facts: {
      kind: "harmFound",
      guard,
      environment,
      flag,
      did,
      words,
      ...(heldBack === undefined ? {} : { heldBack }),
      ...(harmed === undefined ? {} : { harmed }),
      ...(of === undefined ? {} : { of }),
      ...(kills === undefined ? {} : { kills }),
    },
  };
  const pauses = did === "paused" ? movingReleases(decisions, environment, [flag]) : [];
  return [...pauses.map((release): Proposal => ({ ...placed, facts: { kind: "releasePaused", release } })), found];
}
