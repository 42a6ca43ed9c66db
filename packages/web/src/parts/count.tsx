import type { ReactElement } from "react";

/** What is counted beside the link to a page: how many, of what, and how it looks. */
export type PlaceCounts = Readonly<Record<string, { readonly n: number; readonly what: string; readonly look: "kill" | "ask" }>>;

/** The number beside a page's link; nothing where there is nothing to count. */
export function Count({ of, counts }: { readonly of: string; readonly counts: PlaceCounts }): ReactElement {
  const counted = counts[of];
  if (counted === undefined || counted.n === 0) return <></>;
  return (
    <span className={`count ${counted.look}`}>
      {counted.n}
      <span className="hidden-label"> {counted.what}</span>
    </span>
  );
}
