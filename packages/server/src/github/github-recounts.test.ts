import { gitIn } from "@sluice/github/testing";
import type { Facts } from "@sluice/releases";
import { afterEach, describe, expect, test } from "vitest";
import { AppWorld, closeAppWorlds } from "../testing/app-world.ts";
import { flagFile, MINUTE, settle } from "../testing/office.ts";

const PHOTOS = "flags/site.photos.yaml";
const start = {
  "sluice.yaml": "project: p\nenvironments: { production: {} }\n",
  [PHOTOS]: flagFile("site.photos"),
  "flags/site.other.yaml": flagFile("site.other"),
};
const on = (key: string): string => flagFile(key, "    default: on\n");
const forSome = (...customers: readonly string[]): string =>
  flagFile("site.photos", `    default: off\n    rules:\n      - { id: some, if: { customer: { in: [${customers.join(", ")}] } }, serve: on }\n`);
const LIMIT = { timeout: 240_000 };

afterEach(async () => expect((await closeAppWorlds()).failures).toEqual([]));

async function happened({ office }: AppWorld, facts: Facts): Promise<void> {
  const command = `happened-${facts.kind}-${office.plane.decisions.seq}`;
  await office.store.append([{ command, atMs: office.time.nowMs, facts, personal: { by: "admin" } }], undefined);
  office.plane.hint();
  await office.plane.freshen();
  await settle();
}

/** So much later, and when everything about it is said. */
async function later(world: AppWorld, minutes: number): Promise<void> {
  await world.office.time.turnTo(world.office.time.nowMs + minutes * MINUTE);
  await world.app.settled();
}

