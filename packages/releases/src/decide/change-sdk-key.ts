import type { Result } from "@sluice/evaluation";
import type { Decisions } from "../decisions.ts";
import type { Proposal, SdkKeyChange } from "../event.ts";
import { granted, type Refusal, refused } from "../result.ts";
import { type Asking, personalOf, refusalOf, repetitionOf, unknownEnvironment } from "./asking.ts";

export interface SdkKeyWish extends Asking {
  readonly environment: string;
  /** First digits of the SHA-256 of the key, by which people name it. */
  readonly key: string;
  /** What it is for, such as `shop`. */
  readonly name: string;
  readonly how: SdkKeyChange;
}

/**
 * Let programs with this key ask for what an environment serves, or end that. A key opens nothing else and decides nothing. Refusals: notAllowed,
 * unknownEnvironment (a key of one that is gone may be ended), commandReused, reasonTooLong.
 */
export function decideChangeSdkKey(decisions: Decisions, wish: SdkKeyWish): Result<readonly Proposal[], Refusal> {
  const { command, atMs, environment, key, name, how } = wish;
  const repetition = repetitionOf(decisions, command, { kind: "sdkKeyChanged", id: `${how} ${key}` });
  if (repetition !== undefined) return repetition;
  const refusal = refusalOf(wish, "manageSdkKeys") ?? (how === "made" ? unknownEnvironment(decisions, environment) : undefined);
  if (refusal !== undefined) return refused(refusal);
  return granted([{ command, atMs, personal: personalOf(wish), facts: { kind: "sdkKeyChanged", environment, key, name, how } }]);
}
