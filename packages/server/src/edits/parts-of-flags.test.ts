import type { EditBody } from "@sluice/contract";
import { afterEach, describe, expect, test } from "vitest";
import { GitOffice, PHOTOS, PHOTOS_FILE } from "../testing/git-office.ts";
import { closeOffices, settle } from "../testing/office.ts";

const PART = "environments/production/site/photos.yaml";
const STAGING = "environments/staging/site/photos.yaml";
/** The flag with what production serves in a file of its own. */
const APART = PHOTOS_FILE.replace(/ {2}production:\n[\s\S]*? {2}staging/, "  staging");
const PART_FILE = `# Changes here are agreed with the board.

rules:
  # our own people first
  - id: staff
    if: { email: { endsWith: "@example.com" } }   # by mail
    serve: on
default: off   # nobody yet
`;
const made: GitOffice[] = [];
async function opened(files: Readonly<Record<string, string>> = {}): Promise<GitOffice> {
  const office = new GitOffice({ [PHOTOS]: APART, [PART]: PART_FILE, ...files });
  made.push(office);
  return office.start();
}
afterEach(async () => {
  await closeOffices();
  for (const one of made.splice(0)) one.remove();
});

const serving = (environment: string, more: object): EditBody => ({ kind: "serving", flag: "site.photos", environment, ...more });
const words: EditBody = { kind: "facts", flag: "site.photos", set: { description: "Shows the photos of a site beside its plan." } };
const DESCRIBED = APART.replace("on its map", "beside its plan");
const touchedBy = (git: GitOffice, commit: string): readonly string[] => git.git(git.remote, "show", "--name-status", "--format=", commit).split("\n");

/** Sends a change and merges the branch it went to. */
async function merged(git: GitOffice, edits: readonly EditBody[]): Promise<string> {
  const sent = await git.submit("product", edits);
  if (sent.outcome !== "sent") throw new Error(JSON.stringify(sent));
  if (sent.change.branch !== undefined) {
    git.git(git.clone, "fetch", "--quiet", "origin");
    git.git(git.clone, "merge", "--quiet", "--ff-only", `origin/${sent.change.branch}`);
    git.git(git.clone, "push", "--quiet", "origin", "main");
  }
  await git.office.plane.adoption.lookNow();
  return sent.change.commit;
}

