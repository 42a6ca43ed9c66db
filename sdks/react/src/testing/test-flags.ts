import { createElement, type ReactElement, type ReactNode, useLayoutEffect, useState } from "react";
import { SluiceProvider } from "../provider.ts";
import { type FlagValues, inMemoryClient, type UnknownFlags } from "./in-memory-client.ts";

export interface TestFlagsProps {
  readonly flags: FlagValues;
  /** What asking for another flag does; default `fails`, read once. */
  readonly unknown?: UnknownFlags;
  readonly children?: ReactNode;
}

/** Gives components under test the flags that the test names. Rendered again with others, they change as by a kill. */
export function TestFlags({ flags, unknown, children }: TestFlagsProps): ReactElement {
  const [client] = useState(() => inMemoryClient(flags, unknown));
  useLayoutEffect(() => client.set(flags), [client, flags]);
  return createElement(SluiceProvider, { client }, children);
}

/** An element within `TestFlags`: `render(withFlags({ "diary.photo-pins": true }, <Diary />))`. */
export function withFlags(flags: FlagValues, element: ReactNode): ReactElement {
  return createElement(TestFlags, { flags }, element);
}
