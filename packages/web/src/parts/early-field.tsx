import type { ReactElement } from "react";
import type { PlanDraft } from "../data/release-data.ts";
import { fromField, toField, zoneName } from "../data/when.ts";
import { MomentInput } from "./moment-input.tsx";

/** From when customers may take it before their wave; empty: nobody may. */
export function EarlyField({ plan, replace }: { readonly plan: PlanDraft; readonly replace: (next: PlanDraft) => void }): ReactElement {
  const { earlyAccessFromMs, ...others } = plan;
  return (
    <section className="card pad" aria-label="Early access">
      <label className="field">
        From when may customers take it early? <small>Empty: nobody may. Times in {zoneName}.</small>
        <MomentInput
          value={earlyAccessFromMs === undefined ? "" : toField(earlyAccessFromMs)}
          onChange={(event) => {
            const atMs = fromField(event.target.value);
            replace(Number.isNaN(atMs) ? others : { ...others, earlyAccessFromMs: atMs });
          }}
        />
      </label>
    </section>
  );
}
