import { chmodSync } from "node:fs";
import { join } from "node:path";
import type { EditBody } from "@sluice/contract";
import type { Facts } from "@sluice/releases";
import { afterEach, describe, expect, test } from "vitest";
import { GitOffice, PHOTOS, PHOTOS_FILE, PROJECT } from "../testing/git-office.ts";
import { closeOffices, DAY_ONE, HOUR, settle } from "../testing/office.ts";

const made: GitOffice[] = [];
async function opened(files: Readonly<Record<string, string>> = {}): Promise<GitOffice> {
  const office = new GitOffice(files);
  made.push(office);
  return office.start();
}
afterEach(async () => {
  await closeOffices();
  for (const one of made.splice(0)) one.remove();
});

async function happened(git: GitOffice, facts: Facts): Promise<void> {
  const personal = { by: "engineer", reason: "Canary Alpha GmbH saw ghosts" };
  const command = `happened-${facts.kind}-${git.office.plane.decisions.seq}`;
  await git.office.store.append([{ command, atMs: git.office.time.nowMs, facts, personal }], undefined);
  git.office.plane.hint();
  await settle();
}

/** The branch of a change, which is reviewed and merged. */
async function merged(git: GitOffice, edits: readonly EditBody[]): Promise<string> {
  const sent = await git.submit("product", edits);
  if (sent.outcome !== "sent" || sent.change.branch === undefined) throw new Error(JSON.stringify(sent));
  git.git(git.clone, "fetch", "--quiet", "origin");
  git.git(git.clone, "merge", "--quiet", "--ff-only", `origin/${sent.change.branch}`);
  git.git(git.clone, "push", "--quiet", "origin", "main");
  await git.office.plane.adoption.lookNow();
  return sent.change.branch;
}

/** What the flag gives by default and by its kill. */
const answerOf = (git: GitOffice, environment: string): readonly [served: string | undefined, killedBy: string | undefined] => {
  const snapshot = git.office.plane.state(environment)?.snapshot;
  return [snapshot?.flags["site.photos"]?.default, Object.keys(snapshot?.kills ?? {})[0]];
};
const trailer = (git: GitOffice): string => git.git(git.remote, "show", "-s", "--format=%(trailers:key=Sluice-Decision,valueonly)", "main");
const OFF = PHOTOS_FILE.replace(/ {4}rules:\n[\s\S]*? {4}default/, "    default");

