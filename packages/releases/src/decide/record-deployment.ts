import type { Result } from "@sluice/evaluation";
import type { Decisions } from "../decisions.ts";
import type { Proposal } from "../event.ts";
import { granted, type Refusal, refused } from "../result.ts";
import { deploymentKey } from "../schedule/gates.ts";
import { type Asking, personalOf, refusalOf, repetitionOf, unknownEnvironment } from "./asking.ts";

export interface DeploymentWish extends Asking {
  readonly service: string;
  readonly environment: string;
  readonly version: string;
  readonly commit?: string;
}

/** Characters of a service's name or version. */
export const DEPLOYMENT_WORD_MAX = 200;

/** Services by environment: whoever makes a new name for each deployment is told so. */
export const DEPLOYMENTS_MAX = 10_000;

/** A service runs in this version from now on. It releases nothing: waves only look at it. Refusals: notAllowed, unknownEnvironment, badPlan, tooMany. */
export function decideRecordDeployment(decisions: Decisions, wish: DeploymentWish): Result<readonly Proposal[], Refusal> {
  const repetition = repetitionOf(decisions, wish.command, { kind: "deploymentRecorded" });
  if (repetition !== undefined) return repetition;
  const refusal = refusalOf(wish, "recordDeployment") ?? unknownEnvironment(decisions, wish.environment) ?? refuseWords(wish);
  if (refusal !== undefined) return refused(refusal);
  if (!decisions.deployments.has(deploymentKey(wish.service, wish.environment)) && decisions.deployments.size >= DEPLOYMENTS_MAX)
    return refused({
      code: "tooMany",
      field: "service",
      message: `${DEPLOYMENTS_MAX} services are known.`,
      fix: "Use the same name for each deployment of a service.",
    });
  const { service, environment, version, commit } = wish;
  const facts = { kind: "deploymentRecorded", service, environment, version, ...(commit === undefined ? {} : { commit }) } as const;
  return granted([{ command: wish.command, atMs: wish.atMs, personal: personalOf(wish), facts }]);
}

function refuseWords(wish: DeploymentWish): Refusal | undefined {
  for (const field of ["service", "version"] as const) {
    if (wish[field].trim() !== "" && wish[field].length <= DEPLOYMENT_WORD_MAX) continue;
    return { code: "badPlan", field, message: `The ${field} has 1 to ${DEPLOYMENT_WORD_MAX} characters.`, fix: `Give the ${field} that was deployed.` };
  }
  return undefined;
}
