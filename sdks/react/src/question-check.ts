import type { BrowserClient, JsonValue } from "@sluice/browser";
import { nearestNames } from "@sluice/evaluation";

/** Keys warned about in one page: whoever makes keys up from data fills neither memory nor console. */
const WARNINGS_MAX = 1_000;

const said = new Set<string>();

/** Says once a page and key what a programmer should know: no such flag, with the nearest name, or one of another type. For development. */
export function checkQuestion(client: BrowserClient | undefined, key: string, fallback: JsonValue | undefined): void {
  const keys = client?.keys() ?? [];
  if (client === undefined || !keys.length) return;
  const value = client.getDetails(key)?.value;
  if (value === undefined)
    warnOnce(key, `There is no flag "${key}" for this page: the code's default is shown.${meant(key, keys)} Pages see only flags with \`expose: [browser]\`.`);
  else if (fallback !== undefined && typeof value !== typeof fallback)
    warnOnce(key, `Flag "${key}" is asked for as ${typeof fallback}, but its value is ${typeof value}: the code's default is shown.`);
}

/** Says once a page that what components track goes nowhere. */
export function checkTracks(client: object | undefined): void {
  if (client !== undefined && !("track" in client))
    warnOnce(
      "useTrack",
      "The provider's client does not report, so what useTrack is told goes nowhere: give it `reports={withReports}` of @sluice/browser/reports.",
    );
}

/** The end of a sentence that names what was probably meant, or nothing. */
export function meant(key: string, keys: readonly string[]): string {
  const near = nearestNames(key, keys).map((name) => `"${name}"`);
  return near.length ? ` Did you mean ${near.join(", ")}?` : "";
}

function warnOnce(key: string, message: string): void {
  if (said.has(key) || said.size >= WARNINGS_MAX) return;
  said.add(key);
  // oxlint-disable-next-line no-console -- a page has no other log, and this is for who writes it
  console.warn(`[sluice] ${message}`);
}
