import type { ReactElement } from "react";
import { useAct } from "../data/act.ts";
import { to } from "../data/address.ts";
import type { KillListing, Me } from "../data/console-data.ts";
import { count } from "../data/counting.ts";
import { besideApprovals, earlySentence } from "../data/early-sentences.ts";
import { theFlags } from "../data/flag-words.ts";
import type { ApprovingRole, ReleasePhase, ReleaseView } from "../data/release-data.ts";
import { listOf } from "../data/list-words.ts";
import { agreedSentence, capital, roleNames, whySentence } from "../data/release-sentences.ts";
import { whoMay } from "../data/role-words.ts";
import { plannedSteps } from "../data/planned-steps.ts";
import { useResource } from "../data/resource.ts";
import { dayOf, whenOf } from "../data/when.ts";
import { ChangesAsked } from "./changes-asked.tsx";
import { Icon } from "./icon.tsx";
import { isHit, sinceSentence } from "./kills-in-force.tsx";
import { ProblemNote } from "./problem-note.tsx";
import { ReleaseOwner } from "./release-owner.tsx";
import { Onward, OtherSteps } from "./release-steps.tsx";

interface WhoDecidesProps {
  readonly release: ReleaseView;
  readonly me: Me;
  /** Changes when something was decided. */
  readonly version: number;
  readonly nameOf: (customer: string) => string;
  readonly nowMs: number;
  readonly changed: () => void;
}

const approves: Readonly<Partial<Record<ApprovingRole, string>>> = {
  engineer: "approveAsEngineer",
  product: "approveAsProduct",
  marketing: "approveAsMarketing",
  customerSuccess: "approveAsCustomerSuccess",
};

/** Who agreed, who is asked, and the next decisions that this person may make: the one that brings it on first, the others below a line. */
export function WhoDecides({ release, me, version, nameOf, nowMs, changed }: WhoDecidesProps): ReactElement {
  const act = useAct(changed);
  const { missingApprovals, changesAsked, contentHash, phase } = release;
  const mine = missingApprovals.filter((role) => me.can[approves[role] ?? ""] === true && release.editedBy !== me.account.id);
  const steps = { release, me, act, nameOf, nowMs };
  return (
    <section className="card who-decides" aria-labelledby="decides">
      <h2 id="decides">Who decides next</h2>
      <NextWord release={release} />
      <Deciders release={release} mine={mine} me={me} nowMs={nowMs} />
      <div className="pad stack">
        {!["completed", "cancelled", "rolledBack"].includes(phase) && <ReleaseOwner release={release} me={me} nowMs={nowMs} changed={changed} />}
        <ChangesAsked release={release} nowMs={nowMs} />
        <Notes release={release} version={version} nowMs={nowMs} />
        {mine.map((role) => (
          <button
            key={role}
            type="button"
            className={phase === "draft" || changesAsked.some((each) => each.role === role && each.by === me.account.id) ? "button" : "button primary"}
            disabled={act.isBusy}
            onClick={() => void act.run(`/api/releases/${encodeURIComponent(release.release)}/approve`, { as: role, contentHash })}
          >
            Agree for {roleNames[role]}
          </button>
        ))}
        <Onward {...steps} />
        <ProblemNote problem={act.problem} />
      </div>
      <OtherSteps {...steps} />
    </section>
  );
}

/** Whose word comes next where it stands still, by role, and what it stays at without it: whoever looks on reads whom to ask. */
function NextWord({ release: { phase, killedBy, counts } }: Pick<WhoDecidesProps, "release">): ReactElement {
  const words = new Map<ReleasePhase, string>([
    ["draft", `${whoMay("planRelease")} plans it; until then nothing of it starts.`],
    ["needsDecision", `${whoMay("moveWave")} chooses a new start.`],
    ["paused", killedBy.length > 0 ? `${whoMay("liftKill")} lifts the kill, then ${whoMay("resumeRelease")} goes on.` : `${whoMay("resumeRelease")} goes on.`],
  ]);
  const said = words.get(phase);
  const has = (counts.on ?? 0) + (counts.earlyAccess ?? 0);
  const killed = counts.offKilled ?? 0;
  const have = [
    ...(has > 0 || killed === 0 ? [has === 0 ? "nobody has it" : count(has, "customer has it", "customers have it")] : []),
    ...(killed > 0 ? [`killed for ${killed}`] : []),
  ];
  const without = phase === "draft" ? "" : ` If nobody does, it stays as it is: ${listOf(have)}.`;
  return said === undefined ? <></> : <p className="pad next-word small">{`${said}${without}`}</p>;
}

