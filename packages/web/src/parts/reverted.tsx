import type { RevertedFile, RevertedFlag } from "@sluice/contract";
import type { ReactElement } from "react";
import { count } from "../data/counting.ts";
import { flagName } from "../data/flag-name.ts";
import { listOf } from "../data/list-words.ts";

/** What an earlier form does to each flag: who gains, and who loses. */
export function RevertedFlags({ flags }: { readonly flags: readonly RevertedFlag[] }): ReactElement {
  return (
    <ul className="revert-flags">
      {flags.length === 0 && <li>Nobody gets anything else by it.</li>}
      {flags.map((flag) => (
        <li key={flag.flag}>
          <b>{flagName(flag.flag)}</b> {sidesOf(flag)}
        </li>
      ))}
    </ul>
  );
}

/** Who gains and who loses, as far as customers' own keys tell. */
function sidesOf({ of, gain, lose, others, unknown = [], samples }: RevertedFlag): string {
  const sides = [
    ...(gain > 0 ? [count(gain, "customer gets it", "customers get it")] : []),
    ...(lose > 0 ? [count(lose, "customer loses it", "customers lose it")] : []),
    ...(others > 0 ? [`${count(others, "customer gets", "customers get")} something else`] : []),
  ];
  const counted =
    of === 0
      ? "No customer is registered to be counted."
      : sides.length === 0
        ? `changes for none of ${of} customers as a whole.`
        : `${listOf(sides)}, of ${of}.`;
  const contexts = samples === undefined || samples.asked === 0 ? "" : ` Of ${samples.asked} sampled requests ${samples.changes} change.`;
  const more = unknown.length === 0 ? "" : ` It also depends on ${listOf(unknown)}, so some of their people may change too.`;
  return `${counted}${contexts}${more}`;
}

/** The lines of each file that go and those that come. */
export function RevertedLines({ files }: { readonly files: readonly RevertedFile[] }): ReactElement {
  return (
    <>
      {files.map((file) => (
        <LinesOf key={file.path} {...file} />
      ))}
    </>
  );
}

function LinesOf({ path, served, wanted }: RevertedFile): ReactElement {
  const [gone, come] = [served.trimEnd().split("\n"), wanted.trimEnd().split("\n")];
  const lines = [
    ...gone.filter((line) => !come.includes(line)).map((line) => ({ sign: "-", line })),
    ...come.filter((line) => !gone.includes(line)).map((line) => ({ sign: "+", line })),
  ];
  return (
    <figure className="lines">
      <figcaption>
        <code>{path}</code>
      </figcaption>
      <pre className="source">
        {lines.map(({ sign, line }, index) => (
          <span key={index} className={sign === "-" ? "gone" : "come"}>
            {sign} {line}
            {"\n"}
          </span>
        ))}
      </pre>
    </figure>
  );
}
