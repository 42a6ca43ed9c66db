import type { HeldCommit } from "./decisions.ts";

/** Why a commit waits as a whole, each in words that go after "it". */
export function heldWords({ removed, of, moves = {} }: Pick<HeldCommit, "removed" | "of" | "moves">): readonly string[] {
  const { gone = [], customer } = moves;
  return [
    ...(removed === 0 ? [] : [`removes ${removed} of ${of} flags`]),
    ...(gone.length === 0 ? [] : [`takes away the environment${gone.length === 1 ? "" : "s"} ${gone.join(", ")}`]),
    ...(customer === undefined
      ? []
      : [`reads the customer from ${customer.is} and no longer from ${customer.was}, while kills, pins or releases of single customers are in force`]),
  ];
}
