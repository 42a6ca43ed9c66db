import {
  compileSnapshot,
  decodeSnapshot,
  encodeSnapshot,
  evaluate,
  type Condition,
  type Context,
  type FlagForm,
  type RuleForm,
  type Snapshot,
} from "@sluice/evaluation";
import type { Contestant } from "./contestant.ts";
import { flags, type BenchFlag } from "./workload.ts";

/** Sluice as an SDK has it: the snapshot goes through its text form, and each answer carries value, variant and reason. */
export function createSluice(): Contestant {
  const decoded = decodeSnapshot(encodeSnapshot(snapshotOfFlags(flags)));
  if (!decoded.ok) throw new Error(`the workload does not decode: ${JSON.stringify(decoded.problem)}`);
  const compiled = compileSnapshot(decoded.value, { asker: { service: "bench", version: "1.0.0" } });
  return { ask: (key, user) => evaluate(compiled, key, user as unknown as Context).value === true };
}

/** The workload in Sluice's own form. */
export function snapshotOfFlags(all: readonly BenchFlag[]): Snapshot {
  return {
    format: 1,
    environment: "production",
    epoch: "bench",
    seq: 1,
    salt: "bench",
    flags: Object.fromEntries(all.map((flag) => [flag.key, formOf(flag)])),
  };
}

function formOf({ rules, parent }: BenchFlag): FlagForm {
  const [first] = rules;
  const prerequisites = parent === undefined ? {} : { prerequisites: [{ flag: parent, serves: ["on"] }] };
  if (first?.when === undefined) return { ...prerequisites, default: "on" };
  return { ...prerequisites, rules: rules.map(ruleOf) };
}

function ruleOf({ when, percent }: BenchFlag["rules"][number]): RuleForm {
  const serve: RuleForm["serve"] = percent === undefined ? "on" : { share: percent * 1000, of: "on" };
  if (when === undefined) return { serve };
  const [only = ""] = when.isIn;
  const condition: Condition = when.isIn.length === 1 ? ["equals", when.attribute, only] : ["in", when.attribute, when.isIn];
  return { if: condition, serve };
}
