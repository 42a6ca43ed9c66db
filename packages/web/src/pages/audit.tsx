import type { ReactElement } from "react";
import { to } from "../data/address.ts";
import { decisionGroups } from "../data/decision-kinds.ts";
import type { PersonOf, TitleOf } from "../data/decision-sentence.ts";
import type { AccountListing, ReleaseView } from "../data/release-data.ts";
import { useResource } from "../data/resource.ts";
import { type AuditLog, useLog } from "../data/use-log.ts";
import { AuditFilters } from "../parts/audit-filters.tsx";
import { AuditTools } from "../parts/audit-tools.tsx";
import { DecisionRows } from "../parts/decision-rows.tsx";
import { Empty, Loading } from "../parts/shown.tsx";
import { StateOnDate } from "../parts/state-on-date.tsx";

interface AuditProps {
  readonly values: URLSearchParams;
  readonly version: number;
  readonly mayExport: boolean;
}

/** What was decided, by whom and why, newest first; whether it still is as it was written; and the whole of it as a file. */
export function Audit({ values, version, mayExport }: AuditProps): ReactElement {
  const asked = { show: values.get("show") ?? "", by: values.get("by") ?? "", about: values.get("about") ?? "" };
  const chosen = decisionGroups.find(({ id }) => id === asked.show);
  const filter = given({ kinds: chosen?.kinds.join(",") ?? "", by: asked.by, about: asked.about });
  const log = useLog(new URLSearchParams(filter).toString(), version);
  const releases = useResource<{ readonly releases: readonly ReleaseView[] }>("/api/releases", version);
  const titles = new Map((releases.value?.releases ?? []).map(({ release, content }) => [release, content.title]));
  const titleOf: TitleOf = (release) => titles.get(release) ?? release;
  const accounts = useResource<{ readonly accounts: readonly AccountListing[] }>("/api/accounts", version);
  const people = new Map((accounts.value?.accounts ?? []).map(({ id, name }) => [id, name]));
  const personOf: PersonOf = (account) => people.get(account) ?? "somebody";
  const address = (change: Readonly<Record<string, string>>): string => to("audit", given({ ...asked, ...change }));
  return (
    <>
      <h1 className="headline">Every decision, who made it, and why</h1>
      <div className="audit">
        <div className="stack-wide">
          <AuditFilters asked={asked} whose={log.events[0]?.who ?? asked.by} titleOf={titleOf} address={address} />
          <Log log={log} titleOf={titleOf} personOf={personOf} byAddress={(by) => address({ by })} />
        </div>
        <div className="stack-wide">
          <AuditTools mayExport={mayExport} />
          <StateOnDate version={version} />
        </div>
      </div>
    </>
  );
}

/** Without what is empty. */
const given = (values: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));

interface LogProps {
  readonly log: AuditLog;
  readonly titleOf: TitleOf;
  readonly personOf: PersonOf;
  readonly byAddress: (account: string) => string;
}

function Log({ log: { events, lookedBackTo, isBusy, problem, more }, titleOf, personOf, byAddress }: LogProps): ReactElement {
  return (
    <>
      {problem && (
        <p className="banner" role="alert">
          <b>{events.length > 0 ? "Cut off." : "The log could not be read."}</b> {problem.message} {problem.fix}
        </p>
      )}
      {events.length > 0 && <DecisionRows events={events} titleOf={titleOf} personOf={personOf} byAddress={byAddress} />}
      {events.length === 0 && isBusy && <Loading what="the decisions" />}
      {events.length === 0 && !isBusy && problem === undefined && (
        <Empty title="No decision like that">
          <p className="muted">{lookedBackTo === 0 ? "The whole log was looked at." : `Looked back to decision ${(lookedBackTo ?? 0) + 1}.`}</p>
        </Empty>
      )}
      {lookedBackTo !== undefined && lookedBackTo > 0 && (
        <button type="button" className="button" disabled={isBusy} onClick={more}>
          {isBusy ? "Looking further back …" : `Look further back than ${lookedBackTo + 1}`}
        </button>
      )}
    </>
  );
}
