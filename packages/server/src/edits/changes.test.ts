import { join } from "node:path";
import type { EditBody } from "@sluice/contract";
import { afterEach, describe, expect, test } from "vitest";
import { CANARIES, GitOffice, PHOTOS, PHOTOS_FILE, PROJECT } from "../testing/git-office.ts";
import { closeOffices } from "../testing/office.ts";

const made: GitOffice[] = [];
async function opened(files: Readonly<Record<string, string>> = {}, pushTimeoutMs?: number): Promise<GitOffice> {
  const office = new GitOffice(files, undefined, pushTimeoutMs);
  made.push(office);
  return office.start();
}
afterEach(async () => {
  await closeOffices();
  for (const one of made.splice(0)) one.remove();
});

const words = (description: string): EditBody => ({ kind: "facts", flag: "site.photos", set: { description } });
const NEW_WORDS = "Shows the photos of a site beside its plan.";
const DESCRIBED = PHOTOS_FILE.replace("Shows the photos of a site on its map.", NEW_WORDS);
const production = (more: object): EditBody => ({ kind: "serving", flag: "site.photos", environment: "production", ...more });

describe("a change before it is made", () => {
  test("is shown as a diff, with what it means, the way it goes and why", async () => {
    const git = await opened();
    const preview = await git.preview("product", [words(NEW_WORDS)]);
    expect(preview).toMatchObject({
      base: { commit: git.git(git.remote, "rev-parse", "main"), files: { [PHOTOS]: git.git(git.remote, "rev-parse", `main:${PHOTOS}`) } },
      refusals: [],
      way: "direct",
      why: "The project lets a flag's facts be changed directly.",
      title: "site.photos: description",
      plan: { customers: 2, changes: [], broken: [] },
    });
    expect(preview.files.map(({ path }) => path)).toEqual([PHOTOS]);
    expect(preview.files[0]?.diff.split("\n").filter((line) => /^[+-]/.test(line))).toEqual([
      "-description: Shows the photos of a site on its map.   # for people",
      `+description: ${NEW_WORDS}   # for people`,
    ]);
    const serving = await git.preview("engineer", [
      production({ default: "on" }),
      { kind: "serving", flag: "site.photos", environment: "staging", rules: [{ serve: "off" }] },
    ]);
    expect([serving.way, serving.why]).toEqual(["review", "The project has what production serves reviewed."]);
    expect(serving.plan?.changes.map(({ environment, counts, waits }) => [environment, counts?.changes, waits.length])).toEqual([
      ["production", 2, 1],
      ["staging", 2, 0],
    ]);
    expect(git.branches).toEqual(["main"]);
  });

  test("is refused with the rule's own text, and an old mistake of the flag is nobody's here", async () => {
    const git = await opened({
      "flags/site/old.yaml": "key: site.old\ndescription: old\nkind: release\nowner: team-x\ntype: boolean\nenvironments: { production: { default: off } }\n",
    });
    const refused = await git.preview("product", [{ kind: "facts", flag: "site.photos", set: { description: "flag", owner: "team-z" } }]);
    expect(refused.refusals.map(({ code, file, message, fix }) => [code, file, message, fix !== ""])).toEqual([
      ["meta/description", PHOTOS, "The description says no more than the key.", true],
      ["flag/unknown-owner", PHOTOS, expect.stringContaining("team-z"), true],
    ]);
    expect(refused.plan).toBeUndefined();
    const unknown = await git.preview("engineer", [production({ default: "onn" })]);
    expect(unknown.refusals.map(({ code }) => code)).toEqual(["flag/unknown-variant"]);
    expect(await git.trySubmit("engineer", [production({ default: "onn" })])).toMatchObject({
      status: 422,
      text: expect.stringContaining("The flag has no variant"),
    });
    // Its short description was there before; another owner is no new mistake.
    expect((await git.preview("product", [{ kind: "facts", flag: "site.old", set: { owner: "team-y" } }])).refusals).toEqual([]);
    expect(git.branches).toEqual(["main"]);
  });

  test("is for the roles that may, and names what is there", async () => {
    const git = await opened();
    const ask = async (role: "product" | "marketing" | "customerSuccess" | "engineer", edit: EditBody): Promise<readonly unknown[]> => {
      const { status, body } = await git.office.ask(role, "POST", "/api/changes/preview", { edits: [edit] });
      return [status, (body["error"] as { readonly code?: string } | undefined)?.code];
    };
    expect(await ask("product", production({ default: "on" }))).toEqual([403, "notAllowed"]);
    expect(await ask("customerSuccess", words(NEW_WORDS))).toEqual([403, "notAllowed"]);
    expect(await ask("marketing", { kind: "killToFile", kill: "k1" })).toEqual([403, "notAllowed"]);
    expect(await ask("engineer", { ...words("x"), flag: "site.nothing" } as EditBody)).toEqual([404, "unknownFlag"]);
    expect(await ask("engineer", { ...production({ default: "on" }), environment: "prod" } as EditBody)).toEqual([404, "unknownEnvironment"]);
    expect(await ask("engineer", { kind: "killToFile", kill: "k1" })).toEqual([404, "unknownKill"]);
    expect(await ask("engineer", { kind: "revertToFile", revert: "r1" })).toEqual([404, "unknownRevert"]);
    expect(await ask("engineer", { kind: "takeBack", flag: "site.photos", environment: "production" })).toEqual([409, "notWaiting"]);
  });
});