describe("a decision that becomes a file", () => {
  test("of a kill is the off variant for everybody, with the kill's id; the reason for it stays at home", async () => {
    const git = await opened();
    await happened(git, { kind: "flagsKilled", kill: "k1", environment: "production", flags: ["site.photos"] });
    await happened(git, { kind: "flagsKilled", kill: "k2", environment: "staging", flags: ["site.photos"], scope: { versions: ">=2" } });
    await merged(git, [{ kind: "killToFile", kill: "k1" }]);
    expect([git.text(PHOTOS), trailer(git)]).toEqual([OFF, "k1"]);
    expect(git.git(git.remote, "show", "-s", "--format=%an", "main")).toBe("product");
    expect(git.everything()).not.toMatch(/canary|ghosts/i);
    // Nobody's answer changes by it, so the kill ends in the transaction of the adoption; that for some versions has no end in Git.
    const { environments, commit } = git.office.plane.decisions;
    expect([environments["production"]?.kills.size, environments["staging"]?.kills.size]).toEqual([0, 1]);
    const [adopted, ended] = git.office.database.events.slice(-2);
    expect([adopted?.facts, ended?.facts, ended?.atMs]).toEqual([
      expect.objectContaining({ kind: "commitAdopted", commit }),
      { kind: "killLifted", kill: "k1", environment: "production", commit },
      adopted?.atMs,
    ]);
    expect(answerOf(git, "production")).toEqual([undefined, undefined]);
    const scoped = await git.office.ask("product", "POST", "/api/changes/preview", { edits: [{ kind: "killToFile", kill: "k2" }] });
    expect([scoped.status, scoped.body["error"]]).toMatchObject([422, { message: expect.stringContaining("never goes to Git") }]);
  });

  test("of a revert is the environment's part as it is served, and the revert ends when both agree", async () => {
    const git = await opened();
    const { seq } = git.office.plane.decisions;
    const newer = PHOTOS_FILE.replace("default: off   # nobody yet", "default: off")
      .replace('endsWith: "@example.com"', 'endsWith: "@example.org"')
      .replace("on its map", "everywhere");
    git.push({ [PHOTOS]: newer.replace("staging: { default: on }", "staging: { default: off }") }, "another company");
    await git.office.plane.adoption.lookNow();
    const reverted = await git.office.ask("engineer", "POST", "/api/reverts", { environment: "production", flag: "site.photos", toSeq: seq - 1 });
    expect([reverted.status, reverted.text]).toEqual([201, expect.any(String)]);
    await merged(git, [{ kind: "revertToFile", revert: String(reverted.body["revert"]) }]);
    // The words and staging are newer, and stay.
    expect(git.text(PHOTOS)).toBe(PHOTOS_FILE.replace("on its map", "everywhere").replace("staging: { default: on }", "staging: { default: off }"));
    expect(trailer(git)).toBe(String(reverted.body["revert"]));
    expect((await git.office.ask("auditor", "GET", "/api/drift")).body["drift"]).toEqual([]);
  });

  test("of a revert is the whole file, where what is served is more than one environment's part", async () => {
    const git = await opened();
    const { seq } = git.office.plane.decisions;
    git.push({ [PHOTOS]: PHOTOS_FILE.replace("type: boolean", "type: boolean\neligible: { plan: { in: [pro] } }") }, "pro only");
    await git.office.plane.adoption.lookNow();
    const reverted = await git.office.ask("admin", "POST", "/api/reverts", { environment: "production", flag: "site.photos", toSeq: seq - 1 });
    await merged(git, [{ kind: "revertToFile", revert: String(reverted.body["revert"]) }]);
    expect(git.text(PHOTOS)).toBe(PHOTOS_FILE);
  });

  test("that a merged change waits for takes the change back; where nothing was served before, it is off", async () => {
    const git = await opened();
    git.push(
      { [PHOTOS]: PHOTOS_FILE.replace("default: off   #", "default: on   #"), "flags/site/new.yaml": PHOTOS_FILE.replace("key: site.photos", "key: site.new") },
      "on for all",
    );
    await git.office.plane.adoption.lookNow();
    expect(((await git.office.ask("auditor", "GET", "/api/drift")).body["drift"] as readonly { readonly kind: string }[]).map(({ kind }) => kind)).toEqual([
      "enlargement",
      "enlargement",
    ]);
    await merged(git, [
      { kind: "takeBack", flag: "site.photos", environment: "production" },
      { kind: "takeBack", flag: "site.new", environment: "production" },
    ]);
    expect(git.text(PHOTOS)).toBe(PHOTOS_FILE);
    expect(git.text("flags/site/new.yaml")).toBe(OFF.replace("key: site.photos", "key: site.new"));
    expect((await git.office.ask("auditor", "GET", "/api/drift")).body["drift"]).toEqual([]);
  });

  test("of a release that is complete is its value for everybody, and no one changes", async () => {
    const git = await opened();
    const { office } = git;
    const waves = [{ name: "Everybody", audience: {}, start: { atMs: DAY_ONE + 9 * HOUR }, bakeMs: HOUR }];
    const content = {
      title: "Photos for Canary Beta Ltd",
      why: "canary-beta asked",
      environment: "production",
      flags: [{ flag: "site.photos", serve: "on" }],
      risk: "visible",
      zone: "UTC",
      waves,
    };
    const release = String((await office.ask("product", "POST", "/api/releases", { content })).body["release"]);
    await office.ask("product", "POST", `/api/releases/${release}/plan`, {});
    const edit: EditBody = { kind: "releaseToDefault", release };
    expect((await office.ask("product", "POST", "/api/changes/preview", { edits: [edit] })).body["error"]).toMatchObject({ code: "wrongPhase" });
    expect((await office.ask("engineer", "POST", "/api/changes/preview", { edits: [edit] })).status).toBe(403);
    for (const hours of [9, 11]) await office.time.turnTo(DAY_ONE + hours * HOUR);
    expect((await office.ask("product", "GET", `/api/releases/${release}`)).body["phase"]).toBe("completed");
    const { plan } = await git.preview("product", [edit]);
    expect(plan?.changes.map(({ flag, counts }) => [flag, counts?.changes])).toEqual([["site.photos", 0]]);
    await merged(git, [edit]);
    expect([git.text(PHOTOS), trailer(git)]).toEqual([OFF.replace("default: off", "default: on"), release]);
    // Whoever has no customer gets it by Git alone, so it waits for a person; then what the release gave is dropped.
    expect(git.office.plane.decisions.environments["production"]?.exposures.size).toBe(1);
    const { enlargements } = (await git.office.ask("product", "GET", "/api/enlargements")).body as {
      readonly enlargements: readonly { readonly form: string }[];
    };
    const accepted = { environment: "production", flag: "site.photos", form: enlargements[0]?.form, isAccepted: true };
    expect((await git.office.ask("product", "POST", "/api/enlargements", accepted)).status).toBe(200);
    await settle();
    expect(git.office.plane.decisions.environments["production"]?.exposures.size).toBe(0);
    expect(git.office.database.events.at(-1)?.facts).toEqual({ kind: "exposureSettled", environment: "production", flag: "site.photos", serve: "on" });
    expect(answerOf(git, "production")).toEqual(["on", undefined]);
    expect(git.everything()).not.toMatch(/canary/i);
  });
});

