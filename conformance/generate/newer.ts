// What a newer writer may send: unknown members anywhere, unknown operators, tags, algorithms and forms.
import type { Topic } from "./worlds-by-topic.ts";

const conditions: readonly unknown[] = [
  ["near", "place", "here"],
  ["not", ["near", "place", "here"]],
  ["any", ["equals", "plan", "pro"], ["near", "place", "here"]],
  ["all", ["equals", "plan", "free"], ["near", "place", "here"]],
  ["equals", "plan", "pro", { strict: true }],
  ["xor", ["equals", "plan", "pro"], ["exists", "plan", true]],
  ["segment", "future"],
  ["segment", "pros", "version-2"],
  { operator: "equals", path: "plan", operand: "pro" },
  ["equals", ["plan"], "pro"],
  ["in", "plan", { list: "pros" }],
  ["semver", "version", "1.x"],
  [],
];
const serves: readonly unknown[] = [
  { of: "on", algorithm: "sluice-v9" },
  {
    of: [
      ["on", 50_000, "note"],
      ["off", 50_000],
    ],
  },
  { of: { on: 1 } },
  { of: "on", share: 12.5 },
  { of: "on", share: 25_000, until: "2030-01-01T00:00:00Z" },
  { ramp: [1, 2] },
  ["on"],
  7,
];

/** Of a rule, beside those that it has. The last ones are no more than they were. */
const members: readonly object[] = [
  { weight: 3 },
  { until: null },
  { "": false },
  { IF: ["exists", "plan", false] },
  { toString: 1 },
  { if: undefined },
  { id: 7 },
];

/** Rules that this reader cannot read whole do not match, and say so; whatever else it does not know is left alone. */
export function newer(): Topic {
  const flag = (part: object): object => ({ default: "on", note: { of: "a newer writer" }, ...part });
  const flags = Object.fromEntries([
    ...conditions.map((condition, at) => [
      `if${at}`,
      flag({
        rules: [
          { id: "new", if: condition, serve: "off" },
          { id: "old", if: ["equals", "plan", "pro"], serve: "off" },
        ],
      }),
    ]),
    ...members.map((member, at) => [
      `member${at}`,
      flag({
        rules: [
          { id: "new", if: ["equals", "plan", "pro"], serve: "off", ...member },
          { id: "old", serve: "off" },
        ],
      }),
    ]),
    ...conditions.map((condition, at) => [`eligible${at}`, flag({ eligible: condition })]),
    ...serves.map((serve, at) => [
      `serve${at}`,
      flag({
        rules: [
          { id: "new", serve },
          { id: "old", if: ["equals", "plan", "pro"], serve: "off" },
        ],
      }),
    ]),
    ["unknown", flag({ schedule: [], guard: { x: 1 } })],
  ]) as Readonly<Record<string, unknown>>;
  const snapshot = {
    format: 7,
    environment: "production",
    epoch: "e2",
    seq: 20,
    salt: "s",
    regions: ["eu"],
    segments: { pros: { if: ["equals", "plan", "pro"], owner: "x" }, future: { if: ["near", "place", "here"], include: ["u1"] } },
    kills: { k: { flags: ["other"], scope: { regions: ["eu"] }, why: "x" } },
    flags: { ...flags, other: { default: "on" } },
  };
  const contexts = [
    { plan: "pro", targetingKey: "u1", version: "1.2.3" },
    { plan: "free", targetingKey: "u2" },
  ];
  const questions = Object.keys(snapshot.flags).flatMap((name) =>
    contexts.map((context, at) => ({ world: "w", flag: name, context, because: `${name} for context ${at}` })),
  );
  return { worlds: { w: { snapshot } }, questions };
}
