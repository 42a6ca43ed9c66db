import type { Answer, BrowserClient, FlagKey, Handover, JsonValue } from "@sluice/browser";
import { type Context, createContext, useCallback, useContext, useEffect, useMemo, useSyncExternalStore } from "react";
import type { ReportingClient, Tracked } from "@sluice/browser/reports";
import { checkQuestion, checkTracks } from "./question-check.ts";

/** Bundlers write the one name that is read here into the code; production builds drop what depends on it. */
declare const process: { readonly env: { readonly NODE_ENV?: string | undefined } };

/** What a `SluiceProvider` hands to everything below it. */
interface HeldFlags {
  /** Absent on a server, and until a client of the provider's own is made, which is before the first paint. */
  readonly client: BrowserClient | undefined;
  /** What the server rendered the page with. */
  readonly handover: Handover | undefined;
}

export const FlagsContext: Context<HeldFlags | undefined> = createContext<HeldFlags | undefined>(undefined);

/** The flags of the nearest provider. Throws, with what to do, where there is none: a page without one would show defaults for ever. */
export function useHeldFlags(asker: string): HeldFlags {
  const held = useContext(FlagsContext);
  if (!held) throw new Error(`${asker} needs a <SluiceProvider> above it (in tests: <TestFlags>)`);
  return held;
}

const neverChanges = (): void => {};

/**
 * A flag's value, or the default where there is no answer of the default's type. Renders anew only when this flag's answer changes; never
 * throws but without a provider, and never suspends. An object's inner shape is the flag's, so check what you rely on.
 */
export function useFlag(key: FlagKey<boolean>, fallback: boolean): boolean;
export function useFlag(key: FlagKey<string>, fallback: string): string;
export function useFlag(key: FlagKey<number>, fallback: number): number;
export function useFlag(key: FlagKey<object>, fallback: JsonValue): JsonValue;
export function useFlag(key: FlagKey, fallback: JsonValue): JsonValue {
  const value = useAnswer(key, fallback)?.value;
  return typeof value === typeof fallback && value !== undefined && value !== null ? value : fallback;
}

/** Value, variant and reason, frozen; `undefined` where there is no answer. */
export function useFlagDetails(key: FlagKey): Answer | undefined {
  return useAnswer(key);
}

function useAnswer(key: FlagKey, fallback?: JsonValue): Answer | undefined {
  const { client, handover } = useHeldFlags("useFlag");
  const handed = (): string | undefined => JSON.stringify(handedAnswer(handover, key));
  // Compared as texts: every fetch brings new objects, and only a difference in what they say may render anew.
  const text = useSyncExternalStore(
    useCallback((changed: () => void) => client?.onChange((keys) => keys.includes(key) && changed()) ?? neverChanges, [client, key]),
    () => (client ? JSON.stringify(client.getDetails(key)) : handed()),
    handed,
  );
  // The condition is the same for ever, so the hooks are too.
  if (process.env.NODE_ENV !== "production") useEffect(() => checkQuestion(client, key, fallback));
  return useMemo(() => text && JSON.parse(text, (_, value: unknown) => Object.freeze(value)), [text]) as Answer | undefined;
}

/** A flag's answer as the server rendered it. A key such as `constructor` finds something in every object. */
function handedAnswer(handover: Handover | undefined, key: string): Answer | undefined {
  const answer = handover?.answers[key];
  return answer?.reason ? answer : undefined;
}

/**
 * Gives a function for when somebody else is here: with their token, or without one for nobody. The answers of the one before are gone when it
 * returns, everywhere on the page; it resolves with the new person's first answers, at the latest after `waitMs`. Of several calls the last counts.
 */
export function useIdentify(): (token?: string) => Promise<void> {
  const { client } = useHeldFlags("useIdentify");
  return useCallback((token?: string) => client?.identify(token) ?? Promise.resolve(), [client]);
}

/**
 * Gives a function that says how something went that a flag is about: `track("export", { flag: "billing.invoice-export", failed: true })`, and the same
 * without `failed` where it went well. Counted for the person of the page's token, where the provider's client is one that reports (`withReports`).
 */
export function useTrack(): (outcome: string, about: Tracked) => void {
  const client: (BrowserClient & Partial<ReportingClient>) | undefined = useHeldFlags("useTrack").client;
  if (process.env.NODE_ENV !== "production") useEffect(() => checkTracks(client));
  return useCallback((outcome: string, about: Tracked) => client?.track?.(outcome, about), [client]);
}
