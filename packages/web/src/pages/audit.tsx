import type { ReactElement } from "react";
import { to } from "../data/address.ts";
import { decisionGroups } from "../data/decision-kinds.ts";
import type { ReleaseView } from "../data/release-data.ts";
import { useResource } from "../data/resource.ts";
import { useLog } from "../data/use-log.ts";
import { AuditTools } from "../parts/audit-tools.tsx";
import { DecisionRows } from "../parts/decision-rows.tsx";
import { Icon } from "../parts/icon.tsx";
import { Empty, Loading } from "../parts/shown.tsx";
import { StateOnDate } from "../parts/state-on-date.tsx";

interface AuditProps {
  readonly values: URLSearchParams;
  readonly version: number;
  readonly mayExport: boolean;
}

/** What was decided, by whom and why, newest first; whether it still is as it was written; and the whole of it as a file. */
export function Audit({ values, version, mayExport }: AuditProps): ReactElement {
  const chosen = decisionGroups.find(({ id }) => id === values.get("show"));
  const by = values.get("by") ?? "";
  const about = values.get("about") ?? "";
  const filter = new URLSearchParams({
    ...(chosen === undefined ? {} : { kinds: chosen.kinds.join(",") }),
    ...(by === "" ? {} : { by }),
    ...(about === "" ? {} : { about }),
  }).toString();
  const log = useLog(filter, version);
  const address = (change: Readonly<Record<string, string | undefined>>): string =>
    to("audit", { show: chosen?.id, ...(by === "" ? {} : { by }), ...(about === "" ? {} : { about }), ...change });
  const releases = useResource<{ readonly releases: readonly ReleaseView[] }>("/api/releases", version);
  const titles = new Map((releases.value?.releases ?? []).map(({ release, content }) => [release, content.title]));
  const titleOf = (release: string): string => titles.get(release) ?? release;
  const whose = log.events[0]?.who ?? by;
  return (
    <>
      <h1 className="headline">Every decision, who made it, and why</h1>
      <div className="audit">
        <div className="stack-wide">
          <div className="filters" role="group" aria-label="Show only">
            <a className="chip" href={address({ show: undefined })} aria-current={chosen === undefined ? "true" : undefined}>
              Everything
            </a>
            {decisionGroups.map(({ id, title }) => (
              <a key={id} className="chip" href={address({ show: id })} aria-current={chosen?.id === id ? "true" : undefined}>
                {title}
              </a>
            ))}
            {by !== "" && (
              <a className="chip only" href={address({ by: undefined })} aria-label={`Only what ${whose} decided; show everybody again`}>
                by {whose} <Icon name="close" />
              </a>
            )}
            {about !== "" && (
              <a className="chip only" href={address({ about: undefined })} aria-label={`Only what is about ${about}; show everything again`}>
                about {titleOf(about)} <Icon name="close" />
              </a>
            )}
          </div>
          {log.problem && (
            <p className="banner" role="alert">
              <b>{log.events.length > 0 ? "Cut off." : "The log could not be read."}</b> {log.problem.message} {log.problem.fix}
            </p>
          )}
          {log.events.length === 0 && log.isBusy && <Loading what="the decisions" />}
          {log.events.length === 0 && !log.isBusy && log.problem === undefined && (
            <Empty title="No decision like that">
              <p className="muted">
                {log.lookedBackTo === 0 ? "The whole log was looked at." : `Looked back to decision ${String((log.lookedBackTo ?? 0) + 1)}.`}
              </p>
            </Empty>
          )}
          {log.events.length > 0 && <DecisionRows events={log.events} titleOf={titleOf} byAddress={(account) => address({ by: account })} />}
          {log.lookedBackTo !== undefined && log.lookedBackTo > 0 && (
            <button type="button" className="button" disabled={log.isBusy} onClick={log.more}>
              {log.isBusy ? "Looking further back …" : `Look further back than ${log.lookedBackTo + 1}`}
            </button>
          )}
        </div>
        <div className="stack-wide">
          <AuditTools mayExport={mayExport} />
          <StateOnDate version={version} />
        </div>
      </div>
    </>
  );
}
