import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gitIn } from "@sluice/github/testing";
import { afterEach, describe, expect, test } from "vitest";
import { AppWorld, closeAppWorlds } from "../testing/app-world.ts";
import { flagFile } from "../testing/office.ts";

const PHOTOS = "flags/site.photos.yaml";
const project = (more: string): string => `project: p\nenvironments: { production: {} }\n${more}`;
const TEAMS = 'teams:\n  team-x: { github: ["@acme/x", "@Mira"] }\n';
const WAITS = `${TEAMS}approvals:\n  - { environment: production, when: waits, from: [owners] }\n`;
const off = flagFile("site.photos");
const on = flagFile("site.photos", "    default: on\n");
const start = (more: string): Readonly<Record<string, string>> => ({
  "sluice.yaml": project(more),
  [PHOTOS]: off,
  "flags/site.other.yaml": flagFile("site.other"),
});

/** Dozens of Git processes each. */
const LIMIT = { timeout: 240_000 };

const opened = (more: string): Promise<AppWorld> => AppWorld.open({ files: start(more) });
afterEach(async () => expect(await closeAppWorlds()).toEqual({ failures: [], complaints: [] }));

const last = (world: AppWorld): { readonly conclusion: string | null; readonly title: string } | undefined => world.github.checkRuns.at(-1);

async function reviewed(
  world: AppWorld,
  by: string,
  own: { readonly state?: "APPROVED" | "CHANGES_REQUESTED"; readonly association?: "MEMBER" | "NONE" } = {},
): Promise<void> {
  const { state = "APPROVED", association = "MEMBER" } = own;
  const commit = world.github.pulls.get(1)?.headSha ?? "";
  world.github.reviews.set(1, [...(world.github.reviews.get(1) ?? []), { by, state, commit, association }]);
  await world.told(1, "pull-request-review-submitted");
}

describe("an approval that the project asks for", () => {
  test("is given by somebody of the team who may merge and did not write it, and by nobody else", LIMIT, async () => {
    const world = await opened(WAITS);
    world.push("more", { [PHOTOS]: on });
    world.pull(1, "more");
    await world.told(1, "pull-request-opened");
    expect(last(world)).toMatchObject({ conclusion: "action_required", title: "No mistakes, 1 change waits for a person, 1 approval missing" });
    expect(world.comment).toContain("- ⏳ it waits for a person in production (`site.photos`): 0 of 1 approval of `team-x`");
    world.github.teams.set("acme/x", new Set(["nina", "olga"]));
    await reviewed(world, "nina");
    await reviewed(world, "olga", { association: "NONE" });
    await reviewed(world, "paul");
    expect(last(world)?.conclusion).toBe("action_required");
    await reviewed(world, "olga");
    expect(last(world)).toMatchObject({ conclusion: "success", title: "No mistakes, 1 change waits for a person" });
    expect(world.comment).toContain("✅ it waits for a person in production (`site.photos`): 1 of 1 approval of `team-x`: `olga`");
    await reviewed(world, "olga", { state: "CHANGES_REQUESTED" });
    expect(last(world)?.conclusion).toBe("action_required");
    await reviewed(world, "mira");
    expect(last(world)?.conclusion).toBe("success");
  });

  test("holds for the flag files that were looked at: another text needs it again, another README does not", LIMIT, async () => {
    const world = await opened(WAITS);
    world.push("more", { [PHOTOS]: on });
    world.pull(1, "more");
    await reviewed(world, "mira");
    expect(last(world)?.conclusion).toBe("success");
    world.push("more", { "README.md": "hello\n" });
    world.pull(1, "more");
    await world.told(1);
    expect(last(world)?.conclusion).toBe("success");
    world.push("more", { [PHOTOS]: on.replace("A flag.", "Another flag.") });
    world.pull(1, "more");
    await world.told(1);
    expect(last(world)?.conclusion).toBe("action_required");
  });

  test("is not asked of what does not wait, and a change cannot take its own away", LIMIT, async () => {
    const world = await opened(WAITS);
    world.push("words", { [PHOTOS]: off.replace("A flag.", "The flag.") });
    world.pull(1, "words");
    await world.told(1);
    expect(last(world)?.conclusion).toBe("success");
    world.push("weaker", { "sluice.yaml": project(TEAMS), [PHOTOS]: on });
    world.pull(1, "weaker");
    await world.told(1);
    expect(last(world)).toMatchObject({ conclusion: "action_required" });
    world.push("only", { "sluice.yaml": project(`${TEAMS}approvals:\n  - { environment: production, when: waits, from: [team-x], count: 1 }\n`) });
    world.pull(1, "only");
    await world.told(1);
    expect(last(world)?.conclusion).toBe("success");
  });

  test("of several people counts each once, and a mistake fails whoever agreed", LIMIT, async () => {
    const world = await opened("approvals:\n  - { when: any, count: 2 }\n");
    world.push("more", { [PHOTOS]: on });
    world.pull(1, "more");
    await reviewed(world, "mira");
    await reviewed(world, "mira");
    expect(last(world)).toMatchObject({ conclusion: "action_required", title: expect.stringContaining("1 approval missing") });
    await reviewed(world, "olga");
    expect(last(world)?.conclusion).toBe("success");
    world.push("more", { [PHOTOS]: on.replace("default: on\n", "default: onn\n") });
    world.pull(1, "more");
    await world.told(1);
    expect(last(world)?.conclusion).toBe("failure");
  });
});

