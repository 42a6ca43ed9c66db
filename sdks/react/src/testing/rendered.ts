import type { ReactNode } from "react";
import { createElement, StrictMode } from "react";
import { act } from "react";
import { createRoot, hydrateRoot, type Root } from "react-dom/client";

/** A place of a test's document, and what React said about it. */
export interface Rendered {
  readonly place: HTMLElement;
  readonly complaints: string[];
  show(element: ReactNode): Promise<void>;
  end(): Promise<void>;
}

declare global {
  /** Read by React: updates outside `act` are complained about. */
  var IS_REACT_ACT_ENVIRONMENT: boolean;
}

/** Renders in React's strict mode, where effects run twice and mistakes show; over what a server rendered where there is `html`. */
export async function rendered(element: ReactNode, html?: string): Promise<Rendered> {
  globalThis.IS_REACT_ACT_ENVIRONMENT = true;
  const place = document.createElement("div");
  document.body.append(place);
  const complaints: string[] = [];
  const strict = (shown: ReactNode): ReactNode => createElement(StrictMode, undefined, shown);
  const onRecoverableError = (error: unknown): void => void complaints.push(String(error));
  const start = (): Root => {
    if (html !== undefined) {
      place.innerHTML = html;
      return hydrateRoot(place, strict(element), { onRecoverableError });
    }
    const root = createRoot(place, { onRecoverableError });
    root.render(strict(element));
    return root;
  };
  // oxlint-disable-next-line no-console -- React's only way to say that a page does not fit
  const before = console.error;
  // oxlint-disable-next-line no-console -- as above
  console.error = (...said: readonly unknown[]): void => void complaints.push(said.join(" "));
  const root = await act(async () => start());
  return {
    place,
    complaints,
    show: (shown) => act(async () => root.render(strict(shown))),
    end: async () => {
      await act(async () => root.unmount());
      place.remove();
      // oxlint-disable-next-line no-console -- as above
      console.error = before;
    },
  };
}
