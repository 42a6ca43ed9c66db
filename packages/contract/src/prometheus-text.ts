/** Prometheus' text format, version 0.0.4. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export interface MetricSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The lines of a gauge, without a line feed; those that say what it is alone where there is no sample. */
export function gauge(name: string, help: string, samples: readonly MetricSample[]): readonly string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...samples.map(({ labels, value }) => `${name}${labelsOf(labels)} ${value}`)];
}

/** The sample of a gauge that has no labels; none where its value is not known. */
export const oneSample = (value: number | undefined): readonly MetricSample[] => (value === undefined ? [] : [{ labels: {}, value }]);

function labelsOf(labels: MetricSample["labels"]): string {
  const told = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return told.length === 0 ? "" : `{${told.join(",")}}`;
}

/** By the text format, in a label's value. */
const escaped = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
