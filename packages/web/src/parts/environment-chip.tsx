import { createContext, type ReactElement, type ReactNode, useContext, useEffect, useState } from "react";
import type { EnvironmentListing } from "../data/console-data.ts";

/** The environment that the page is about, and who says so. */
interface Shown {
  readonly key: string | undefined;
  readonly show: (key: string | undefined) => void;
}

const ShownEnvironment = createContext<Shown>({ key: undefined, show: () => {} });

/** Around the bar and the page: what the page is about stands in the bar. */
export function EnvironmentScope({ children }: { readonly children: ReactNode }): ReactElement {
  const [key, show] = useState<string>();
  return <ShownEnvironment value={{ key, show }}>{children}</ShownEnvironment>;
}

/** Says that the page is about one environment, as long as it is open. */
export function useEnvironmentShown(environment: string | undefined): void {
  const { show } = useContext(ShownEnvironment);
  useEffect(() => {
    show(environment);
    return () => show(undefined);
  }, [environment, show]);
}

/** Where what the page shows happens: one environment, or all there are. */
export function EnvironmentChip({ environments }: { readonly environments: readonly EnvironmentListing[] }): ReactElement {
  const { key } = useContext(ShownEnvironment);
  const one = environments.find((each) => each.key === key);
  if (environments.length === 0) return <></>;
  return (
    <span className={`environment-chip${one === undefined ? "" : " one"}${one?.protected === true ? " protected" : ""}`}>
      <i aria-hidden="true" />
      <span className="hidden-label">What you see is in </span>
      {one?.name ?? "All environments"}
    </span>
  );
}
