import type { ReactElement } from "react";
import { to } from "../data/address.ts";
import { count } from "../data/counting.ts";
import { earlySentence } from "../data/early-sentences.ts";
import { flagName } from "../data/flag-name.ts";
import { plannedSteps } from "../data/planned-steps.ts";
import type { ReleaseView } from "../data/release-data.ts";
import { clockThere, lengthOf, whenOf, zoneName } from "../data/when.ts";

/** The plan as it is: what it turns on, each wave, early access, what must run first. */
export function PlanFacts({ release, nowMs }: { readonly release: ReleaseView; readonly nowMs: number }): ReactElement {
  const { content, waves, missingVersions } = release;
  const needs = content.needs ?? [];
  return (
    <section className="card" aria-labelledby="plan">
      <h2 id="plan">The plan</h2>
      <dl className="facts">
        <dt>Turns on the {content.flags.length === 1 ? "flag" : "flags"}</dt>
        <dd>
          {content.flags.map(({ flag, serve }) => (
            <a key={flag} href={to("flag", { flag })}>
              {flagName(flag)}
              {serve === "on" ? "" : ` (${serve})`}
            </a>
          ))}
        </dd>
        {waves.map((wave, index) => (
          <div key={wave.name + String(index)}>
            <dt>{wave.name}</dt>
            <dd>
              {waveSentence(release, index, nowMs)} {ownClocks(release, index)} <span className="dim">Watched for {lengthOf(wave.bakeMs)}.</span>
            </dd>
          </div>
        ))}
        <dt>Early access</dt>
        <dd>{earlySentence(release, nowMs)}</dd>
        {needs.length > 0 && <dt>Must run first</dt>}
        {needs.length > 0 && (
          <dd>
            {needs.map(({ service, version }) => (
              <span key={service} className="line">
                {service} {version}
                {missingVersions.some((missing) => missing.service === service) && <span className="hold-word"> does not run yet</span>}
              </span>
            ))}
          </dd>
        )}
        <dt>Times</dt>
        <dd>{zoneName}</dd>
      </dl>
    </section>
  );
}

/** Under a kill nobody has what they were given. */
const reached = ({ counts }: ReleaseView, n: number): string =>
  (counts.offKilled ?? 0) > 0 ? `reached ${count(n, "customer")}` : `${count(n, "customer has", "customers have")} it`;

/** That a wave goes by each customer's own clock, with the first of them as an example. */
function ownClocks({ starts }: ReleaseView, index: number): string {
  const first = starts.find(({ wave, zone }) => wave === index && zone !== undefined);
  if (first?.zone === undefined) return "";
  const there = clockThere(first.atMs, first.zone);
  return `Each by the customer's own clock${there === "" ? "" : ` (${there})`}.`;
}

/** Who of a wave has it, who gets it when, and whom a hold moves: the numbers of its starts. */
function waveSentence(release: ReleaseView, index: number, nowMs: number): string {
  const wave = release.waves[index];
  if (wave === undefined) return "";
  const has = wave.phase === "pending" ? [] : [`${whenOf(wave.startsAtMs, nowMs)}: ${reached(release, wave.exposed)}`];
  const steps = plannedSteps({ starts: release.starts.filter((start) => start.wave === index) }, 1).map(({ customers, atMs, isHeld, isFirstOf }, at) => {
    const when = `${isFirstOf ? "from " : ""}${whenOf(atMs, nowMs)}`;
    const isMore = at + has.length > 0;
    return isHeld
      ? `${customers}${isMore ? " more" : ""} after ${customers === 1 ? "its" : "their"} hold, ${when}`
      : `${when}: ${count(customers, isMore ? "more" : "customer", isMore ? "more" : "customers")}`;
  });
  const told = [...has, ...steps];
  if (told.length === 0)
    return wave.phase === "pending" && wave.customers === 0
      ? "Nobody is left for it."
      : `${whenOf(wave.startsAtMs, nowMs)}: ${count(wave.customers, "customer")}.`;
  const words = told.join("; ");
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}
