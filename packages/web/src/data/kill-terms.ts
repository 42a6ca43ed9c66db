import type { KillScope } from "./kill-aim.ts";

/** What is written of a kill beside what it is aimed at, as it stands in the fields; empty where nothing is. */
export interface KillTerms {
  /** Keys, as applications send them, with commas between. */
  readonly customers: string;
  readonly segment: string;
  /** Names, with commas between. */
  readonly services: string;
  readonly versions: string;
  /** Whole hours until it asks whether it is to stay; empty: as every kill does. */
  readonly reviewHours: string;
  readonly incident: string;
}

export const noTerms: KillTerms = { customers: "", segment: "", services: "", versions: "", reviewHours: "", incident: "" };

/** What was written with commas between, each once. */
export function namesIn(text: string): readonly string[] {
  const names = text.split(",").map((name) => name.trim());
  return [...new Set(names.filter((name) => name !== ""))];
}

/** For whom and where the kill is alone; `undefined` for everybody. */
export function scopeIn(terms: KillTerms): KillScope | undefined {
  const [customers, services] = [namesIn(terms.customers), namesIn(terms.services)];
  const [segment, versions] = [terms.segment.trim(), terms.versions.trim()];
  const scope = {
    ...(customers.length === 0 ? {} : { customers }),
    ...(segment === "" ? {} : { segment }),
    ...(services.length === 0 ? {} : { services }),
    ...(versions === "" ? {} : { versions }),
  };
  return Object.keys(scope).length === 0 ? undefined : scope;
}

/** The address that was written, with `https://` before one that has been copied without; `undefined` for what nobody could open. */
export function incidentIn({ incident }: Pick<KillTerms, "incident">): string | undefined {
  const text = incident.trim();
  if (text === "") return undefined;
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`);
  return url !== null && ["https:", "http:"].includes(url.protocol) && url.hostname.includes(".") && !/\s/.test(text) ? url.href : undefined;
}

/** What a kill is told beside its aim: `nowMs` is when it is pressed. */
export function saidIn(terms: KillTerms, reason: string, nowMs: number): KillSaid {
  const incident = incidentIn(terms);
  return {
    ...(reason.trim() === "" ? {} : { reason: reason.trim() }),
    ...(incident === undefined ? {} : { incident }),
    ...(terms.reviewHours === "" ? {} : { reviewAtMs: nowMs + Number(terms.reviewHours) * 3_600_000 }),
  };
}

/** As the server takes it. */
export interface KillSaid {
  readonly reason?: string;
  readonly incident?: string;
  readonly reviewAtMs?: number;
}
