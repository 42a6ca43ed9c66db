import type { ReactElement } from "react";
import type { Refused } from "../data/requests.ts";

/** Why something was refused, and what to do about it; nothing while there is no problem. Read out at once. */
export function ProblemNote({ problem }: { readonly problem: Pick<Refused, "message" | "fix"> | undefined }): ReactElement | null {
  if (problem === undefined) return null;
  return (
    <p className="problem" role="alert">
      {problem.message} {problem.fix}
    </p>
  );
}
