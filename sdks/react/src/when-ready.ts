import type { BrowserClient } from "@sluice/browser";
import { createElement, type ReactElement, type ReactNode, Suspense } from "react";
import { useHeldFlags } from "./flag-hooks.ts";

export interface WhenReadyProps {
  /** Shown meanwhile. */
  readonly fallback?: ReactNode;
  readonly children?: ReactNode;
}

/** What React waits for; each client is waited for once. */
const waits = new WeakMap<BrowserClient, { readonly first: Promise<void>; isOver: boolean }>();

/**
 * Shows its children when the first answers are there, at the latest after the client's `waitMs`: for a page that would rather show nothing
 * than a default. Of use with a client that was made outside; a page that the server rendered has its answers.
 */
export function WhenReady({ fallback, children }: WhenReadyProps): ReactElement {
  return createElement(Suspense, { fallback }, createElement(Waiting, undefined, children));
}

function Waiting({ children }: { readonly children?: ReactNode }): ReactNode {
  const { client } = useHeldFlags("WhenReady");
  if (client && !client.keys().length) {
    const known = waits.get(client);
    const wait = known ?? { first: client.ready().then(() => void (wait.isOver = true)), isOver: false };
    waits.set(client, wait);
    // oxlint-disable-next-line no-throw-literal, typescript/only-throw-error -- what a component throws is what Suspense waits for, in React 18 as well
    if (!wait.isOver) throw wait.first;
  }
  return children;
}
