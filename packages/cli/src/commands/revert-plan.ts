import type { PastPlanView, PlanReverted } from "@sluice/contract";
import { CommandFailed } from "../failure.ts";
import { newCommand, type ServerConnection } from "../server-connection.ts";
import { paint, type Terminal } from "../terminal.ts";

interface PlanOptions {
  readonly to?: string;
  readonly dryRun?: boolean;
  readonly reason?: string;
  readonly json?: boolean;
}

/** Goes back to an earlier plan of a release, or lists them: a plan stands in the decision log alone, so it has versions and no commits. */
export async function revertPlan(
  server: ServerConnection,
  release: string,
  { options, terminal }: { readonly options: PlanOptions; readonly terminal: Terminal },
): Promise<void> {
  const place = `/api/releases/${encodeURIComponent(release)}`;
  const { plans } = await server.get<{ readonly plans: readonly PastPlanView[] }>(`${place}/plans`);
  if (options.to === undefined) {
    if (options.json) terminal.json({ release, plans });
    else for (const plan of plans) terminal.out(lineOf(plan));
    return;
  }
  const plan = options.to === "previous" ? plans.find(({ isNow }) => !isNow) : plans.find(({ seq }) => String(seq) === options.to);
  if (plan === undefined)
    throw new CommandFailed({
      code: "cli/unknown-form",
      message: options.to === "previous" ? "This release has had one plan only." : `This release has no plan "${options.to}".`,
      fix: `sluice revert plan ${release} lists them.`,
      exitCode: 2,
    });
  const { contentHash } = await server.get<{ readonly contentHash: string }>(place);
  const done = await server.post<PlanReverted>(`${place}/revert`, {
    command: newCommand(),
    toSeq: plan.seq,
    expectedHash: contentHash,
    ...(options.dryRun === true ? { dryRun: true } : {}),
    ...(options.reason === undefined ? {} : { reason: options.reason }),
  });
  if (options.json) return terminal.json({ release, toSeq: plan.seq, ...done });
  terminal.out(
    `${options.dryRun === true ? "Would go back" : paint(terminal, "yellow", "Went back")} to the plan of ${release} as it was saved at ${plan.seq}.`,
  );
  terminal.out(`  ${done.changes.length === 0 ? "nothing differs" : `changes ${[...new Set(done.changes.map(({ what }) => what))].join(", ")}`}`);
  if (done.agreed.length > 0) terminal.out(`  the agreement of ${done.agreed.map(({ role }) => role).join(", ")} counts again`);
  for (const { atMs, customers } of done.dry?.steps ?? [])
    terminal.out(`  ${new Date(atMs).toISOString().slice(0, 16)}Z  ${customers.length} ${customers.length === 1 ? "customer gets" : "customers get"} it`);
}

function lineOf({ seq, atMs, who, isNow, changes, agreed }: PastPlanView): string {
  const differs = isNow ? "the plan of now" : `${changes.length} ${changes.length === 1 ? "difference" : "differences"}`;
  const counts = isNow || agreed.length === 0 ? "" : `; agreed by ${agreed.map(({ role }) => role).join(", ")}`;
  return `${String(seq).padStart(6)}  ${new Date(atMs).toISOString().slice(0, 16)}Z  ${who ?? "somebody"}: ${differs}${counts}`;
}
