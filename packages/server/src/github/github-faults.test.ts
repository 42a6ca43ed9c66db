import { afterEach, expect, test } from "vitest";
import { AppWorld, closeAppWorlds } from "../testing/app-world.ts";
import { DAY_ONE, flagFile, HOUR, MINUTE } from "../testing/office.ts";

const PHOTOS = "flags/site.photos.yaml";
const start = {
  "sluice.yaml": "project: p\nenvironments: { production: {} }\n",
  [PHOTOS]: flagFile("site.photos"),
  "flags/site.other.yaml": flagFile("site.other"),
};
const on = flagFile("site.photos", "    default: on\n");

/** Dozens of Git processes each. */
const LIMIT = { timeout: 240_000 };

const opened = (): Promise<AppWorld> => AppWorld.open({ files: start });
afterEach(async () => expect(await closeAppWorlds()).toEqual({ failures: [], complaints: [] }));

const trouble = (world: AppWorld): string | undefined => world.office.plane.adoption.health.github?.trouble;

test("an outage of GitHub's is waited out: the check comes when it is over, and health says why until then", LIMIT, async () => {
  const world = await opened();
  world.push("more", { [PHOTOS]: on });
  world.pull(1, "more");
  world.github.troubles.push(...Array.from({ length: 8 }, () => ({ status: 502 })));
  await world.told(1);
  expect(world.github.checkRuns).toEqual([]);
  expect(trouble(world)).toContain("status 502");
  for (let minute = 1; minute < 10 && world.github.checkRuns.length === 0; minute += 1) {
    await world.office.time.turnTo(DAY_ONE + minute * MINUTE);
    await world.app.settled();
  }
  expect(world.github.checkRuns).toMatchObject([{ conclusion: "success" }]);
  expect(world.comment).toContain("3 of 3");
  expect(trouble(world)).toBe(undefined);
});

test("a secondary limit of an hour is kept: nothing is asked before, whatever comes in", LIMIT, async () => {
  const world = await opened();
  world.push("more", { [PHOTOS]: on });
  world.pull(1, "more");
  world.push("other", { "flags/site.other.yaml": flagFile("site.other", "    default: on\n") });
  world.pull(2, "other");
  await world.told(2);
  world.github.troubles.push({ status: 403, headers: { "retry-after": "3600" }, of: /^POST .*check-runs$/ });
  await world.told(1);
  const asked = world.github.asked.length;
  await world.told(2, "pull-request-synchronize");
  await world.office.time.turnTo(DAY_ONE + 59 * MINUTE);
  await world.app.settled();
  expect(world.github.asked.length).toBe(asked);
  await world.office.time.turnTo(DAY_ONE + HOUR);
  await world.app.settled();
  expect(world.github.comments.get(1)?.length).toBe(1);
});

test("an App that was taken away changes nothing of what is served, says so, and goes on when it is back", LIMIT, async () => {
  const world = await opened();
  const served = JSON.stringify(world.office.plane.state("production")?.snapshot);
  world.github.installation = "removed";
  world.github.endTokens();
  const commit = world.push("main", { [PHOTOS]: on });
  await world.github.deliver("installation-deleted", {});
  await world.app.settled();
  await world.office.plane.adoption.lookNow();
  const { health } = world.office.plane.adoption;
  expect(health.github).toEqual({ app: 4_711, trouble: "the GitHub App is not installed on acme/flags" });
  expect(health.trouble).toBe("the GitHub App is not installed on acme/flags");
  expect(JSON.stringify(world.office.plane.state("production")?.snapshot)).toBe(served);
  world.push("more", { "flags/site.other.yaml": flagFile("site.other", "    default: on\n") });
  world.pull(1, "more");
  world.github.installation = "there";
  await world.github.deliver("installation-created", {});
  await world.app.settled();
  await world.office.plane.adoption.lookNow();
  expect(world.github.checkRuns).toMatchObject([{ conclusion: "success" }]);
  expect([world.office.plane.decisions.commit, trouble(world), world.office.plane.adoption.health.trouble]).toEqual([commit, undefined, undefined]);
});

test("pull requests that were opened while nobody listened are found, those that have their check are not looked at again", LIMIT, async () => {
  const world = await opened();
  world.push("more", { [PHOTOS]: on });
  world.pull(1, "more");
  await world.told(1);
  world.push("other", { "flags/site.other.yaml": flagFile("site.other", "    default: on\n") });
  world.pull(2, "other");
  world.app.start();
  await world.app.settled();
  expect(world.github.checkRuns.length).toBe(2);
  expect(world.github.asked.filter((one) => one.startsWith("GET /repos/acme/flags/pulls/1")).map((one) => one.split("?")[0])).toEqual([
    "GET /repos/acme/flags/pulls/1",
  ]);
});

test("a token that GitHub has ended is renewed in the middle of a review", LIMIT, async () => {
  const world = await opened();
  world.push("more", { [PHOTOS]: on });
  world.pull(1, "more");
  await world.told(1);
  world.github.endTokens();
  world.push("more", { [PHOTOS]: flagFile("site.photos") });
  world.pull(1, "more");
  await world.told(1);
  expect(world.github.checkRuns.map(({ title }) => title)).toEqual(["No mistakes, 1 change waits for a person", "No flag file changes"]);
  expect(world.comment).toContain("nothing changes");
});
