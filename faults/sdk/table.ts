import type { Verdict } from "./verdict.ts";

const COLUMNS = ["fault", "clients", "kept last good", "keeps trying", "requests in 30 s", "recovered in s", "lost", "wrong"] as const;

/** One table for each language, the same rows in each. */
export function table(verdicts: readonly Verdict[]): string {
  const names = [...new Set(verdicts.map(({ language }) => language))];
  return names.map((name) => [name, ...rowsOf(verdicts.filter(({ language }) => language === name))].join("\n")).join("\n\n");
}

function rowsOf(verdicts: readonly Verdict[]): readonly string[] {
  const figure = (value: number, digits: number): string => (Number.isNaN(value) ? "–" : value.toFixed(digits));
  const rows = verdicts.map((verdict) => [
    verdict.fault,
    String(verdict.rounds),
    verdict.wasLookedAt ? (verdict.isKept ? "yes" : "no") : "–",
    Number.isNaN(verdict.per30s) ? "–" : verdict.keepsTrying ? "yes" : "no",
    figure(verdict.per30s, 2),
    figure(verdict.recoveredS, 0),
    String(verdict.lost),
    String(verdict.wrong),
  ]);
  const widths = COLUMNS.map((name, at) => Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 0)));
  return [[...COLUMNS], ...rows].map((row) => row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join("  "));
}
