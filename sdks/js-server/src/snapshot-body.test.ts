import { createHash } from "node:crypto";
import { layOutSnapshot } from "@sluice/evaluation";
import { expect, test } from "vitest";
import { openBody } from "./snapshot-body.ts";
import { snapshotAt } from "./testing/snapshots.ts";

const body = new TextEncoder().encode(layOutSnapshot(snapshotAt(3)));
const sha256 = `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;
const sha512 = `sha-512=:${createHash("sha512").update(body).digest("base64")}:`;

test.each([
  ["alone", sha256],
  ["behind another", `${sha512}, ${sha256}`],
  ["before another", `${sha256} , ${sha512}`],
])("a body that fits its digest is taken: %s", (_where, digest) => {
  const opened = openBody(body, digest);
  expect(opened.ok && opened.value.flags.toRecord()).toEqual(snapshotAt(3).flags);
});

test("a body with one bit changed is refused, though it could be read", () => {
  const changed = body.slice();
  const at = new TextDecoder().decode(body).indexOf('"site.diary"') + 3;
  changed[at] = (changed[at] ?? 0) ^ 1;
  expect(openBody(changed, undefined).ok).toBe(true);
  expect(openBody(changed, sha256)).toEqual({ ok: false, problem: [{ path: "", message: expect.stringContaining("changed on its way") }] });
});

test.each([
  ["none", undefined],
  ["of another algorithm", sha512],
  ["that is none", "sha-256=abc"],
  ["that is cut", sha256.slice(0, -3)],
])("with a digest %s, all of the body is checked", (_what, digest) => {
  expect(openBody(body, digest).ok).toBe(true);
  const broken = new TextEncoder().encode(new TextDecoder().decode(body).replace('"site.diary":{', '"site.diary":{{'));
  expect(openBody(broken, digest)).toMatchObject({ ok: false, problem: [{ message: expect.stringContaining("not JSON") }] });
});
