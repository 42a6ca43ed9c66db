import { gauge, type MetricSample, type OneSourceHealth, oneSample, type SourceHealth } from "@sluice/contract";
import type { Decisions } from "@sluice/releases";
import { driftCounts } from "./drift.ts";

/** How what is served stands to Git, for whoever watches many servers. Names no flag, no person and no customer. */
export function metricsOf(decisions: Decisions, health: SourceHealth): string {
  const { further = [], ...main } = health;
  const sources: readonly (readonly [string, OneSourceHealth])[] = [["", main], ...further.map((one) => [one.name, one] as const)];
  const each = (value: (health: OneSourceHealth) => number | undefined): readonly MetricSample[] =>
    sources.flatMap(([source, one]) => {
      const told = value(one);
      return told === undefined ? [] : [{ labels: { source }, value: told }];
    });
  const drift = driftCounts(decisions);
  return [
    ...gauge(
      "sluice_source_up",
      "1 where the last look at the source found it, 0 where it did not.",
      each(({ trouble }) => (trouble === undefined ? 1 : 0)),
    ),
    ...gauge(
      "sluice_source_reached_timestamp_seconds",
      "When the source last answered.",
      each(({ reachedAtMs }) => seconds(reachedAtMs)),
    ),
    ...gauge(
      "sluice_source_problems",
      "Mistakes in the newest commit of the source.",
      each(({ problems }) => problems.length),
    ),
    ...gauge(
      "sluice_source_held_commits",
      "Commits that wait for a person as a whole.",
      each(({ held }) => (held === undefined ? 0 : 1)),
    ),
    ...gauge(
      "sluice_github_up",
      "1 where the GitHub App is let in, 0 where it is not.",
      each(({ github }) => github && (github.trouble === undefined ? 1 : 0)),
    ),
    ...gauge("sluice_adopted_timestamp_seconds", "When the commit that is served was adopted.", oneSample(seconds(decisions.adoptions.at(-1)?.atMs))),
    ...gauge(
      "sluice_drift_entries",
      "What is served that Git does not say.",
      drift.map(({ environment, kind, entries }) => ({ labels: { environment, kind }, value: entries })),
    ),
    ...gauge(
      "sluice_drift_oldest_timestamp_seconds",
      "Since when the oldest of it is so.",
      drift.map(({ environment, kind, oldestMs }) => ({ labels: { environment, kind }, value: oldestMs / 1000 })),
    ),
    "",
  ].join("\n");
}

const seconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1000);
