import { afterEach, describe, expect, test } from "vitest";
import { AppWorld, closeAppWorlds } from "../testing/app-world.ts";
import { flagFile } from "../testing/office.ts";

const PHOTOS = "flags/site.photos.yaml";
const start = {
  "sluice.yaml": "project: p\nenvironments: { production: {} }\n",
  [PHOTOS]: flagFile("site.photos"),
  "flags/site.other.yaml": flagFile("site.other"),
};
const on = flagFile("site.photos", "    default: on\n");
const forTwo = flagFile("site.photos", "    default: off\n    rules:\n      - { id: some, if: { customer: { in: [acme, bolt] } }, serve: on }\n");

/** Dozens of Git processes each. */
const LIMIT = { timeout: 240_000 };

const opened = (given: Partial<Parameters<typeof AppWorld.open>[0]> = {}): Promise<AppWorld> => AppWorld.open({ files: start, ...given });
afterEach(async () => expect((await closeAppWorlds()).failures).toEqual([]));

describe("a pull request", () => {
  test("gets a check and a comment with exact counts of the server's own customers, and no name of any", LIMIT, async () => {
    const world = await opened();
    const headSha = world.push("more", { [PHOTOS]: forTwo });
    world.pull(1, "more");
    await world.told(1, "pull-request-opened");
    const report = [
      "## Flags: no mistakes, 1 change waits for a person",
      "",
      "### What it means",
      "",
      "- **`site.photos`** in production: 2 of 3 would get something else: 2 on.",
      "  - Waits for a person to decide.",
      "  - More may get on by the rule some.",
      "  - https://flags.example.com/#/home",
      "Counted over the 3 customers of https://flags.example.com, by their key alone: what is not known of them is named.",
    ].join("\n");
    expect(world.github.checkRuns).toMatchObject([
      {
        name: "Sluice",
        headSha,
        status: "completed",
        conclusion: "success",
        title: "No mistakes, 1 change waits for a person",
        summary: report,
        annotations: [],
      },
    ]);
    expect(world.github.comments.get(1)?.map(({ body }) => body)).toEqual([`<!-- sluice review of / -->\n${report}`]);
    expect(world.sent).not.toContain("Canary");
    expect(world.github.complaints).toEqual([]);
  });

  test("with a mistake fails, and has it beside its line, by its path from the repository's root", LIMIT, async () => {
    const files = Object.fromEntries(Object.entries(start).map(([path, text]) => [`infra/${path}`, text]));
    const world = await opened({ folder: "infra", files });
    world.push("wrong", { [`infra/${PHOTOS}`]: on.replace("default: on", "default: onn") });
    world.pull(1, "wrong");
    await world.told(1);
    expect(world.github.checkRuns).toMatchObject([{ name: "Sluice (infra)", conclusion: "failure", title: "1 mistake" }]);
    expect(world.github.checkRuns[0]?.annotations).toMatchObject([{ path: `infra/${PHOTOS}`, start_line: 10, annotation_level: "failure" }]);
    expect(world.comment).toContain("Not said while a file has mistakes that keep its flag as it is served.");
  });

  test("that is mended has its one comment changed and a new check of its new commit", LIMIT, async () => {
    const world = await opened();
    world.push("wrong", { [PHOTOS]: on.replace("default: on", "default: onn") });
    world.pull(1, "wrong");
    await world.told(1, "pull-request-opened");
    world.push("wrong", { [PHOTOS]: on });
    world.pull(1, "wrong");
    await world.told(1);
    expect(world.github.checkRuns.map(({ conclusion }) => conclusion)).toEqual(["failure", "success"]);
    expect(world.github.comments.get(1)?.length).toBe(1);
    expect(world.comment).toContain("3 of 3 would get something else: 3 on.");
  });

  test("that changes no flag gets its check, for it may be a required one, and no comment", LIMIT, async () => {
    const world = await opened();
    world.push("docs", { "README.md": "hello\n" });
    world.pull(1, "docs");
    await world.told(1);
    expect(world.github.checkRuns).toMatchObject([{ conclusion: "success", title: "No flag file changes" }]);
    expect(world.comment).toBe("");
  });

  test("is not said to undo what others merged since it began", LIMIT, async () => {
    const world = await opened();
    world.push("mine", { [PHOTOS]: on });
    world.push("main", { "flags/site.other.yaml": flagFile("site.other", "    default: on\n") });
    await world.office.plane.adoption.lookNow();
    world.pull(1, "mine");
    await world.told(1);
    expect(world.comment).toContain("site.photos");
    expect(world.comment).not.toContain("site.other");
  });

  test("towards another branch, or closed, is left alone", LIMIT, async () => {
    const world = await opened();
    world.push("more", { [PHOTOS]: on });
    world.pull(1, "more", { baseRef: "release" });
    await world.told(1);
    world.pull(1, "more", { state: "closed" });
    await world.told(1);
    expect([world.github.checkRuns, world.comment]).toEqual([[], ""]);
  });

  test("is checked again when somebody asks for it at GitHub", LIMIT, async () => {
    const world = await opened();
    const headSha = world.push("more", { [PHOTOS]: on });
    world.pull(1, "more");
    await world.told(1);
    await world.github.deliver("check-run-rerequested", { check_run: { head_sha: headSha, pull_requests: [{ number: 1 }] } });
    await world.app.settled();
    expect(world.github.checkRuns.map((run) => [run.headSha, run.conclusion])).toEqual([
      [headSha, "success"],
      [headSha, "success"],
    ]);
  });
});

