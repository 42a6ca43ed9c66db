import { type BrowserClient, type BrowserOptions, createClient, type Handover } from "@sluice/browser";
import { createElement, type ReactElement, type ReactNode, useEffect, useLayoutEffect, useMemo, useState } from "react";
import { FlagsContext } from "./flag-hooks.ts";

export interface SluiceProviderProps {
  /** A client that the application made and closes itself. Absent on a server. */
  readonly client?: BrowserClient | undefined;
  /**
   * Instead of `client`: the provider makes one when it is mounted and closes it when it goes. Another `url` or `environment` begins anew;
   * whatever else changes later is not looked at (for another person there is `useIdentify`).
   */
  readonly options?: BrowserOptions | undefined;
  /** With `options`: `withReports` of `@sluice/browser/reports`, for components that `useTrack`, and so that keys without an answer reach the console. */
  readonly reports?: ((options: BrowserOptions, create: typeof createClient) => BrowserClient) | undefined;
  /** What the server rendered the page with, given on the server and again in the page, so that both render the same first. */
  readonly handover?: Handover | undefined;
  readonly children?: ReactNode;
}

/** Before the first paint; a server has none, and React 18 warns of layout effects there. */
const useBeforePaint = typeof document === "undefined" ? useEffect : useLayoutEffect;

/** Gives flags to everything below it. */
export function SluiceProvider({ client, options, reports = createClient, handover, children }: SluiceProviderProps): ReactElement {
  const [own, setOwn] = useState<BrowserClient>();
  // In an effect and not while rendering: what React renders twice or throws away would leave a connection open.
  useBeforePaint(() => {
    if (!options) return undefined;
    const made = reports(options, createClient);
    setOwn(made);
    return () => made.close();
  }, [options?.url, options?.environment]);
  const current = client ?? own;
  const held = useMemo(() => ({ client: current, handover }), [current, handover]);
  return createElement(FlagsContext.Provider, { value: held }, children);
}
