import type { DriftEntry, DriftKind, DriftView } from "@sluice/contract";
import type { ReactElement } from "react";
import { to } from "../data/address.ts";
import type { EnvironmentListing, SourceHealth } from "../data/console-data.ts";
import { count } from "../data/counting.ts";
import { flagName } from "../data/flag-name.ts";
import { useResource } from "../data/resource.ts";
import { useNow } from "../data/use-now.ts";
import { whenOf, zoneName } from "../data/when.ts";
import { Icon } from "../parts/icon.tsx";
import { KillReview } from "../parts/kill-review.tsx";
import { Empty, Shown } from "../parts/shown.tsx";
import type { IconName } from "../state-words.ts";

interface DriftProps {
  readonly version: number;
  readonly environments: readonly EnvironmentListing[];
  /** Mistakes of the newest commit. */
  readonly mistakes: SourceHealth["problems"];
  /** Whether this person may put what is served into the files. */
  readonly mayChange: boolean;
  /** Whether this person may say that a kill stays. */
  readonly mayKeep: boolean;
}

/** Flags named in a row's title before the others are counted. */
const NAMED_MAX = 3;

const words: Readonly<Record<DriftKind, { readonly title: string; readonly icon: IconName }>> = {
  kill: { title: "Killed", icon: "kill" },
  revert: { title: "Reverted", icon: "undo" },
  pin: { title: "Pinned", icon: "pin" },
  enlargement: { title: "Waits for a word", icon: "ask" },
  refused: { title: "Refused", icon: "none" },
  broken: { title: "Mistake in a file", icon: "warn" },
  deleted: { title: "File gone", icon: "close" },
  heldCommit: { title: "Commit waits", icon: "ask" },
};

/** What is served that Git does not say: since when, by whom and why, whose it is, and how the two come together again. */
export function Drift({ version, environments, mistakes, mayChange, mayKeep }: DriftProps): ReactElement {
  const nowMs = useNow();
  const view = useResource<DriftView>("/api/drift", version);
  return (
    <Shown resource={view} what="what differs from Git">
      {({ drift, of, commit }) => (
        <>
          <h1 className="headline">
            {of === 0 ? "Everything is served as Git says." : `${count(of, "thing is", "things are")} served that Git does not say.`}
          </h1>
          {commit !== undefined && (
            <p className="muted drift-lead">
              Decisions act at once, and the files in Git follow: whatever stays here for long belongs into a file.{" "}
              <small className="dim">
                The newest commit here is <code>{commit.slice(0, 7)}</code>.
              </small>
            </p>
          )}
          {of === 0 ? (
            <Empty title="No drift">
              <p className="muted">Kills, reverts, pins, changes that wait for a word, and files with mistakes would stand here.</p>
            </Empty>
          ) : (
            <section className="card drift" aria-label="Drift">
              <ul>
                {drift.map((entry, index) => (
                  <Row
                    key={index}
                    entry={entry}
                    environments={environments}
                    mistakes={mistakes}
                    nowMs={nowMs}
                    mayChange={mayChange}
                    mayKeep={mayKeep}
                    changed={() => view.again?.()}
                  />
                ))}
              </ul>
              {of > drift.length && <p className="pad foot muted">And {of - drift.length} more, newer than these.</p>}
            </section>
          )}
        </>
      )}
    </Shown>
  );
}

/** Where and what a row's mistakes are: those of the flag's own file. */
function Mistakes({ flag, mistakes }: { readonly flag: string | undefined; readonly mistakes: DriftProps["mistakes"] }): ReactElement {
  // A flag's file is named after its key, whatever folder the flags are in.
  const own = flag === undefined ? [] : mistakes.filter(({ file }) => file.endsWith(`flags/${flag.replaceAll(".", "/")}.yaml`));
  return (
    <>
      {own.slice(0, NAMED_MAX).map(({ file, line, column, message }) => (
        <p key={`${line}:${column} ${message}`}>
          <code>
            {file}:{line}:{column}
          </code>{" "}
          {message}
        </p>
      ))}
    </>
  );
}

/** A sentence with what is typed at a command line between backticks. */
const typed = (sentence: string): readonly (string | ReactElement)[] =>
  sentence.split("`").map((part, index) => (index % 2 === 0 ? part : <code key={index}>{part}</code>));

interface RowProps extends Omit<DriftProps, "version"> {
  readonly entry: DriftEntry;
  readonly nowMs: number;
  readonly changed: () => void;
}

function Row({ entry, environments, mistakes, nowMs, mayChange, mayKeep, changed }: RowProps): ReactElement {
  const { kind, environments: places, segment, flags, of, sinceMs, owners, who, reason, what, cure, edits } = entry;
  const { title, icon } = words[kind];
  const [first] = flags;
  const more = of - Math.min(flags.length, NAMED_MAX);
  const where = places.map((place) => environments.find(({ key }) => key === place)?.name ?? place);
  return (
    <li className="pad">
      <span className={`state drift-kind${kind === "kill" ? " kill" : kind === "broken" || kind === "enlargement" || kind === "heldCommit" ? " ask" : ""}`}>
        <Icon name={icon} />
        {title}
      </span>
      <div>
        <p>
          {segment !== undefined && (
            <>
              <a href={to("segment", { segment })}>{flagName(segment)}</a>
              {flags.length > 0 && <span className="muted"> for </span>}
            </>
          )}
          {flags.slice(0, NAMED_MAX).map((flag, index) => (
            <span key={flag}>
              {index > 0 && ", "}
              <a href={to("flag", { flag })}>{flagName(flag)}</a>
            </span>
          ))}
          {first === undefined && segment === undefined && <b>The whole commit</b>}
          {more > 0 && ` and ${count(more, "other flag")}`}
          {where.length > 0 && <span className="muted"> in {where.join(", ")}</span>}
        </p>
        <p>{what}</p>
        {kind === "broken" && <Mistakes flag={first} mistakes={mistakes} />}
        {reason !== undefined && <p className="muted">“{reason}”</p>}
        <small className="dim">
          Since {whenOf(sinceMs, nowMs)} {zoneName}
          {who === undefined ? "" : `, by ${who}`}
          {owners.length === 0 ? "" : `, owned by ${owners.join(" and ")}`}
        </small>
        <p className="muted drift-cure">{typed(cure)}</p>
        {entry.kill !== undefined && <KillReview kill={entry.kill.id} reviewAtMs={entry.kill.reviewAtMs} by={who} mayKeep={mayKeep} done={changed} />}
        {mayChange && edits !== undefined && (
          <a className="button" href={to("change", { edits: JSON.stringify(edits) })}>
            Make it permanent
          </a>
        )}
      </div>
    </li>
  );
}
