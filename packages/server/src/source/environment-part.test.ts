import { afterEach, expect, test } from "vitest";
import { GitOffice, PHOTOS, PHOTOS_FILE } from "../testing/git-office.ts";
import { closeOffices } from "../testing/office.ts";

const PART = "environments/production/site/photos.yaml";
/** The flag with what production serves in a file of its own. */
const APART = PHOTOS_FILE.replace(/ {2}production:\n[\s\S]*? {2}staging/, "  staging");
const made: GitOffice[] = [];
afterEach(async () => {
  await closeOffices();
  for (const one of made.splice(0)) one.remove();
});

test("a part of a flag is adopted from Git by itself; a broken one keeps what is served, and a wider one waits", async () => {
  const git = new GitOffice({ [PHOTOS]: APART, [PART]: 'rules:\n  - { if: { email: { endsWith: "@example.com" } }, serve: on }\ndefault: off\n' });
  made.push(git);
  await git.start();
  const served = (): unknown => git.office.plane.state("production")?.snapshot?.flags["site.photos"];
  const first = served();
  expect(first).toMatchObject({ rules: [{ serve: "on" }] });

  git.push({ [PART]: "default: onn\n" }, "a slip");
  await git.office.plane.adoption.lookNow();
  expect(served()).toEqual(first);

  git.push({ [PART]: "default: on\n" }, "for everybody");
  await git.office.plane.adoption.lookNow();
  expect(served()).toEqual(first);

  git.push({ [PART]: "default: off\n" }, "for nobody");
  await git.office.plane.adoption.lookNow();
  expect(served()).toEqual({});
});
