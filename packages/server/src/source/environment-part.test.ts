import { renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
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

test("parts that a link or a folder of another name hides take nothing away from anybody, however many commits follow", async () => {
  for (const hide of [
    (git: GitOffice): void => {
      rmSync(join(git.clone, "environments"), { recursive: true });
      symlinkSync("elsewhere", join(git.clone, "environments"));
    },
    (git: GitOffice): void => renameSync(join(git.clone, "environments"), join(git.clone, "Environments")),
    (git: GitOffice): void => renameSync(join(git.clone, PART), join(git.clone, PART.replace(".yaml", ".YAML"))),
  ]) {
    const git = new GitOffice({ [PHOTOS]: APART, [PART]: "default: on\n" });
    made.push(git);
    await git.start();
    const served = (): unknown => git.office.plane.state("production")?.snapshot?.flags["site.photos"];
    expect(served()).toMatchObject({ default: "on" });
    hide(git);
    git.push({}, "moved");
    await git.office.plane.adoption.lookNow();
    expect(served()).toMatchObject({ default: "on" });
    git.push({ [PHOTOS]: APART.replace("on its map", "everywhere") }, "words");
    await git.office.plane.adoption.lookNow();
    expect(served()).toMatchObject({ default: "on" });
    expect((await git.office.ask("auditor", "GET", "/api/drift")).body["drift"]).toMatchObject([{ kind: "broken", flags: ["site.photos"] }]);
    // Taken away for good, it is gone.
    for (const path of ["environments", "Environments"]) rmSync(join(git.clone, path), { recursive: true, force: true });
    git.push({}, "gone");
    await git.office.plane.adoption.lookNow();
    expect(served()).toEqual({});
  }
});
