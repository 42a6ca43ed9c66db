import type { Form } from "./forms.ts";
import type { Passed } from "./play.ts";

/** What a form's server and its SDKs said to each other. */
export interface Recording {
  readonly form: string;
  readonly commit: string;
  /** In the order of the wire, of the form's Node SDK: the first snapshot, a change of the flag to off and back, a kill and its lift. */
  readonly heard: readonly Passed[];
  /** What SDKs of each language sent: once each kind. */
  readonly sent: readonly { readonly sdk: string; readonly path: string; readonly body: string }[];
}

/** One line a message, so that a difference is one line's. */
export function recordingOf({ name, commit }: Form, plays: readonly { readonly sdk: string; readonly passed: readonly Passed[] }[]): string {
  const heard = plays[0]?.passed.filter(({ kind }) => kind !== "sent") ?? [];
  const sent = plays.flatMap(({ sdk, passed }) => {
    const bodies = passed.flatMap((one) => (one.kind === "sent" ? [one] : []));
    return [...new Map(bodies.map(({ path, body }) => [path, { sdk, path, body }])).values()];
  });
  const lines = (all: readonly object[]): string => all.map((one) => `    ${JSON.stringify(one)}`).join(",\n");
  return `{\n  "form": ${JSON.stringify(name)},\n  "commit": ${JSON.stringify(commit)},\n  "heard": [\n${lines(heard)}\n  ],\n  "sent": [\n${lines(sent)}\n  ]\n}\n`;
}