describe("a merge queue", () => {
  test("has its own commit checked under the same name, with what several changes come to, and no comment", LIMIT, async () => {
    const world = await opened(WAITS);
    const ref = "gh-readonly-queue/main/pr-1-abc";
    const headSha = world.push(ref, { [PHOTOS]: on, "flags/site.other.yaml": flagFile("site.other", "    default: onn\n") });
    const group = {
      head_sha: headSha,
      base_sha: gitIn(world.github.folder ?? "", "rev-parse", "main"),
      head_ref: `refs/heads/${ref}`,
      base_ref: "refs/heads/main",
    };
    await world.github.deliver("merge-group-checks-requested", { merge_group: group });
    await world.app.settled();
    expect(world.github.checkRuns).toMatchObject([{ name: "Sluice", headSha, conclusion: "failure", title: "1 mistake" }]);
    world.push(ref, { "flags/site.other.yaml": flagFile("site.other") });
    const mended = { ...group, head_sha: gitIn(world.github.folder ?? "", "rev-parse", ref) };
    await world.github.deliver("merge-group-checks-requested", { merge_group: mended });
    await world.app.settled();
    expect(last(world)).toMatchObject({ headSha: mended.head_sha, conclusion: "success" });
    expect(world.github.comments.size).toBe(0);
  });

  test("whose branch is gone, or of another branch, is left alone", LIMIT, async () => {
    const world = await opened("");
    const sha = "0".repeat(40);
    const group = { head_sha: sha, base_sha: sha, head_ref: "refs/heads/gh-readonly-queue/main/x", base_ref: "refs/heads/main" };
    await world.github.deliver("merge-group-checks-requested", { merge_group: group });
    await world.github.deliver("merge-group-checks-requested", { merge_group: { ...group, base_ref: "refs/heads/next" } });
    await world.github.deliver("merge-group-destroyed", { merge_group: group });
    await world.app.settled();
    expect(world.github.checkRuns).toEqual([]);
  });
});

describe("a fork", () => {
  test("is checked as data, and its author learns nothing of the server's customers", LIMIT, async () => {
    const world = await opened("");
    const asked = flagFile("site.photos", "    default: off\n    rules:\n      - { id: some, if: { customer: { in: [acme] } }, serve: on }\n");
    const mark = join(tmpdir(), `sluice-was-run-${process.pid}`);
    const evil = `import { writeFileSync } from "node:fs";\nwriteFileSync(${JSON.stringify(mark)}, "");\nexport const check = () => [{ message: "I was run." }];\n`;
    const style = "style:\n  custom:\n    - { id: custom/evil, module: rules/evil.mjs, message: Names. }\n";
    world.push("theirs", { "sluice.yaml": project(style), [PHOTOS]: asked, ".gitattributes": "*.yaml filter=evil\n", "rules/evil.mjs": evil });
    world.pull(1, "theirs", { author: "mallory", headRepository: "mallory/flags" });
    await world.told(1, "pull-request-opened");
    // The guide's other rules are asked, and find flags without dates.
    const titles = (world.github.checkRuns[0]?.annotations ?? []).map((one) => one["title"]);
    expect([titles.includes("life/expires"), titles.includes("custom/evil"), existsSync(mark)]).toEqual([true, false, false]);
    expect(world.sent).not.toContain("I was run");
    expect(world.comment).toContain("who gets what may change.");
    expect(world.comment).toContain("Waits for a person to decide.");
    expect(world.comment).toContain("are not counted for a change from a fork");
    expect(world.comment).not.toMatch(/\d of 3|3 customers/);
  });

  test("has its mistakes beside their lines, and nothing that it writes becomes a link or a mention", LIMIT, async () => {
    const world = await opened("");
    const evil = "    default: off\n    rules:\n      - { id: '@acme/all ![x](https://evil.example/x.png)', if: { plan: { in: [a] } }, serve: on }\n";
    world.push("theirs", { [PHOTOS]: flagFile("site.photos", evil), "flags/site.other.yaml": flagFile("site.other", "    default: onn\n") });
    world.pull(1, "theirs", { author: "mallory", headRepository: "mallory/flags" });
    await world.told(1);
    expect(world.github.checkRuns[0]?.annotations.length).toBeGreaterThan(0);
    world.push("theirs", { "flags/site.other.yaml": flagFile("site.other") });
    world.pull(1, "theirs", { author: "mallory", headRepository: "mallory/flags" });
    await world.told(1);
    expect(world.comment).toContain("evil.example");
    expect(world.comment).not.toMatch(/(^|[^\u200b\\])@acme|!\[x\]\(/);
  });
});

describe("CODEOWNERS", () => {
  test("that is not what the flags' owners say is told, and one that nobody asked for is not", LIMIT, async () => {
    const world = await opened(TEAMS);
    world.push("more", { [PHOTOS]: on, CODEOWNERS: "* @acme/all\n" });
    world.pull(1, "more");
    await world.told(1);
    expect(world.github.checkRuns[0]?.annotations).toEqual([]);
    world.push("more", { CODEOWNERS: "* @acme/all\n\n# sluice:begin\n/flags/site.photos.yaml @acme/old\n# sluice:end\n" });
    world.pull(1, "more");
    await world.told(1);
    expect(last(world)?.conclusion).toBe("success");
    expect(world.github.checkRuns.at(-1)?.annotations).toMatchObject([{ path: "CODEOWNERS", annotation_level: "warning" }]);
    expect(world.comment).toContain("run `sluice codeowners --write`");
  });
});
