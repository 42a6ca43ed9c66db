import type { GuardView } from "@sluice/contract";
import type { ReactElement } from "react";
import type { EnvironmentListing } from "../data/console-data.ts";
import { flagName } from "../data/flag-name.ts";
import { guardDid, guardSentence, guardSight } from "../data/guard-words.ts";
import { useResource } from "../data/resource.ts";
import { useNow } from "../data/use-now.ts";
import { whenOf } from "../data/when.ts";
import { ProblemNote } from "./problem-note.tsx";

interface GuardRowsProps {
  readonly environments: readonly EnvironmentListing[];
  readonly version: number;
  /** Which of them are shown. */
  readonly shows: (guard: GuardView, nowMs: number) => boolean;
}

const DAY_MS = 24 * 3_600_000;

/** A guard that has found harm since yesterday: what somebody who has just come should know. */
export const hasJustFound = ({ last }: GuardView, nowMs: number): boolean => last !== undefined && nowMs - last.atMs < DAY_MS;

/** Guards of flags: what each watches and does by itself, how far it sees, and what it found last. Nothing where there are none to show. */
export function GuardRows({ environments, version, shows }: GuardRowsProps): ReactElement {
  const nowMs = useNow();
  const { value, problem } = useResource<{ readonly guards: readonly GuardView[] }>("/api/guards", version);
  const guards = (value?.guards ?? []).filter((guard) => shows(guard, nowMs));
  if (guards.length === 0) return problem === undefined ? <></> : <ProblemNote problem={problem} />;
  return (
    <section className="card past-kills" aria-labelledby="guards">
      <h2 id="guards">Guards</h2>
      <ul>
        {guards.map((guard) => (
          <li key={`${guard.environment}/${guard.flag}/${guard.name}`}>
            <p>
              <b>
                {flagName(guard.flag)} in {environments.find(({ key }) => key === guard.environment)?.name ?? guard.environment}
              </b>
              <span className="muted">, the guard {guard.name}</span>
            </p>
            <p className="small muted">
              {guardSentence(guard)} {guardSight(guard)}
            </p>
            {guard.last && (
              <p className="small">
                {whenOf(guard.last.atMs, nowMs)}: {guard.last.words} {guardDid(guard.last)}
              </p>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