describe("a change that is sent", () => {
  test("is a commit of the person on the branch, with trailers, every other byte as it was, and is served", async () => {
    const git = await opened();
    const sent = await git.submit("product", [words(NEW_WORDS)]);
    expect(sent).toMatchObject({ outcome: "sent", change: { way: "direct", state: "merged", who: "product", flags: ["site.photos"] } });
    expect(git.text(PHOTOS)).toBe(DESCRIBED);
    expect(git.git(git.remote, "show", "-s", "--format=%an <%ae>|%cn <%ce>|%s", "main")).toBe(
      "product <product@example.com>|Sluice <sluice@sluice.invalid>|site.photos: description",
    );
    const trailers = git.git(git.remote, "show", "-s", "--format=%(trailers:only,unfold)", "main").split("\n");
    expect(trailers).toEqual([expect.stringMatching(/^Sluice-Change: c[0-9a-f]{12}$/), "Sluice-Edit-By: product <product@example.com>"]);
    expect(git.git(git.remote, "show", "--stat", "--format=", "main")).toMatch(/1 file changed, 1 insertion\(\+\), 1 deletion\(-\)/);
    await git.office.plane.adoption.lookNow();
    const { body } = await git.office.ask("auditor", "GET", "/api/flags/site.photos");
    expect(body["definition"]).toBe(DESCRIBED);
    expect(body["history"]).toMatchObject([{ author: "product", subject: "site.photos: description" }, { author: "Mara" }]);
  });

  test("waits on a branch of its own where the project has it reviewed, and is merged or closed by whoever reviews", async () => {
    const git = await opened();
    const main = git.git(git.remote, "rev-parse", "main");
    const change = async (title: string): Promise<{ readonly branch: string; readonly commit: string }> => {
      const sent = await git.submit("engineer", [production({ default: "on" })], { title });
      if (sent.outcome !== "sent") throw new Error(sent.outcome);
      return { branch: sent.change.branch ?? "", commit: sent.change.commit };
    };
    const states = async (): Promise<readonly (readonly unknown[])[]> => {
      await git.office.time.turnTo(git.office.time.nowMs + 6_000);
      const { body } = await git.office.ask("auditor", "GET", "/api/changes");
      return (body["sent"] as readonly { readonly title: string; readonly state: string }[])
        .map(({ title, state }): readonly [string, string] => [title, state])
        .sort(([a], [b]) => (a < b ? -1 : 1));
    };
    const [first, second, third] = [await change("First"), await change("Second"), await change("Third")];
    expect(first.branch).toMatch(/^sluice\/engineer\/site-photos-[0-9a-f]{8}$/);
    expect(git.git(git.remote, "rev-parse", "main")).toBe(main);
    expect(git.text(PHOTOS, first.branch)).toBe(PHOTOS_FILE.replace("default: off", "default: on"));
    expect(git.git(git.remote, "show", "-s", "--format=%an|%b", first.branch)).toContain(
      "engineer|site.photos in production: 2 of 2 customers would get something else; it waits for a person.",
    );
    expect(await states()).toEqual([
      ["First", "open"],
      ["Second", "open"],
      ["Third", "open"],
    ]);
    git.git(git.clone, "fetch", "--quiet", "origin");
    git.git(git.clone, "merge", "--quiet", "--no-ff", "-m", "merged", `origin/${first.branch}`);
    git.git(git.clone, "push", "--quiet", "origin", "main", `:refs/heads/${third.branch}`);
    expect(await states()).toEqual([
      ["First", "merged"],
      ["Second", "merged"],
      ["Third", "merged"],
    ]);
    expect(second.commit).not.toBe(third.commit);
  });

  test("whose branch is gone without a merge is closed", async () => {
    const git = await opened();
    const sent = await git.submit("engineer", [production({ default: "on" })]);
    if (sent.outcome !== "sent") throw new Error(sent.outcome);
    git.git(git.clone, "push", "--quiet", "origin", `:refs/heads/${sent.change.branch ?? ""}`);
    expect((await git.office.ask("auditor", "GET", "/api/changes")).body["sent"]).toMatchObject([{ state: "closed" }]);
  });

  test("goes for a review where the branch is protected, and says so", async () => {
    const git = await opened();
    git.protect();
    const sent = await git.submit("product", [words(NEW_WORDS)]);
    expect(sent).toMatchObject({
      outcome: "sent",
      change: {
        way: "review",
        state: "open",
        instead: expect.stringMatching(/^The branch main takes no commit directly \(GH006: Protected branch update failed pre-receive hook declined\)/),
      },
    });
    expect(git.text(PHOTOS)).toBe(PHOTOS_FILE);
    expect(sent.outcome === "sent" && git.text(PHOTOS, sent.change.branch)).toBe(DESCRIBED);
  });

  test("twice under one command is once", async () => {
    const git = await opened();
    const { base } = await git.preview("product", [words(NEW_WORDS)]);
    const [first, again] = [
      await git.submit("product", [words(NEW_WORDS)], { base, command: "the-same-command" }),
      await git.submit("product", [words(NEW_WORDS)], { base, command: "the-same-command" }),
    ];
    expect(again).toEqual(first);
    expect(git.git(git.remote, "rev-list", "--count", "main")).toBe("2");
    expect(await git.submit("product", [words(NEW_WORDS)])).toEqual({ outcome: "nothing" });
  });
});

