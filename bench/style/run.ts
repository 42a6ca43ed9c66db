// How well a style is learnt from real registries: share of keys in the inferred case, and of keys that the learnt guide would call errors.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inferStyle } from "@sluice/definitions";
import { print, type Row } from "../../faults/rig/report.ts";

/** Files of keys beside the project, with the case that a person sees in them. */
const REGISTRIES = [
  { name: "kubernetes", file: "kubernetes_flags.csv", column: "key", caseName: "pascal" },
  { name: "grafana", file: "grafana_flags.csv", column: "key", caseName: "camel" },
  { name: "unleash", file: "all_flags.csv", column: "key", dataset: "unleash-own", caseName: "camel" },
  { name: "superset", file: "superset_flags.csv", column: "key", caseName: "constant" },
  { name: "duckduckgo", file: "duckduckgo_flags.csv", column: "key", caseName: "camel" },
  { name: "wellcome", file: "wellcome_toggles.csv", column: "key", caseName: "camel" },
] as const;

const corpora = join(import.meta.dirname, "../../../shared/corpora");
if (!existsSync(corpora)) throw new Error(`could not be measured: there is no ${corpora}`);

function keysOf(file: string, column: string, dataset: string | undefined): readonly string[] {
  const [head = "", ...lines] = readFileSync(join(corpora, file), "utf8").split(/\r?\n/);
  const at = head.split(",").indexOf(column);
  const rows = lines.map((line) => line.split(",")).filter((row) => dataset === undefined || row[0] === dataset);
  return [...new Set(rows.map((row) => row[at] ?? "").filter((key) => key !== ""))];
}

const rows: Row[] = [];
const wrong: string[] = [];
const notes: string[] = [];
for (const registry of REGISTRIES) {
  const keys = keysOf(registry.file, registry.column, "dataset" in registry ? registry.dataset : undefined);
  const learnt = inferStyle(keys);
  if (learnt.caseName !== registry.caseName) wrong.push(`${registry.name}: ${learnt.caseName}`);
  const rules = new Map<string, number>();
  for (const rule of learnt.inError.values()) rules.set(rule, (rules.get(rule) ?? 0) + 1);
  rows.push(
    { key: `${registry.name}.keys`, value: keys.length, target: "" },
    { key: `${registry.name}.ofCase`, value: learnt.cases[learnt.caseName], target: "" },
    { key: `${registry.name}.inError`, value: learnt.inError.size / keys.length, target: "< 0.15" },
  );
  const off = [...learnt.turnedOff.keys()];
  notes.push(
    `${registry.name}: ${learnt.caseName}; ${[...rules].map(([rule, all]) => `${rule} ${all}`).join(", ") || "no errors"}${off.length === 0 ? "" : `; not a rule there: ${off.join(", ")}`}`,
  );
}
rows.push({ key: "case.wrong", value: wrong.length, target: "= 0" });
print({ name: "style", rows, notes: [...wrong, ...notes].join("\n") });
if (wrong.length > 0) process.exitCode = 1;