describe("a change of a flag whose environments stand in files of their own", () => {
  test("is shown and made in every file that it touches, in one commit, and every other byte stays", async () => {
    const git = await opened();
    const edits = [words, serving("production", { default: "on", rules: [{ keep: 0 }, { id: "small", if: { plan: { in: ["starter"] } }, serve: "on" }] })];
    const preview = await git.preview("engineer", edits);
    expect(preview.files.map(({ path }) => path)).toEqual([PART, PHOTOS]);
    expect(preview.base.files).toEqual(Object.fromEntries([PART, PHOTOS].map((path) => [path, git.git(git.remote, "rev-parse", `main:${path}`)])));
    expect(preview.files[0]?.diff.split("\n").filter((line) => /^[+-]/.test(line))).toEqual([
      "-default: off   # nobody yet",
      "+  - id: small",
      "+    if: { plan: { in: [starter] } }",
      "+    serve: on",
      "+default: on   # nobody yet",
    ]);
    expect(preview.plan?.changes.map(({ environment, counts }) => [environment, counts?.changes])).toEqual([["production", 2]]);
    const sent = await git.submit("engineer", edits);
    if (sent.outcome !== "sent") throw new Error(sent.outcome);
    expect(touchedBy(git, sent.change.commit)).toEqual([`M\t${PART}`, `M\t${PHOTOS}`]);
    expect(git.text(PHOTOS, sent.change.branch)).toBe(DESCRIBED);
    expect(git.text(PART, sent.change.branch)).toBe(
      PART_FILE.replace("default: off", "  - id: small\n    if: { plan: { in: [starter] } }\n    serve: on\ndefault: on"),
    );
  });

  test("that is about its words leaves its parts alone, and the other way round", async () => {
    const git = await opened();
    expect((await git.preview("product", [words])).files.map(({ path }) => path)).toEqual([PHOTOS]);
    expect((await git.preview("engineer", [serving("staging", { default: "off" })])).files.map(({ path }) => path)).toEqual([PHOTOS]);
    expect((await git.preview("engineer", [serving("production", { default: "on" })])).files.map(({ path }) => path)).toEqual([PART]);
    const { body } = await git.office.ask("engineer", "GET", "/api/flags/site.photos/editable");
    expect(body["environments"]).toMatchObject([
      { environment: "production", file: PART, default: "off", rules: [{ id: "staff", serve: "on" }] },
      { environment: "staging", default: "on", rules: [] },
    ]);
    expect((body["environments"] as readonly object[])[1]).not.toHaveProperty("file");
  });

  test("puts an environment that it does not have yet into a new file, which must not be there when it is sent", async () => {
    const git = await opened({ [PHOTOS]: APART.replace("environments:\n  staging: { default: on }", "environments: {}") });
    const edits = [serving("staging", { default: "on" })];
    const { base, files, plan } = await git.preview("engineer", edits);
    expect([base.files, files.map(({ path }) => path)]).toEqual([{ [STAGING]: "" }, [STAGING]]);
    expect(files[0]?.diff).toMatch(/^@@ .*\n\+default: on\n$/);
    expect(plan?.changes.map(({ environment, flag }) => [environment, flag])).toEqual([["staging", "site.photos"]]);
    git.push({ [STAGING]: "default: off # theirs\n" }, "quicker");
    expect(await git.submit("engineer", edits, { base })).toEqual({
      outcome: "conflict",
      conflicts: [{ path: STAGING, before: "", mine: "default: on\n", theirs: "default: off # theirs\n" }],
    });
    git.push({ [STAGING]: undefined }, "and gone again");
    const sent = await git.submit("engineer", edits, { base });
    if (sent.outcome !== "sent") throw new Error(sent.outcome);
    expect([sent.change.way, touchedBy(git, "main"), git.text(STAGING)]).toEqual(["direct", [`A\t${STAGING}`], "default: on\n"]);
  });

  test("leaves a file in the form that sluice fmt writes, where it was in it", async () => {
    for (const [before, after] of [
      ["# asked for\n\n# nobody yet\ndefault: off\n", "# asked for\n\nrules: [{ serve: on }]\n# nobody yet\ndefault: off\n"],
      ["# nobody yet\n\n\ndefault:   off\n", "# nobody yet\n\n\ndefault:   off\nrules: [{ serve: on }]\n"],
    ] as const) {
      const git = await opened({ [PART]: before });
      const sent = await git.submit("engineer", [serving("production", { rules: [{ serve: "on" }] })]);
      if (sent.outcome !== "sent") throw new Error(sent.outcome);
      expect(git.text(PART, sent.change.branch)).toBe(after);
    }
  });

  test("goes to a new file where other flags of the project have one for the environment", async () => {
    const maps = PHOTOS_FILE.replace("site.photos", "site.maps").replace(/ {2}production:\n[\s\S]*? {2}staging/, "  staging");
    const git = await opened({ "flags/site/maps.yaml": maps });
    const edit: EditBody = { kind: "serving", flag: "site.maps", environment: "production", default: "on" };
    expect((await git.preview("engineer", [edit])).files.map(({ path }) => path)).toEqual(["environments/production/site/maps.yaml"]);
  });

  test("that somebody else's crosses is brought together file by file, and conflicts are told by file", async () => {
    const git = await opened();
    const edits = [words, serving("production", { default: "on" })];
    const { base } = await git.preview("engineer", edits);
    git.push({ [PART]: PART_FILE.replace("@example.com", "@example.org"), [PHOTOS]: APART.replace("on its map", "everywhere") }, "theirs");
    const clash = await git.submit("engineer", edits, { base });
    expect(clash).toMatchObject({ outcome: "conflict", conflicts: [{ path: PHOTOS, theirs: expect.stringContaining("everywhere") }] });
    git.push({ [PHOTOS]: APART }, "back");
    const sent = await git.submit("engineer", edits, { base });
    if (sent.outcome !== "sent") throw new Error(sent.outcome);
    expect(git.text(PART, sent.change.branch)).toBe(PART_FILE.replace("@example.com", "@example.org").replace("default: off", "default: on"));
    expect(git.text(PHOTOS, sent.change.branch)).toBe(DESCRIBED);
  });

  test("whose part has moved into the flag's file meanwhile is a conflict of the file that is gone", async () => {
    const git = await opened();
    const edits = [serving("production", { default: "on" })];
    const { base } = await git.preview("engineer", edits);
    git.push({ [PART]: undefined, [PHOTOS]: PHOTOS_FILE }, "all in one file");
    expect(await git.submit("engineer", edits, { base })).toMatchObject({ outcome: "conflict", conflicts: [{ path: PART, theirs: "" }] });
    expect((await git.preview("engineer", edits)).files.map(({ path }) => path)).toEqual([PHOTOS]);
  });

  test("is refused where one environment is said twice, or its file cannot be edited, by the file's name", async () => {
    const git = await opened();
    const ask = async (edit: EditBody): Promise<readonly unknown[]> => {
      const { status, text } = await git.office.ask("engineer", "POST", "/api/changes/preview", { edits: [edit] });
      return [status, text];
    };
    git.push({ [PART]: "default: [\n" }, "a slip");
    expect(await ask(serving("production", { default: "on" }))).toEqual([422, expect.stringContaining(`${PART} has mistakes`)]);
    expect((await ask(words))[0]).toBe(200);
    git.write(PART, Buffer.from([0x64, 0xe9]));
    git.push({}, "strange");
    expect(await ask(serving("production", { default: "on" }))).toEqual([422, expect.stringContaining(`${PART} is not UTF-8`)]);
    git.push({ [PART]: PART_FILE, [PHOTOS]: PHOTOS_FILE }, "twice");
    expect(await ask(serving("production", { default: "on" }))).toEqual([422, expect.stringContaining("stands in another file of the flag too")]);
    expect(await ask(serving("production", { default: "on" }))).toEqual([422, expect.stringContaining(PART)]);
  });
});

