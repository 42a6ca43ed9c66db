import { type ReactElement, useState } from "react";
import { to } from "../data/address.ts";
import { useAct } from "../data/act.ts";
import type { EnvironmentListing, KillListing } from "../data/console-data.ts";
import { namesOf, theFlags } from "../data/flag-words.ts";
import { type LiftParts, liftSentence } from "../data/lift-sentence.ts";
import type { ReleasePhase, ReleaseView } from "../data/release-data.ts";
import { listOf } from "../data/list-words.ts";
import { capital } from "../data/release-sentences.ts";
import { whoMay } from "../data/role-words.ts";
import { useResource } from "../data/resource.ts";
import { useNow } from "../data/use-now.ts";
import { whenOf, zoneName } from "../data/when.ts";
import { Icon } from "./icon.tsx";
import { IncidentLink } from "./incident-link.tsx";
import { KillReview } from "./kill-review.tsx";
import { ProblemNote } from "./problem-note.tsx";

interface KillsInForceProps {
  readonly kills: readonly KillListing[];
  readonly environments: readonly EnvironmentListing[];
  readonly version: number;
  readonly reload: () => Promise<void>;
  readonly mayLift: boolean;
  readonly mayMakePermanent: boolean;
  /** Rows drawn, those that ask for a review first, then the newest; the Kill page has them all. */
  readonly most?: number;
}

/** What is killed now: what, where, since when, by whom and why; and the way back, which says what it will do before it does it. */
export function KillsInForce({ kills, environments, version, reload, mayLift, mayMakePermanent, most = kills.length }: KillsInForceProps): ReactElement {
  const nowMs = useNow();
  const releases = useResource<{ readonly releases: readonly ReleaseView[] }>(kills.length === 0 ? undefined : "/api/releases", version);
  if (kills.length === 0) return <></>;
  return (
    <section className="card in-force" aria-labelledby="killed-now">
      <h2 id="killed-now">
        Killed now <span className="dim">{kills.length}</span>
      </h2>
      <ul>
        {askingFirst(kills, nowMs)
          .slice(0, most)
          .map((kill) => (
            <KillRow
              key={kill.kill}
              kill={kill}
              environment={environments.find((one) => one.key === kill.environment) ?? { name: kill.environment }}
              kills={kills}
              releases={(releases.value?.releases ?? []).filter((release) => isHit(release, kill))}
              reload={reload}
              mayLift={mayLift}
              mayMakePermanent={mayMakePermanent}
            />
          ))}
      </ul>
      {!mayLift && <p className="small muted pad foot">{askWhomSentence(kills, environments)}</p>}
      {kills.length > most && (
        <a className="pad foot block" href={to("kill")}>
          See the other {kills.length - most} on Kill
        </a>
      )}
    </section>
  );
}

/** Those that ask whether they are to stay, the longest first, then the others as they are. */
function askingFirst(kills: readonly KillListing[], nowMs: number): readonly KillListing[] {
  const asksAtMs = ({ reviewAtMs }: KillListing): number => (reviewAtMs !== undefined && reviewAtMs <= nowMs ? reviewAtMs : Number.POSITIVE_INFINITY);
  return kills.toSorted((a, b) => (asksAtMs(a) === asksAtMs(b) ? 0 : asksAtMs(a) - asksAtMs(b)));
}

/** Releases in these phases give nobody anything that a kill could take away. */
const gone: readonly ReleasePhase[] = ["draft", "cancelled", "rolledBack"];

/** Whether the kill takes something away that the release gives. */
export const isHit = ({ phase, content }: ReleaseView, kill: KillListing): boolean =>
  !gone.includes(phase) && content.environment === kill.environment && content.flags.some(({ flag }) => kill.flags.includes(flag));

interface RowProps {
  readonly kill: KillListing;
  readonly environment: LiftParts["environment"];
  /** All that are in force. */
  readonly kills: readonly KillListing[];
  /** Those whose flags it takes away. */
  readonly releases: readonly ReleaseView[];
  readonly reload: () => Promise<void>;
  readonly mayLift: boolean;
  readonly mayMakePermanent: boolean;
}

