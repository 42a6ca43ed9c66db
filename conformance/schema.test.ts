import { readFileSync } from "node:fs";
import { join } from "node:path";
import { lowerFlag, parseProject } from "@sluice/definitions";
import { SNAPSHOT_FORMAT } from "@sluice/evaluation";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { readVectors } from "./vectors.ts";

const schema = JSON.parse(readFileSync(join(import.meta.dirname, "schema/snapshot.json"), "utf8")) as object;
const validate = new Ajv2020({ allErrors: true, strict: true, strictTuples: false }).compile(schema);

test("snapshots of vectors without a planted mistake fit the published schema", () => {
  // A mistake is planted in a flag of its own, so each snapshot is looked at with the one flag that is asked.
  const snapshots = readVectors()
    .filter(({ isByHand, expected }) => isByHand && expected.problems !== true && expected.cause !== "unknownFlag")
    .map(({ name, flag, world }) => {
      const { flags, ...rest } = world.snapshot as { readonly flags: Readonly<Record<string, unknown>> };
      return { name, snapshot: { ...rest, flags: { [flag]: flags[flag] } } };
    });
  expect(snapshots.length).toBeGreaterThan(100);
  expect(snapshots.filter(({ snapshot }) => !validate(snapshot)).map(({ name }) => name)).toEqual([]);
});

test("the forms that flag files are lowered to fit the published schema", () => {
  const files = new Map([
    ["sluice.yaml", "project: p\nenvironments: { production: {} }\n"],
    ["segments/s.yaml", "key: s\nif: { plan: { in: [a] } }\n"],
    [
      "flags/a.yaml",
      "key: a\ndescription: A flag.\nkind: experiment\nowner: team-x\ntype: string\nvariants: { x: one, y: two }\noff: x\nexpose: [browser]\neligible: { plan: { exists: true } }\nenvironments:\n  production:\n    rules:\n      - { id: r, if: { segment: s }, serve: { share: 12.5, of: { x: 50, y: 50 }, by: customer } }\n    default: y\n",
    ],
  ]);
  const parsed = parseProject({ files });
  const [flag] = parsed.flags.values();
  const form = flag && lowerFlag(flag, "production");
  const segments = Object.fromEntries([...parsed.segments].map(([key, segment]) => [key, segment.form]));
  expect(form).toBeDefined();
  expect(
    validate({ format: SNAPSHOT_FORMAT, environment: "production", epoch: "e", seq: 1, salt: "s", segments, flags: { a: form } }),
    JSON.stringify(validate.errors),
  ).toBe(true);
});

test("the schema refuses what is not a snapshot", () => {
  for (const change of [
    { seq: "1" },
    { flags: [] },
    { kills: { k: {} } },
    { flags: { a: { rules: [{ serve: { of: [["on", 100001]] } }] } } },
    { flags: { a: { type: "color" } } },
  ]) {
    expect(validate({ format: 1, environment: "e", epoch: "e", seq: 1, salt: "s", flags: {}, ...change }), JSON.stringify(change)).toBe(false);
  }
});
