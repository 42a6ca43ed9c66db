// Sluice as one contestant more of the harness beside the repository, over whatever workload that states.
import { type Context, compileSnapshot, decodeSnapshot, encodeSnapshot, evaluate, type FlagForm, type SegmentForm, type Snapshot } from "@sluice/evaluation";

interface HarnessFlag {
  readonly key: string;
  readonly all?: boolean;
  readonly rules: readonly { readonly when: readonly { readonly attr: string; readonly op: string; readonly value: string }[]; readonly pct?: number }[];
  readonly prereq?: string;
}

interface HarnessUser {
  readonly key: string;
  readonly country: string;
  readonly tenant: string;
}

interface HarnessContestant {
  readonly version: string;
  readonly context: (user: HarnessUser) => Context;
  readonly evaluate: (key: string, context: Context) => boolean;
}

/** The snapshot goes through its text form, as an SDK has it. */
export function createContestant(flags: readonly HarnessFlag[], segments: Readonly<Record<string, readonly string[]>>): HarnessContestant {
  const snapshot: Snapshot = {
    format: 1,
    environment: "production",
    epoch: "bench",
    seq: 1,
    salt: "bench",
    segments: Object.fromEntries(Object.entries(segments).map(([id, include]): [string, SegmentForm] => [id, { include }])),
    flags: Object.fromEntries(flags.map((flag) => [flag.key, formOf(flag)])),
  };
  const decoded = decodeSnapshot(encodeSnapshot(snapshot));
  if (!decoded.ok) throw new Error(`the workload does not decode: ${JSON.stringify(decoded.problem)}`);
  const compiled = compileSnapshot(decoded.value, { asker: { service: "bench", version: "1.0.0" } });
  return {
    version: "0.1.0",
    context: ({ key, country, tenant }) => ({ targetingKey: key, country, tenant }),
    evaluate: (key, context) => evaluate(compiled, key, context).value === true,
  };
}

function formOf({ all, rules, prereq }: HarnessFlag): FlagForm {
  return {
    ...(prereq === undefined ? {} : { prerequisites: [{ flag: prereq, serves: ["on"] }] }),
    default: all === true ? "on" : "off",
    rules: rules.map(({ when: [condition], pct }) => ({
      ...(condition === undefined ? {} : { if: condition.op === "seg" ? ["segment", condition.value] : ["equals", condition.attr, condition.value] }),
      serve: pct === undefined ? "on" : { share: pct * 1_000, of: "on" },
    })),
  };
}
