import type { Log } from "../ports.ts";

/** A field over this length is cut: a log line is for reading, not for storing bodies. */
const FIELD_CHARS_MAX = 2_000;

/**
 * One line per event to standard error: JSON for machines, or `12:00:01 warn  source.unreachable why=…` for people.
 * `minimum` drops what is below it.
 */
export function nodeLog(options: { readonly json: boolean; readonly name: string; readonly minimum: "info" | "warn" | "error" }): Log {
  const order = ["info", "warn", "error"] as const;
  const write = (level: "info" | "warn" | "error") => (event: string, fields?: Readonly<Record<string, unknown>>) => {
    if (order.indexOf(level) < order.indexOf(options.minimum)) return;
    const now = new Date();
    if (options.json) {
      process.stderr.write(`${JSON.stringify({ time: now.toISOString(), level, process: options.name, event, ...fields })}\n`);
      return;
    }
    const shown = Object.entries(fields ?? {}).map(([name, value]) => `${name}=${short(value)}`);
    process.stderr.write(`${now.toISOString().slice(11, 19)} ${level.padEnd(5)} ${options.name} ${event}${shown.length > 0 ? ` ${shown.join(" ")}` : ""}\n`);
  };
  return { info: write("info"), warn: write("warn"), error: write("error") };
}

function short(value: unknown): string {
  const text = value instanceof Error ? value.message : typeof value === "string" ? value : (JSON.stringify(value) ?? "undefined");
  return text.length > FIELD_CHARS_MAX ? `${text.slice(0, FIELD_CHARS_MAX)}…` : text;
}
