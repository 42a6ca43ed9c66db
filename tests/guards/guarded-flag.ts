/** A release flag of which these customers have the variant on, and its guards as they stand in its file. */
export const guardedFlag = (key: string, having: readonly string[], guards: string): string => `key: ${key}
description: Lets an accountant export invoices.
kind: release
owner: team-billing
type: boolean
environments:
  production:
    ${having.length === 0 ? "" : `rules: [{ id: first, if: { customer: { in: [${having.join(", ")}] } }, serve: on }]`}
    default: off
guards:
  ${guards}
`;
