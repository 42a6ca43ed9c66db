import type { Asker } from "@sluice/evaluation";

/** What a runner is asked: one JSON object a line. conformance/PROTOCOL.md says what each means. */
export type Request =
  | { readonly do: "load"; readonly snapshot: string; readonly urgent: readonly string[]; readonly asker: Asker }
  | { readonly do: "patch"; readonly patch: string }
  | { readonly do: "urgent"; readonly urgent: readonly string[] }
  | { readonly do: "ask"; readonly flag: string; readonly context: unknown }
  | { readonly do: "slot"; readonly salt: string; readonly unit: string }
  | { readonly do: "hash"; readonly salt: string; readonly key: string };

/** What a runner answers: one JSON object a line, in the order of the requests. */
export type Reply = { readonly ok: boolean } | { readonly answer: unknown } | { readonly slot: number } | { readonly hash: string };