/** A world with two pull requests that were told of. */
async function opened(): Promise<AppWorld> {
  const world = await AppWorld.open({ files: start });
  world.push("more", { [PHOTOS]: forSome("acme", "bolt") });
  world.pull(1, "more");
  await world.told(1);
  world.push("other", { "flags/site.other.yaml": flagFile("site.other").replace("A flag.", "The other flag.") });
  world.pull(2, "other");
  await world.told(2);
  await later(world, 10);
  return world;
}
const said = (world: AppWorld): string | undefined => /site\.photos`\*\* in production: (.*)/.exec(world.comment)?.[1];
const askedOf = (world: AppWorld): number => world.github.asked.length;

describe("what was said of an open pull request", () => {
  test("is worked out again when the branch moves, a customer is registered or somebody decides, and stays where it is true", LIMIT, async () => {
    const world = await opened();
    const { office } = world;
    expect(said(world)).toBe("2 of 3 would get something else: 2 on.");
    await office.store.saveCustomers([{ id: "dune", key: "dune", name: "Canary Delta SE" }]);
    await happened(world, { kind: "customersChanged", set: [{ id: "dune", track: "standard", tags: [], hashes: { production: "d".repeat(16) } }] });
    await later(world, 2);
    expect(said(world)).toBe("2 of 4 would get something else: 2 on.");
    expect(world.github.checkRuns.at(-1)?.summary).toContain("2 of 4 would get something else: 2 on.");
    await later(world, 10);
    await happened(world, { kind: "flagsKilled", kill: "k1", environment: "production", flags: ["site.photos"] });
    await later(world, 2);
    expect(said(world)).toBe("none of the 4 asked would get anything else.");
    await happened(world, { kind: "killLifted", kill: "k1", environment: "production" });
    await later(world, 10);
    // Somebody else merges what this change does for one of the two.
    world.push("main", { [PHOTOS]: forSome("acme") });
    await office.plane.adoption.lookNow();
    const { enlargements } = (await office.ask("admin", "GET", "/api/enlargements")).body as { readonly enlargements: readonly { readonly form: string }[] };
    const accepted = { environment: "production", flag: "site.photos", form: enlargements[0]?.form, isAccepted: true };
    expect((await office.ask("admin", "POST", "/api/enlargements", accepted)).status).toBe(200);
    await later(world, 10);
    expect(said(world)).toBe("1 of 4 would get something else: 1 on.");
    expect(world.sent).not.toContain("Canary");
    expect(world.github.complaints).toEqual([]);
  });

  test("costs GitHub nothing while it is true, whatever is decided", LIMIT, async () => {
    const world = await opened();
    const before = askedOf(world);
    for (let at = 0; at < 5; at += 1) {
      await happened(world, { kind: "flagsKilled", kill: `k${at}`, environment: "production", flags: ["site.other"] });
      await later(world, 6);
    }
    // The sign-in of git that asks where the branch is now may be renewed; nothing else is asked.
    expect(world.github.asked.slice(before).filter((one) => !one.includes("access_tokens"))).toEqual([]);
    expect(said(world)).toBe("2 of 3 would get something else: 2 on.");
  });

  test("is worked out again at most every five minutes, and a hundred decisions in one go are one", LIMIT, async () => {
    const world = await opened();
    const killed = async (kill: string): Promise<void> => happened(world, { kind: "flagsKilled", kill, environment: "production", flags: ["site.photos"] });
    for (let at = 0; at < 100; at += 1) await killed(`a${at}`);
    expect(said(world)).toBe("2 of 3 would get something else: 2 on.");
    await later(world, 2);
    expect(said(world)).toBe("none of the 3 asked would get anything else.");
    const comments = (): number => world.github.asked.filter((one) => /^PATCH .*comments/.test(one)).length;
    const told = comments();
    for (let at = 0; at < 100; at += 1) await happened(world, { kind: "killLifted", kill: `a${at}`, environment: "production" });
    await later(world, 2);
    expect([said(world), comments()]).toEqual(["none of the 3 asked would get anything else.", told]);
    await later(world, 4);
    expect([said(world), comments()]).toEqual(["2 of 3 would get something else: 2 on.", told + 1]);
  });

  test("is of the moment in a merge queue, whatever was said before", LIMIT, async () => {
    const world = await opened();
    await world.office.store.saveCustomers([{ id: "dune", key: "dune", name: "Canary Delta SE" }]);
    await happened(world, { kind: "customersChanged", set: [{ id: "dune", track: "standard", tags: [], hashes: { production: "d".repeat(16) } }] });
    const headSha = world.push("gh-readonly-queue/main/pr-1", { [PHOTOS]: on("site.photos") });
    const bare = world.github.folder ?? "";
    const baseSha = gitIn(bare, "rev-parse", "refs/heads/main");
    await world.github.deliver("merge-group-checks-requested", {
      merge_group: { head_sha: headSha, head_ref: "refs/heads/gh-readonly-queue/main/pr-1", base_sha: baseSha, base_ref: "refs/heads/main" },
    });
    await world.app.settled();
    expect(world.github.checkRuns.find((run) => run.headSha === headSha)?.summary).toContain("4 of 4 would get something else: 4 on.");
    expect(said(world)).toBe("2 of 3 would get something else: 2 on.");
  });

  test("is worked out again once after the server was away, and asked about no more while it is true", LIMIT, async () => {
    const world = await opened();
    world.app.stop();
    await happened(world, { kind: "flagsKilled", kill: "k1", environment: "production", flags: ["site.photos"] });
    await world.restart();
    await later(world, 2);
    expect(said(world)).toBe("none of the 3 asked would get anything else.");
    expect(world.github.checkRuns.at(-1)?.summary).toContain("none of the 3 asked would get anything else.");
    await later(world, 25);
    const about = (asked: readonly string[]): readonly string[] => asked.filter((one) => !/access_tokens|pulls\?state=open|check-runs\?/.test(one));
    const before = askedOf(world);
    await later(world, 60);
    expect(about(world.github.asked.slice(before))).toEqual([]);
    await happened(world, { kind: "killLifted", kill: "k1", environment: "production" });
    await later(world, 2);
    expect(said(world)).toBe("2 of 3 would get something else: 2 on.");
    expect(world.github.complaints).toEqual([]);
  });

  test("is forgotten when it is closed", LIMIT, async () => {
    const world = await opened();
    world.pull(1, "more", { state: "closed" });
    await world.told(1);
    const before = askedOf(world);
    await happened(world, { kind: "flagsKilled", kill: "k1", environment: "production", flags: ["site.photos"] });
    await later(world, 6);
    expect(world.github.asked.slice(before).filter((one) => !one.includes("access_tokens"))).toEqual([]);
  });
});
