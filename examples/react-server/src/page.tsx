import { Flag, useFlag } from "@sluice/react";
import { lazy, type ReactElement, Suspense } from "react";

const Entries = lazy(() => import("./entries.tsx").then(({ Entries }) => ({ default: Entries })));

/** Rendered by the server, and again by the page. */
export function Page(): ReactElement {
  const hasWeek = useFlag("web.week-view", false);
  return (
    <main>
      <h1>{hasWeek ? "This week" : "Today"}</h1>
      <Flag name="web.photo-pins" fallback={<p>Photos are in the list.</p>}>
        <p>Photos are on the plan.</p>
      </Flag>
      <Suspense fallback={<p>Entries are coming.</p>}>
        <Entries />
      </Suspense>
    </main>
  );
}