describe("drafts", () => {
  const edits = (description: string): readonly EditBody[] => [{ kind: "facts", flag: "site.photos", set: { description } }];
  interface Listed {
    readonly draft: string;
    readonly title?: string;
    readonly edits: unknown;
    readonly untilMs: number;
  }
  const drafts = async (git: GitOffice, role: "product" | "engineer" = "product"): Promise<readonly Listed[]> =>
    (await git.office.ask(role, "GET", "/api/changes")).body["drafts"] as readonly Listed[];

  test("group edits into one commit, are one's own, and end when they are sent", async () => {
    const git = await opened({ "flags/site/b.yaml": PHOTOS_FILE.replace("key: site.photos", "key: site.b") });
    const first = edits("Shows the photos of a site on every page.");
    const saved = await git.office.ask("product", "POST", "/api/drafts", { edits: first, title: "Words" });
    const draft = String(saved.body["draft"]);
    const both: readonly EditBody[] = [...first, { kind: "facts", flag: "site.b", set: { owner: "team-y" } }];
    await git.office.ask("product", "POST", "/api/drafts", { edits: both, title: "Words", draft });
    expect(await drafts(git)).toMatchObject([{ draft, title: "Words", edits: both, flags: ["site.b", "site.photos"] }]);
    expect(await drafts(git, "engineer")).toEqual([]);
    expect((await git.office.ask("engineer", "POST", `/api/drafts/${draft}/discard`, {})).status).toBe(404);
    await git.submit("product", both, { draft, title: "Words" });
    expect(git.git(git.remote, "show", "--stat", "--format=%s", "main")).toMatch(/^Words\n[\s\S]*2 files changed/);
    expect(await drafts(git)).toEqual([]);
  });

  test("are bounded in number and age, and outlive a restart", async () => {
    const git = await opened();
    for (let at = 0; at < 20; at += 1)
      expect((await git.office.ask("product", "POST", "/api/drafts", { edits: edits(`Sentence ${at} of many.`) })).status).toBe(200);
    expect((await git.office.ask("product", "POST", "/api/drafts", { edits: edits("One more than that.") })).body["error"]).toMatchObject({ code: "tooMany" });
    const [newest] = await drafts(git);
    expect((await git.office.ask("product", "POST", `/api/drafts/${newest?.draft ?? ""}/discard`, {})).status).toBe(200);
    expect(await drafts(git)).toHaveLength(19);
    // Another process on the same store.
    expect(await git.office.store.pendingChanges()).toHaveLength(19);
    git.office.time.nowMs = (newest?.untilMs ?? 0) + 1;
    expect(await drafts(git)).toEqual([]);
    expect(await git.office.store.pendingChanges()).toEqual([]);
  });
});

describe("files that an edit cannot be made of", () => {
  test.each([
    ["is not UTF-8", Buffer.from([...Buffer.from(PHOTOS_FILE.replace("Photos,", "Ph")), 0xe9]), "is not UTF-8"],
    ["has an anchor", Buffer.from(PHOTOS_FILE.replace("owner: team-x", "owner: &team team-x")), "has mistakes"],
  ])("one that %s is refused, and stays", async (_what, bytes, why) => {
    const git = await opened();
    git.write(PHOTOS, bytes);
    git.push({ "sluice.yaml": PROJECT }, "strange");
    const edit: EditBody = { kind: "facts", flag: "site.photos", set: { owner: "team-y" } };
    const { status, text } = await git.office.ask("product", "POST", "/api/changes/preview", { edits: [edit] });
    expect([status, text]).toEqual([422, expect.stringContaining(why)]);
  });

  test("a byte-order mark, Windows line ends and a file that may be run stay as they are", async () => {
    const git = await opened();
    const windows = `\uFEFF${PHOTOS_FILE.replaceAll("\n", "\r\n")}`;
    git.write(PHOTOS, windows);
    chmodSync(join(git.clone, PHOTOS), 0o755);
    git.push({ "sluice.yaml": PROJECT }, "windows");
    await git.submit("product", [{ kind: "facts", flag: "site.photos", set: { owner: "team-y" } }]);
    expect(git.text(PHOTOS)).toBe(windows.replace("team-x", "team-y"));
    expect(git.git(git.remote, "ls-tree", "main", PHOTOS)).toMatch(/^100755 /);
  });
});
