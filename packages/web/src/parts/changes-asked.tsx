import type { ReactElement } from "react";
import type { ApprovalHistory, ReleaseView } from "../data/release-data.ts";
import { roleNames } from "../data/release-sentences.ts";
import { useResource } from "../data/resource.ts";
import { whenOf } from "../data/when.ts";
import { Icon } from "./icon.tsx";

interface ChangesAskedProps {
  readonly release: ReleaseView;
  readonly nowMs: number;
}

/** Who will not agree before something of the plan changes, and what: an edit answers them. Nothing where nobody asks. */
export function ChangesAsked({ release, nowMs }: ChangesAskedProps): ReactElement {
  if (release.changesAsked.length === 0) return <></>;
  return <Asked release={release} nowMs={nowMs} />;
}

function Asked({ release, nowMs }: ChangesAskedProps): ReactElement {
  const { release: id, changesAsked, changedAtMs } = release;
  const history = useResource<ApprovalHistory>(`/api/releases/${encodeURIComponent(id)}/approvals`, changedAtMs);
  return (
    <>
      {changesAsked.map(({ role, atMs }) => {
        const words = history.value?.asked.find((each) => each.role === role && each.atMs === atMs);
        return (
          <p key={role} className="note warn">
            <Icon name="ask" />
            <span>
              <b>{words?.who === undefined ? roleNames[role] : `${words.who}, ${roleNames[role]},`} asks for a change</b> ({whenOf(atMs, nowMs)})
              {words?.reason === undefined ? "." : `: ${words.reason}`}
            </span>
          </p>
        );
      })}
    </>
  );
}