describe("what is told of such a flag", () => {
  test("is all of its files, their mistakes, and the commits that changed any of them", async () => {
    const git = await opened();
    git.push({ [PART]: PART_FILE.replace("nobody yet", "nobody") }, "fewer words");
    git.push({ [PHOTOS]: DESCRIBED }, "other words");
    git.push({ "flags/site/other.yaml": PHOTOS_FILE.replace("site.photos", "site.other").replace("example.com", "example.org") }, "another flag");
    git.push({ [PART]: PART_FILE.replace("nobody yet", "nobody").concat("# end\n") }, "a last word");
    await git.office.plane.adoption.lookNow();
    const { body } = await git.office.ask("auditor", "GET", "/api/flags/site.photos");
    expect(body).toMatchObject({
      file: PHOTOS,
      definition: DESCRIBED,
      parts: [{ environment: "production", file: PART, definition: PART_FILE.replace("nobody yet", "nobody").concat("# end\n") }],
    });
    const { body: commits } = await git.office.ask("auditor", "GET", "/api/flags/site.photos/commits");
    expect((commits["commits"] as readonly { readonly subject: string }[]).map(({ subject }) => subject).toSorted()).toEqual([
      "a last word",
      "begin",
      "fewer words",
      "other words",
    ]);
    git.push({ [PART]: `# sluice-disable key/case\n${PART_FILE}` }, "a comment without a reason");
    await git.office.plane.adoption.lookNow();
    const told = (await git.office.ask("auditor", "GET", "/api/flags/site.photos")).body["diagnostics"];
    expect(told).toMatchObject([{ file: PART, line: 1, code: "style/disable-reason" }]);
  });

  test("that waits for a person is the file of the environment, before and after", async () => {
    const git = await opened();
    const wider = PART_FILE.replace("default: off", "default: on");
    git.push({ [PART]: wider }, "for all");
    await git.office.plane.adoption.lookNow();
    expect((await git.office.ask("product", "GET", "/api/enlargements")).body["enlargements"]).toMatchObject([
      { flag: "site.photos", environment: "production", served: PART_FILE, wanted: wider },
    ]);
  });
});

