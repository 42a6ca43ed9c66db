export interface Row {
  readonly key: string;
  readonly value: number;
  /** As people read it, such as `<= 100`; empty for a figure without one. */
  readonly target: string;
}

/** Value at `part` of the sorted values, nearest rank: with few values p99 is the largest. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
}

/** Milliseconds between two readings of CLOCK_MONOTONIC. */
export function msBetween(fromNs: bigint, toNs: bigint): number {
  return Number(toNs - fromNs) / 1e6;
}

export interface Report {
  readonly name: string;
  readonly rows: readonly Row[];
  readonly peers?: Readonly<Record<string, number>>;
  readonly notes: string;
}

/** Prints a table, or with `--json` one last line; a figure that could not be measured is an error, never a guess. */
export function print({ name, rows, peers = {}, notes }: Report): void {
  const broken = rows.filter(({ value }) => !Number.isFinite(value));
  if (broken.length > 0) throw new Error(`could not be measured: ${broken.map(({ key }) => key).join(", ")}`);
  const figures = Object.fromEntries(rows.map(({ key, value }) => [key, Number(value.toFixed(3))]));
  if (process.argv.includes("--json")) {
    console.log(JSON.stringify({ name, figures, peers, notes }));
    return;
  }
  console.log(`${"figure".padEnd(28)}${"measured".padStart(12)}   target`);
  for (const { key, value, target } of rows) console.log(`${key.padEnd(28)}${String(Number(value.toFixed(3))).padStart(12)}   ${target}`);
  for (const [peer, value] of Object.entries(peers)) console.log(`peer: ${peer.padEnd(60)}${String(value).padStart(10)}`);
  console.log(notes);
}

/** The number after an option such as `--rounds 200`. */
export function numberOption(name: string, usual: number): number {
  const at = process.argv.indexOf(name);
  if (at < 0) return usual;
  const number = Number(process.argv[at + 1]);
  if (!Number.isInteger(number) || number < 1) throw new Error(`${name} needs a whole number from 1`);
  return number;
}
