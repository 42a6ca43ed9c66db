import { expect, test } from "vitest";
import { describedWebhook } from "./testing/described.ts";
import { readWebhook, WebhookUnreadable } from "./webhook-event.ts";

const SHA = "a".repeat(40);
const repository = { full_name: "acme/flags" };
const read = (webhook: string, name: string, own: object): unknown => readWebhook(name, describedWebhook(webhook, { repository, ...own }), "Acme/Flags");

test("each webhook that GitHub describes is read as what it means for flags", () => {
  expect(read("pull-request-opened", "pull_request", { pull_request: { number: 7 } })).toEqual({ kind: "pullRequest", number: 7 });
  expect(read("pull-request-synchronize", "pull_request", { pull_request: { number: 8 } })).toEqual({ kind: "pullRequest", number: 8 });
  expect(read("pull-request-review-dismissed", "pull_request_review", { pull_request: { number: 7 } })).toEqual({ kind: "review", number: 7 });
  expect(read("check-run-rerequested", "check_run", { check_run: { head_sha: SHA, pull_requests: [{ number: 7 }] } })).toEqual({
    kind: "again",
    headSha: SHA,
    pulls: [7],
  });
  expect(
    read("merge-group-checks-requested", "merge_group", {
      merge_group: { head_sha: SHA, base_sha: SHA, head_ref: "refs/heads/q", base_ref: "refs/heads/main" },
    }),
  ).toEqual({
    kind: "mergeGroup",
    headSha: SHA,
    baseSha: SHA,
    headRef: "refs/heads/q",
    baseBranch: "main",
  });
  expect(read("push", "push", { ref: "refs/heads/a/b" })).toEqual({ kind: "push", branch: "a/b" });
  expect(read("push", "push", { ref: "refs/tags/v1" })).toEqual({ kind: "other" });
  expect(read("ping", "ping", {})).toEqual({ kind: "other" });
  expect(readWebhook("installation", describedWebhook("installation-suspend", {}), "acme/flags")).toEqual({ kind: "installation" });
});

test("one of another repository, or of a name that newer versions have, is none of ours", () => {
  expect(readWebhook("push", describedWebhook("push", { ref: "refs/heads/main", repository: { full_name: "acme/other" } }), "acme/flags")).toEqual({
    kind: "other",
  });
  expect(readWebhook("star", { action: "created", repository }, "acme/flags")).toEqual({ kind: "other" });
});

test("one that lacks a field, or has it wrong, is refused with its name", () => {
  const wrong = (name: string, body: unknown): string => {
    try {
      readWebhook(name, body, "acme/flags");
    } catch (error) {
      if (error instanceof WebhookUnreadable) return error.message;
      throw error;
    }
    return "read";
  };
  expect(wrong("pull_request", { action: "opened", pull_request: {} })).toMatch(/^pull_request\.number: /);
  expect(wrong("push", { ref: 7 })).toMatch(/^ref: /);
  expect(
    wrong("merge_group", { action: "checks_requested", merge_group: { head_sha: "--upload-pack=x", base_sha: SHA, head_ref: "r", base_ref: "r" } }),
  ).toMatch(/^merge_group\.head_sha: /);
  expect(wrong("push", [])).not.toBe("read");
  expect(wrong("push", null)).not.toBe("read");
});