describe("somebody else's change meanwhile", () => {
  test("elsewhere in the file stays beside this one", async () => {
    const git = await opened();
    const { base } = await git.preview("product", [words(NEW_WORDS)]);
    git.push({ [PHOTOS]: PHOTOS_FILE.replace("serve: on", "serve: off") }, "staff have it no more");
    expect(await git.submit("product", [words(NEW_WORDS)], { base })).toMatchObject({ outcome: "sent" });
    expect(git.text(PHOTOS)).toBe(DESCRIBED.replace("serve: on", "serve: off"));
  });

  test("at the same place is a conflict: both sides are shown, nothing is sent, and a second look goes on from there", async () => {
    const git = await opened();
    const { base } = await git.preview("product", [words(NEW_WORDS)]);
    const theirs = PHOTOS_FILE.replace("on its map", "on its front page");
    git.push({ [PHOTOS]: theirs }, "other words");
    const line = (text: string): string => `description: ${text}   # for people\n`;
    expect(await git.submit("product", [words(NEW_WORDS)], { base })).toEqual({
      outcome: "conflict",
      conflicts: [
        {
          path: PHOTOS,
          before: line("Shows the photos of a site on its map."),
          mine: line(NEW_WORDS),
          theirs: line("Shows the photos of a site on its front page."),
        },
      ],
    });
    expect([git.text(PHOTOS), git.branches]).toEqual([theirs, ["main"]]);
    expect((await git.preview("product", [words(NEW_WORDS)])).files[0]?.diff).toContain("-description: Shows the photos of a site on its front page.");
    expect(await git.submit("product", [words(NEW_WORDS)])).toMatchObject({ outcome: "sent" });
    expect(git.text(PHOTOS)).toBe(DESCRIBED);
  });

  test("that took the file away, or wrote the branch anew, overwrites nothing either", async () => {
    const git = await opened({ "flags/site/b.yaml": PHOTOS_FILE.replace("site.photos", "site.b") });
    const { base } = await git.preview("product", [words(NEW_WORDS)]);
    git.push({ [PHOTOS]: undefined }, "gone");
    expect(await git.submit("product", [words(NEW_WORDS)], { base })).toMatchObject({ outcome: "conflict", conflicts: [{ path: PHOTOS, theirs: "" }] });
    git.git(git.clone, "checkout", "--quiet", "--orphan", "anew");
    git.git(git.clone, "reset", "--quiet", "--hard");
    git.git(git.clone, "branch", "--quiet", "--delete", "--force", "main");
    git.git(git.clone, "branch", "--quiet", "--move", "main");
    const other = PHOTOS_FILE.replace("tags: [photos]", "tags: [photos, map]");
    for (const [path, text] of Object.entries({ "sluice.yaml": PROJECT, [PHOTOS]: other })) git.write(path, text);
    git.git(git.clone, "add", "--all");
    git.git(git.clone, "commit", "--quiet", "-m", "written anew");
    git.git(git.clone, "push", "--quiet", "--force", "origin", "main");
    expect(await git.submit("product", [words(NEW_WORDS)], { base })).toMatchObject({ outcome: "sent" });
    expect(git.text(PHOTOS)).toBe(other.replace("Shows the photos of a site on its map.", NEW_WORDS));
    expect(git.git(git.remote, "rev-list", "--count", "main")).toBe("2");
  });

  test("that wins the race to the branch is followed, and no commit of anybody is lost", async () => {
    const git = await opened();
    // Between our look and our push the host takes somebody else's commit, once.
    const other = git.git(git.remote, "commit-tree", "main^{tree}", "-p", "main", "-m", "quicker");
    git.hook(`[ -e "${git.folder}/raced" ] || { touch "${git.folder}/raced"; env -u GIT_QUARANTINE_PATH git update-ref refs/heads/main ${other}; }; exit 0`);
    expect(await git.submit("product", [words(NEW_WORDS)])).toMatchObject({ outcome: "sent" });
    expect(git.git(git.remote, "log", "--format=%s", "main").split("\n")).toEqual(["site.photos: description", "quicker", "begin"]);
    expect(git.text(PHOTOS)).toBe(DESCRIBED);
  });
});