describe("a decision that becomes files", () => {
  const drift = async (git: GitOffice): Promise<unknown> => (await git.office.ask("auditor", "GET", "/api/drift")).body["drift"];
  const revert = async (git: GitOffice, toSeq: number): Promise<EditBody> => {
    const { status, body } = await git.office.ask("admin", "POST", "/api/reverts", { environment: "production", flag: "site.photos", toSeq });
    expect(status).toBe(201);
    return { kind: "revertToFile", revert: String(body["revert"]) };
  };

  test("of a kill is off in the environment's own file, and the kill ends with the merge", async () => {
    const git = await opened();
    await git.office.store.append(
      [
        {
          command: "killed",
          atMs: git.office.time.nowMs,
          facts: { kind: "flagsKilled", kill: "k1", environment: "production", flags: ["site.photos"] },
          personal: { by: "engineer" },
        },
      ],
      undefined,
    );
    git.office.plane.hint();
    await settle();
    const commit = await merged(git, [{ kind: "killToFile", kill: "k1" }]);
    expect([touchedBy(git, commit), git.text(PART)]).toEqual([[`M\t${PART}`], "# Changes here are agreed with the board.\n\ndefault: off   # nobody yet\n"]);
    expect(git.office.plane.decisions.environments["production"]?.kills.size).toBe(0);
  });

  test("of a revert is the part as it was, whether it stood there or in the flag's file", async () => {
    const noted = PHOTOS_FILE.replace('endsWith: "@example.com" } }', 'endsWith: "@example.com" } }   # by mail');
    for (const before of [{ [PHOTOS]: APART, [PART]: PART_FILE }, { [PHOTOS]: noted }]) {
      const git = new GitOffice(before);
      made.push(git);
      await git.start();
      const { seq } = git.office.plane.decisions;
      const newer = PART_FILE.replace("@example.com", "@example.org").replace("by mail", "by another mail");
      git.push({ [PHOTOS]: DESCRIBED, [PART]: newer }, "another company");
      await git.office.plane.adoption.lookNow();
      await merged(git, [await revert(git, seq - 1)]);
      expect(git.text(PHOTOS)).toBe(DESCRIBED);
      expect(git.text(PART)).toBe(PART_FILE);
      expect(await drift(git)).toEqual([]);
    }
  });

  test("of a revert is all of the flag's files, where more of them is what is served", async () => {
    const git = await opened();
    const { seq } = git.office.plane.decisions;
    git.push({ [PHOTOS]: APART.replace("type: boolean", "type: boolean\neligible: { plan: { in: [pro] } }"), [PART]: "default: off\n" }, "pro only");
    await git.office.plane.adoption.lookNow();
    const commit = await merged(git, [await revert(git, seq - 1)]);
    expect([touchedBy(git, commit), git.text(PHOTOS), git.text(PART)]).toEqual([[`M\t${PART}`, `M\t${PHOTOS}`], APART, PART_FILE]);
  });

  test("that takes an environment back which was served nothing before takes its file away", async () => {
    const git = new GitOffice({ [PHOTOS]: APART });
    made.push(git);
    await git.start();
    git.push({ [PART]: "# for all\ndefault: on\n" }, "on for all");
    await git.office.plane.adoption.lookNow();
    expect(await drift(git)).toMatchObject([{ kind: "enlargement" }]);
    const edit: EditBody = { kind: "takeBack", flag: "site.photos", environment: "production" };
    const { files, base } = await git.preview("product", [edit]);
    expect(files).toEqual([{ path: PART, diff: "@@ -1,2 +0,0 @@\n-# for all\n-default: on\n" }]);
    // Somebody edits it meanwhile: it is not taken away under them.
    git.push({ [PART]: "# for all\ndefault: on # really\n" }, "a word more");
    expect(await git.submit("product", [edit], { base })).toMatchObject({
      outcome: "conflict",
      conflicts: [{ path: PART, mine: "", theirs: "# for all\ndefault: on # really\n" }],
    });
    const commit = await merged(git, [edit]);
    expect(touchedBy(git, commit)).toEqual([`D\t${PART}`]);
    expect(await drift(git)).toEqual([]);
  });
});
