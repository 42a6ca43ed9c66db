import type { Log } from "../ports.ts";

/** A field over this length is cut: a log line is for reading, not for storing bodies. */
const FIELD_CHARS_MAX = 2_000;

/**
 * One line per event: JSON for machines, or `12:00:01 warn  api source.unreachable why=…` for people (times in UTC).
 * `minimum` drops what is below it. Lines go to `write`; where absent, to standard error.
 */
export function nodeLog(options: {
  readonly json: boolean;
  readonly name: string;
  readonly minimum: "info" | "warn" | "error";
  readonly write?: (line: string) => void;
}): Log {
  const print = options.write ?? ((line: string): void => void process.stderr.write(line));
  const order = ["info", "warn", "error"] as const;
  const write = (level: "info" | "warn" | "error") => (event: string, fields?: Readonly<Record<string, unknown>>) => {
    if (order.indexOf(level) < order.indexOf(options.minimum)) return;
    const now = new Date();
    if (options.json) {
      print(`${JSON.stringify({ time: now.toISOString(), level, process: options.name, event, ...fields })}\n`);
      return;
    }
    const shown = Object.entries(fields ?? {}).map(([name, value]) => `${name}=${short(value)}`);
    print(`${now.toISOString().slice(11, 19)} ${level.padEnd(5)} ${options.name} ${event}${shown.length > 0 ? ` ${shown.join(" ")}` : ""}\n`);
  };
  return { info: write("info"), warn: write("warn"), error: write("error") };
}

function short(value: unknown): string {
  const text = value instanceof Error ? value.message : typeof value === "string" ? value : (JSON.stringify(value) ?? "undefined");
  return text.length > FIELD_CHARS_MAX ? `${text.slice(0, FIELD_CHARS_MAX)}…` : text;
}