describe("a Git host in trouble", () => {
  test("that is not there, or has no branch, is told in words, and nothing is lost", async () => {
    const git = await opened();
    const { base } = await git.preview("product", [words(NEW_WORDS)]);
    git.git(git.folder, "clone", "--quiet", "--bare", git.remote, "moved.git");
    git.git(git.remote, "update-ref", "-d", "refs/heads/main");
    const gone = await git.trySubmit("product", [words(NEW_WORDS)], { base });
    expect(gone).toMatchObject({ status: 503, text: expect.stringMatching(/sourceUnavailable.*the branch is not there/) });
    git.git(git.remote, "fetch", "--quiet", join(git.folder, "moved.git"), "main:main");
    expect(await git.submit("product", [words(NEW_WORDS)], { base })).toMatchObject({ outcome: "sent" });
    git.remove();
    expect(await git.trySubmit("product", [words("Another sentence that is long enough.")], { base })).toMatchObject({ status: 503 });
  });

  test("that refuses every branch is named, and the change can be sent again when it does not", async () => {
    const git = await opened();
    git.hook('echo "read only" >&2; exit 1');
    const { base } = await git.preview("product", [words(NEW_WORDS)]);
    const refused = await git.trySubmit("product", [words(NEW_WORDS)], { base, command: "command-of-it" });
    expect(refused).toMatchObject({ status: 422, text: expect.stringMatching(/changeRefused.*read only/) });
    git.hook("exit 0");
    expect(await git.submit("product", [words(NEW_WORDS)], { base, command: "command-of-it" })).toMatchObject({ outcome: "sent" });
  });

  test("that takes for ever over a push is given up, and the change can be sent again", async () => {
    const git = await opened({}, 1_500);
    const { base } = await git.preview("product", [words(NEW_WORDS)]);
    git.hook(`[ -e "${git.folder}/quick" ] || exec sleep 60`);
    const slow = await git.trySubmit("product", [words(NEW_WORDS)], { base, command: "command-of-it" });
    expect([slow.status, slow.text]).toEqual([503, expect.stringContaining("gave no answer within 1.5 s")]);
    expect(git.text(PHOTOS)).toBe(PHOTOS_FILE);
    git.hook("exit 0");
    expect(await git.submit("product", [words(NEW_WORDS)], { base, command: "command-of-it" })).toMatchObject({ outcome: "sent" });
    expect(git.text(PHOTOS)).toBe(DESCRIBED);
  });

  test("whose answer to a push was lost has the change once", async () => {
    const git = await opened();
    const { base } = await git.preview("product", [words(NEW_WORDS)]);
    // It takes the commit, and the connection breaks before it says so.
    git.hook("exit 0", "kill -9 $(ps -o ppid= -p $PPID) $PPID");
    const lost = await git.trySubmit("product", [words(NEW_WORDS)], { base, command: "command-of-it" });
    expect(lost.status).toBe(503);
    git.hook("exit 0", "exit 0");
    expect(await git.submit("product", [words(NEW_WORDS)], { base, command: "command-of-it" })).toMatchObject({ outcome: "sent", change: { state: "merged" } });
    expect(git.git(git.remote, "log", "--format=%s", "main").split("\n")).toEqual(["site.photos: description", "begin"]);
  });
});

