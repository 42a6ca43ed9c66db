import { nearestNames } from "@sluice/evaluation";
import type { Log } from "@sluice/ports";

/** Names offered for a misspelt key. */
const CANDIDATES_MAX = 5;
/** Keys warned about in one process. A host that makes keys up from data fills neither memory nor log. */
const WARNINGS_MAX = 1_000;
/** A key is shown up to this length. */
const SHOWN_CHARS_MAX = 200;

/** Says once per key and process what a programmer should know, and never again. */
export class Warnings {
  readonly #log: Log;
  readonly #said = new Set<string>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** A flag that the environment does not have. `known` is asked only when the warning is really given. */
  unknownKey(key: string, environment: string, known: () => readonly string[]): void {
    if (!this.#isFirst(`unknown ${key}`)) return;
    const near = nearestNames(key, known(), CANDIDATES_MAX);
    const hint = near.length === 0 ? "" : ` Did you mean ${near.map((name) => `"${name}"`).join(", ")}?`;
    this.#log.warn("sluice.flag.unknown", {
      message: `There is no flag "${shown(key)}" in ${environment}: the code's default is answered.${hint}`,
      flag: shown(key),
    });
  }

  /** A flag asked for as another type than it has. */
  wrongType(key: string, asked: string, actual: string): void {
    if (!this.#isFirst(`type ${key}`)) return;
    this.#log.warn("sluice.flag.wrongType", {
      message: `Flag "${shown(key)}" is asked for as ${asked}, but its value is ${actual}: the code's default is answered.`,
      flag: shown(key),
    });
  }

  /** A name of an outcome that no guard can have. */
  badOutcome(outcome: string): void {
    if (!this.#isFirst(`outcome ${outcome}`)) return;
    this.#log.warn("sluice.outcome", {
      message: `"${shown(outcome)}" is not the name of an outcome: letters, digits, dots, dashes and underscores, at most 100. It is not counted.`,
    });
  }

  /** A fault of our own that was kept from the host. */
  fault(where: string, error: unknown): void {
    if (!this.#isFirst(`fault ${where}`)) return;
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#log.error("sluice.fault", { message: `${where} failed: ${why}` });
  }

  #isFirst(what: string): boolean {
    if (this.#said.has(what) || this.#said.size >= WARNINGS_MAX) return false;
    this.#said.add(what);
    return true;
  }
}

function shown(key: string): string {
  return key.length > SHOWN_CHARS_MAX ? `${key.slice(0, SHOWN_CHARS_MAX)}…` : key;
}
