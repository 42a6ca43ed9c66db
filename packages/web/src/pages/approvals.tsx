import type { ReactElement } from "react";
import { to } from "../data/address.ts";
import { count } from "../data/counting.ts";
import type { HomeView } from "../data/release-data.ts";
import { useCustomers } from "../data/use-customers.ts";
import { useHome } from "../data/use-home.ts";
import { useNow } from "../data/use-now.ts";
import { zoneName } from "../data/when.ts";
import { ApprovalCard } from "../parts/approval-card.tsx";
import { Empty, Shown } from "../parts/shown.tsx";

type Asked = Extract<HomeView["waiting"][number], { readonly kind: "approval" }>;

/** What this person is asked to agree to, the soonest first. */
export function Approvals({ version }: { readonly version: number }): ReactElement {
  const nowMs = useNow();
  const home = useHome();
  const customers = useCustomers(version);
  return (
    <Shown resource={home} what="the approvals">
      {({ waiting, asked: answered }) => {
        const asked = waiting
          .filter((each): each is Asked => each.kind === "approval")
          .toSorted((a, b) => (a.release.nextAtMs ?? Number.MAX_SAFE_INTEGER) - (b.release.nextAtMs ?? Number.MAX_SAFE_INTEGER));
        return (
          <>
            <h1 className="headline">
              {asked.length === 0 ? "Nobody waits for your word." : `${count(asked.length, "plan waits", "plans wait")} for your word.`}
            </h1>
            {asked.length + answered.length === 0 && (
              <Empty title="Nothing to agree to">
                <p className="muted">Plans that ask your role appear here with what they do, for whom and when. You never agree to your own edit.</p>
                <a className="button" href={to("releases")}>
                  See all releases
                </a>
              </Empty>
            )}
            <ul className="approvals">
              {asked.map(({ release, as }) => (
                <ApprovalCard
                  key={release.release + as}
                  release={release}
                  as={as}
                  isAsked={false}
                  nameOf={customers.nameOf}
                  nowMs={nowMs}
                  done={home.again ?? (() => {})}
                />
              ))}
              {answered.map(({ release, as }) => (
                <ApprovalCard
                  key={release.release + as}
                  release={release}
                  as={as}
                  isAsked
                  nameOf={customers.nameOf}
                  nowMs={nowMs}
                  done={home.again ?? (() => {})}
                />
              ))}
            </ul>
            {asked.length > 0 && (
              <p className="dim small">Times are in {zoneName}. Agreeing from Slack and e-mail comes later; the same cards will be there.</p>
            )}
          </>
        );
      }}
    </Shown>
  );
}