describe("names of customers", () => {
  test("that the file says already, as a team's or a feature's, are no news to Git", async () => {
    const git = await opened();
    await git.office.store.saveCustomers([{ id: "c9", key: "team", name: "Photos" }]);
    expect((await git.preview("product", [{ kind: "facts", flag: "site.photos", set: { owner: "team-y", tags: ["photos", "map"] } }])).files).toHaveLength(1);
    const { body } = await git.office.ask("product", "POST", "/api/changes/preview", { edits: [words("Shows the canary-alpha of a site on its map.")] });
    expect(body["error"]).toMatchObject({ code: "namesCustomer" });
  });

  test("never reach Git: a change that names one is refused, and nothing else carries them", async () => {
    const git = await opened();
    const [[key, name]] = CANARIES as readonly [readonly [string, string]];
    for (const edit of [
      words(`Shows the photos, as ${name.toUpperCase()} asked.`),
      production({ rules: [{ if: { customer: { in: [key] } }, serve: "on" }] }),
    ]) {
      const { status, body } = await git.office.ask("engineer", "POST", "/api/changes/preview", { edits: [edit] });
      expect([status, body["error"]]).toMatchObject([422, { code: "namesCustomer", fix: expect.stringContaining("runtime list") }]);
    }
    expect(await git.trySubmit("product", [words(NEW_WORDS)], { title: `For ${name}` })).toMatchObject({ status: 422 });
    await git.submit("product", [words(NEW_WORDS)]);
    await git.submit("engineer", [production({ default: "on" })]);
    for (const canary of CANARIES.flat()) expect(git.everything().toLowerCase()).not.toContain(canary.toLowerCase());
  });
});
