import type { AdoptedProject } from "./adopted-project.ts";

/**
 * What a change of `sluice.yaml` means beyond single flags, in sentences: who decides, which environments there are, and where the customer is read
 * from. Empty where nothing of it changes, and for a first project.
 */
export function projectChangesOf({ before, after }: { readonly before: AdoptedProject; readonly after: AdoptedProject }): readonly string[] {
  if (before.environments.length === 0 || after.environments.length === 0) return [];
  const gone = before.environments.filter((environment) => !after.environments.includes(environment));
  const come = after.environments.filter((environment) => !before.environments.includes(environment));
  const stay = after.environments.filter((environment) => before.environments.includes(environment));
  const decided = stay.flatMap((environment): readonly string[] => {
    const [was, is] = [before.decidedByPeople.includes(environment), after.decidedByPeople.includes(environment)];
    if (was === is) return [];
    return is
      ? [`In ${environment} people decide from now on who gets a release: a merge that gives it to more waits for them.`]
      : [`In ${environment} merges decide from now on who gets a release, and no longer people.`];
  });
  const [was, is] = [before.customer ?? "customer", after.customer ?? "customer"];
  return [
    ...gone.map((environment) => `The environment ${environment} is gone: whoever asks there gets the code's own defaults.`),
    ...come.map((environment) => `The environment ${environment} is new.`),
    ...decided,
    ...(was === is
      ? []
      : [
          `The customer is read from ${is} and no longer from ${was}: releases, pins and kills of single customers reach whoever stands there. Nobody is counted for it.`,
        ]),
  ];
}
