import { afterEach, expect, test } from "vitest";
import { AppWorld, closeAppWorlds } from "../testing/app-world.ts";
import { flagFile } from "../testing/office.ts";

const PHOTOS = "flags/site.photos.yaml";
const PART = "environments/production/site.photos.yaml";
const whole = flagFile("site.photos", "    default: off\n");
const start = {
  "sluice.yaml": "project: p\nenvironments: { production: {} }\n",
  [PHOTOS]: whole.replace(/environments:[\s\S]*/, "environments: {}\n"),
  [PART]: "default: off\n",
};

/** Dozens of Git processes each. */
const LIMIT = { timeout: 240_000 };
afterEach(async () => expect((await closeAppWorlds()).failures).toEqual([]));

test("a pull request of a part alone is counted as what it means, and its mistake stands beside its line", LIMIT, async () => {
  const world = await AppWorld.open({ files: start });
  world.push("more", { [PART]: "rules:\n  - { id: some, if: { customer: { in: [acme, bolt] } }, serve: on }\ndefault: off\n" });
  world.pull(1, "more");
  await world.told(1, "pull-request-opened");
  expect(world.github.checkRuns).toMatchObject([{ conclusion: "success", title: "No mistakes, 1 change waits for a person" }]);
  expect(world.comment).toContain("- **`site.photos`** in production: 2 of 3 would get something else: 2 on.");
  world.push("more", { [PART]: "rules:\n  - { id: some, serve: onn }\ndefault: off\n" });
  world.pull(1, "more");
  await world.told(1);
  expect(world.github.checkRuns.at(-1)).toMatchObject({ conclusion: "failure", title: "1 mistake" });
  expect(world.github.checkRuns.at(-1)?.annotations).toMatchObject([{ path: PART, start_line: 2, annotation_level: "failure" }]);
});