interface DecidersProps extends Pick<WhoDecidesProps, "release" | "me" | "nowMs"> {
  /** Roles for which this person is asked. */
  readonly mine: readonly ApprovingRole[];
}

/** One line for each role that is to agree. */
function Deciders({ release, mine, me, nowMs }: DecidersProps): ReactElement {
  const { content, approvals, contentHash, changesAsked, missingApprovals, people = {} } = release;
  const asked = content.approvals ?? [];
  return (
    <ul className="deciders">
      {asked.map((role) => {
        const given = approvals.find((each) => each.role === role && each.contentHash === contentHash);
        const change = changesAsked.find((each) => each.role === role);
        const isMissing = missingApprovals.includes(role);
        // Where somebody else of the role has spoken, it is their word that stands here.
        const isYours = mine.includes(role) && (change === undefined || change.by === me.account.id);
        const by = change?.by ?? given?.by;
        const who = isYours ? "You" : by === undefined ? undefined : people[by];
        const what = given
          ? agreedSentence(given, isMissing, nowMs)
          : change
            ? `asked for a change on ${dayOf(change.atMs, nowMs)}`
            : "asked to agree to this plan";
        return (
          <li key={role} className={mine.includes(role) ? "mine" : undefined}>
            <span>
              <b>{who ?? roleNames[role]}</b>
              {who === undefined ? "" : `, for ${roleNames[role]}`}
              <small>{what}</small>
            </span>
            {given && !isMissing ? (
              <span className="state flow">
                <Icon name="on" /> Agreed
              </span>
            ) : (
              <span className="state ask">
                <Icon name="ask" /> {change ? "Wants a change" : given ? "Asked again" : "Waits"}
              </span>
            )}
          </li>
        );
      })}
      {asked.length === 0 && <li className="dim">This plan asks nobody to agree.</li>}
    </ul>
  );
}

/** Why it stands still, and what may happen meanwhile all the same. */
function Notes({ release, version, nowMs }: Pick<WhoDecidesProps, "release" | "version" | "nowMs">): ReactElement {
  const { phase, pausedBy, undecided = [], missingApprovals, missingDrill, content } = release;
  const known = useResource<{ readonly kills: readonly KillListing[] }>(pausedBy === "kill" ? "/api/kills" : undefined, version);
  const kills = (known.value?.kills ?? []).filter((kill) => isHit(release, kill));
  const isLifted = known.value !== undefined && kills.length === 0;
  const [next] = plannedSteps(release, release.waves.length);
  const isEarly = content.earlyAccessFromMs !== undefined && missingApprovals.length > 0 && ["planned", "inProgress", "needsDecision"].includes(phase);
  return (
    <>
      {phase === "needsDecision" &&
        undecided.map((why) => (
          <p key={why.why} className="note warn">
            <Icon name="warn" />
            {whySentence(why, nowMs)}
          </p>
        ))}
      {phase === "paused" && (
        <p className="note warn">
          <Icon name="warn" />
          {pausedBy === "kill" && isLifted ? (
            "A kill paused it, and is lifted: whoever had it has it again. Nothing new starts until somebody goes on here."
          ) : pausedBy === "kill" ? (
            <span>
              A kill paused it. {kills.map((kill) => `${capital(theFlags(kill.flags))}: ${sinceSentence(kill, nowMs).replace(/[.]$/, "")}. `)}
              When <a href={to("kill")}>the kill</a> is lifted, whoever had it has it again; the next start waits until somebody goes on here.
            </span>
          ) : (
            "Paused: whoever has it keeps it, nothing new starts."
          )}
        </p>
      )}
      {missingDrill !== undefined && phase !== "needsDecision" && (
        <p className="note warn">
          <Icon name="warn" />
          {whySentence(missingDrill, nowMs)}
        </p>
      )}
      {["planned", "inProgress"].includes(phase) && missingApprovals.length > 0 && next !== undefined && (
        <p className="note">
          <Icon name="clock" />
          Without {missingApprovals.length === 1 ? "that word" : "those words"} by {whenOf(next.atMs, nowMs)}, nothing starts then, and {whoMay("moveWave")} has
          to give it a new start.
        </p>
      )}
      {isEarly && (
        <p className="note">
          <Icon name="early" />
          <span>
            {besideApprovals(missingApprovals)} {earlySentence(release, nowMs)}
          </span>
        </p>
      )}
    </>
  );
}