function KillRow({ kill, environment, kills, releases, reload, mayLift, mayMakePermanent }: RowProps): ReactElement {
  const nowMs = useNow();
  const [isAsking, setAsking] = useState(false);
  const act = useAct(() => void reload());
  const names = namesOf(kill.flags);
  const end = (how: "lift" | "refuse-lift"): void =>
    void act.run(`/api/kills/${encodeURIComponent(kill.kill)}/${how}`, {}).then((isDone) => isDone && setAsking(false));
  return (
    <li>
      <span className="state kill">
        <Icon name="kill" />
        <span className="hidden-label">Killed</span>
      </span>
      <div className="what">
        <p>
          <b>
            {capital(theFlags(kill.flags))} in {environment.name}
          </b>
          {kill.scope !== undefined && <span className="muted">, for some only</span>}
        </p>
        <p className="small muted">
          {sinceSentence(kill, nowMs)}
          <IncidentLink incident={kill.incident} />
        </p>
        {kill.emergency === true && <p className="small muted">Sent as an emergency; it enters the log by itself.</p>}
        {kill.told && (
          <p className="small muted">
            {listOf(kill.told.teams)} {kill.told.teams.length === 1 ? "was" : "were"} told {whenOf(kill.told.atMs, nowMs)}.
          </p>
        )}
        {kill.liftAsked && <p className="small">{askedSentence(kill.liftAsked, nowMs)}</p>}
        {kill.liftRefused && <p className="small">{refusedSentence(kill.liftRefused, nowMs)}</p>}
        {releases.length > 0 && (
          <p className="small muted">
            {releases.length === 1 ? "In the release " : "In the releases "}
            {releases.map(({ release, content }, index) => (
              <span key={release}>
                {index > 0 && ", "}
                <a className="link" href={to("release", { id: release })}>
                  {content.title}
                </a>
              </span>
            ))}
          </p>
        )}
        <KillReview
          kill={kill.kill}
          reviewAtMs={kill.reviewAtMs}
          by={kill.by}
          mayKeep={mayLift}
          permanent={mayMakePermanent && kill.scope === undefined ? [{ kind: "killToFile", kill: kill.kill }] : undefined}
          done={() => void reload()}
        />
        {isAsking && <p className="small">{liftSentence(kill, { environment, kills })}</p>}
        <ProblemNote problem={act.problem} />
      </div>
      {mayLift && !isAsking && (
        <span className="buttons">
          <button type="button" className="button" aria-label={`Lift the kill of ${names} …`} onClick={() => setAsking(true)}>
            Lift …
          </button>
          {kill.liftAsked && (
            <button type="button" className="button" disabled={act.isBusy} aria-label={`Refuse the lift of ${names}`} onClick={() => end("refuse-lift")}>
              Refuse the lift
            </button>
          )}
        </span>
      )}
      {mayLift && isAsking && (
        <span className="buttons">
          <button type="button" className="button primary" disabled={act.isBusy} onClick={() => end("lift")}>
            Lift it now
          </button>
          <button type="button" className="button" onClick={() => setAsking(false)}>
            Leave it killed
          </button>
        </span>
      )}
    </li>
  );
}

/** For a role without the right: who can lift, and what it may do meanwhile. */
function askWhomSentence(kills: readonly KillListing[], environments: readonly EnvironmentListing[]): string {
  const twos = environments.filter(({ key, liftNeedsTwo }) => liftNeedsTwo === true && kills.some(({ environment }) => environment === key));
  const who = `Your role does not lift kills. ${whoMay("liftKill")} can lift ${kills.length === 1 ? "it" : "them"}: ask one of them`;
  if (twos.length === 0) return `${who}.`;
  return `${who}. In ${listOf(twos.map(({ name }) => name))} it takes two of them: one asks for the lift, another lifts.`;
}

const askedSentence = ({ atMs, by, reason }: NonNullable<KillListing["liftAsked"]>, nowMs: number): string =>
  `${by ?? "Somebody"} asked for its lift ${whenOf(atMs, nowMs)}${reason === undefined ? "" : `: ${reason}`}. Here that takes two people: it stays killed until somebody else lifts it too.`;

const refusedSentence = ({ atMs, by, reason }: NonNullable<KillListing["liftRefused"]>, nowMs: number): string =>
  `${by ?? "Somebody"} refused ${whenOf(atMs, nowMs)} the lift that was asked for${reason === undefined ? "" : `: ${reason}`}. It stays killed; a lift is asked for anew.`;

/** "Since today 09:14, Berlin time, by Dele Okafor: photos vanish after saving" */
export function sinceSentence({ atMs, by, reason }: KillListing, nowMs: number): string {
  const since = atMs === undefined ? "Just now" : `Since ${whenOf(atMs, nowMs)}, ${zoneName}`;
  return `${since}${by === undefined ? "" : `, by ${by}`}${reason === undefined ? "; no reason was given" : `: ${reason}`}`;
}
