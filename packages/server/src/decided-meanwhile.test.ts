import type { Facts } from "@sluice/releases";
import { afterEach, expect, test } from "vitest";
import { closeOffices, flagFile, Office, settle } from "./testing/office.ts";

afterEach(() => closeOffices());

const ON = flagFile("site.photos", "    default: on\n");
const OFF = flagFile("site.photos", "    default: off\n");

/** Somebody else's decision, which this server hears of at once. */
async function happens({ store, plane, time }: Office, facts: Facts): Promise<void> {
  await store.append([{ command: `meanwhile-${facts.kind}`, atMs: time.nowMs, facts, personal: { by: "admin" } }], undefined);
  plane.hint();
  await plane.freshen();
  await settle();
}

test("what somebody decides while a commit is looked at counts for what the commit does", async () => {
  const office = new Office();
  office.commit({ "flags/site.photos.yaml": ON });
  await office.start();
  await office.plane.adoption.lookNow();
  const blobs = ["flags/site.photos.yaml", "sluice.yaml"].map((path) => [path, office.plane.decisions.files.get(path) ?? ""] as const);
  const toSeq = office.plane.decisions.seq;
  await happens(office, { kind: "flagsKilled", kill: "k1", environment: "production", flags: ["site.photos"] });
  const { askedSince } = office.store;
  let isFirst = true;
  office.store.askedSince = async (...given) => {
    const asked = await askedSince.apply(office.store, given);
    // While the server waits for this answer, somebody goes back to the form that has it on.
    if (isFirst) await happens(office, { kind: "flagReverted", revert: "r1", environment: "production", flag: "site.photos", toSeq, blobs });
    isFirst = false;
    return asked;
  };
  office.commit({ "flags/site.photos.yaml": OFF });
  await office.plane.adoption.lookNow();
  expect(isFirst).toBe(false);
  const { kills, reverts } = office.plane.decisions.environments["production"] ?? {};
  expect(office.plane.decisions.files.get("flags/site.photos.yaml")).not.toBe(blobs[0]?.[1]);
  // By Git alone the kill would have ended; with the revert its end would switch the flag on.
  expect([reverts?.size, kills?.size]).toEqual([1, 1]);
});