describe("what a machine can mend", () => {
  const onn = on.replace("default: on\n", "default: onn\n");

  test("is suggested beside its lines, once, and what GitHub shows no line of is not", LIMIT, async () => {
    const far = `${flagFile("site.third")}${"# a line\n".repeat(20)}`.replace("owner: team-x", "owner: team-x");
    const world = await opened({ files: { ...start, "flags/site.third.yaml": far.replace("kind: release", "kind: relase") } });
    world.push("wrong", { [PHOTOS]: onn, "flags/site.third.yaml": `${far.replace("kind: release", "kind: relase")}# the end\n` });
    world.pull(1, "wrong");
    await world.told(1, "pull-request-opened");
    await world.told(1);
    const made = world.github.reviewComments.get(1) ?? [];
    expect(made.map(({ path, startLine, line }) => [path, startLine, line])).toEqual([[PHOTOS, 10, 10]]);
    expect(made[0]?.body).toMatch(/```suggestion\n    default: on\n```$/);
    expect(world.github.complaints).toEqual([]);
  });

  test("is suggested once where GitHub made the review and lost the answer", LIMIT, async () => {
    const world = await opened();
    world.push("wrong", { [PHOTOS]: onn });
    world.pull(1, "wrong");
    world.github.troubles.push({ status: 502, isDone: true, of: /^POST .*reviews$/ });
    await world.told(1);
    expect(world.github.reviewComments.get(1)?.length).toBe(1);
  });

  test("without a mistake is the order that fmt gives", LIMIT, async () => {
    const world = await opened();
    const swapped = flagFile("site.photos", "    default: on\n").replace("description: A flag.\nkind: release\n", "kind: release\ndescription: A flag.\n");
    world.push("order", { [PHOTOS]: swapped });
    world.pull(1, "order");
    await world.told(1);
    expect(world.github.reviewComments.get(1)).toMatchObject([{ path: PHOTOS, startLine: 2, line: 3 }]);
    expect(world.github.reviewComments.get(1)?.[0]?.body).toContain("```suggestion\ndescription: A flag.\nkind: release\n```");
  });
});

describe("a webhook", () => {
  test("whose signature is wrong or missing is refused, and nothing is asked", LIMIT, async () => {
    const world = await opened();
    const asked = world.github.asked.length;
    const send = async (headers: Readonly<Record<string, string>>): Promise<number> =>
      (await fetch(world.github.hookUrl, { method: "POST", headers: { "x-github-event": "push", "x-github-delivery": "1", ...headers }, body: "{}" })).status;
    expect(await send({})).toBe(401);
    expect(await send({ "x-hub-signature-256": `sha256=${"0".repeat(64)}` })).toBe(401);
    expect(world.github.asked.length).toBe(asked);
  });

  test("that comes twice under one delivery is looked at once, and under another says nothing new", LIMIT, async () => {
    const world = await opened();
    world.push("more", { [PHOTOS]: on });
    world.pull(1, "more");
    const body = { number: 1, pull_request: { number: 1 } };
    const { id } = await world.github.deliver("pull-request-opened", body);
    await world.app.settled();
    const asked = world.github.asked.length;
    expect((await world.github.deliver("pull-request-opened", body, id)).status).toBe(202);
    await world.app.settled();
    expect(world.github.asked.length).toBe(asked);
    await world.github.deliver("pull-request-opened", body);
    await world.app.settled();
    expect([world.github.checkRuns.length, world.github.comments.get(1)?.length]).toEqual([1, 1]);
  });

  test("that comes late or out of order ends in what the pull request is now", LIMIT, async () => {
    const world = await opened();
    world.push("more", { [PHOTOS]: on });
    world.pull(1, "more");
    const headSha = world.push("more", { [PHOTOS]: forTwo });
    world.pull(1, "more");
    await Promise.all(
      ["pull-request-synchronize", "pull-request-opened", "pull-request-edited"].map((name) =>
        world.github.deliver(name, { number: 1, pull_request: { number: 1 } }),
      ),
    );
    await world.app.settled();
    expect(new Set(world.github.checkRuns.map((run) => run.headSha))).toEqual(new Set([headSha]));
    expect(world.comment).toContain("2 of 3");
    expect(world.github.checkRuns.length).toBe(1);
  });

  test("of a push makes the server look at once, and one of another branch does not", LIMIT, async () => {
    const world = await opened();
    const before = world.office.plane.decisions.commit;
    const commit = world.push("main", { "flags/site.third.yaml": flagFile("site.third") });
    await world.github.deliver("push", { ref: "refs/heads/other" });
    expect(world.office.plane.decisions.commit).toBe(before);
    await world.github.deliver("push", { ref: "refs/heads/main" });
    await world.office.plane.adoption.lookNow();
    expect(world.office.plane.decisions.commit).toBe(commit);
  });
});
