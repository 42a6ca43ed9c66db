import type { Decisions } from "../decisions.ts";
import type { ReleaseContent } from "../plan/release-content.ts";
import { ENDED } from "../plan/release-state.ts";
import type { Refusal } from "../result.ts";

/** A refusal where a flag has another active release in the environment (invariant 12), or is released with another value already. */
export function takenFlag(decisions: Decisions, release: string, { environment, flags }: ReleaseContent): Refusal | undefined {
  for (const { flag, serve } of flags) {
    for (const [id, other] of decisions.releases.entriesSorted()) {
      if (id === release || other.content.environment !== environment || other.phase === "draft" || ENDED.includes(other.phase)) continue;
      if (other.content.flags.some((each) => each.flag === flag))
        return {
          code: "flagTaken",
          field: "flags",
          message: `The release "${other.content.title}" is releasing ${flag} already.`,
          fix: "Complete or cancel that release first, or take the flag out of this one.",
        };
    }
    const exposed = decisions.environments[environment]?.exposures.get(flag);
    if (exposed === undefined || exposed.serve === serve) continue;
    return {
      code: "flagTaken",
      field: "flags",
      message: `${flag} is released with "${exposed.serve}" already.`,
      fix: "Make that value the flag's default in Git first, or roll the earlier release back.",
    };
  }
  return undefined;
}
