// Takes what the stand-in of GitHub is held against out of GitHub's own descriptions: the operations and webhooks that Sluice uses, without
// words and examples. Run by hand when one is added, with the two packages unpacked (`npm pack @octokit/openapi @octokit/openapi-webhooks`):
//   node tools/github-description.ts <openapi>/generated/api.github.com.json <openapi-webhooks>/generated/api.github.com.json
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const OPERATIONS: readonly string[] = [
  "GET /repos/{owner}/{repo}/installation",
  "POST /app/installations/{installation_id}/access_tokens",
  "POST /app-manifests/{code}/conversions",
  "GET /repos/{owner}/{repo}/commits/{ref}/check-runs",
  "POST /repos/{owner}/{repo}/check-runs",
  "PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}",
  "GET /repos/{owner}/{repo}/issues/{issue_number}/comments",
  "POST /repos/{owner}/{repo}/issues/{issue_number}/comments",
  "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}",
  "GET /repos/{owner}/{repo}/pulls",
  "POST /repos/{owner}/{repo}/pulls",
  "GET /repos/{owner}/{repo}/pulls/{pull_number}",
  "GET /repos/{owner}/{repo}/pulls/{pull_number}/files",
  "GET /repos/{owner}/{repo}/pulls/{pull_number}/comments",
  "GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews",
  "POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews",
  "GET /repos/{owner}/{repo}/git/ref/{ref}",
  "POST /repos/{owner}/{repo}/git/refs",
  "PATCH /repos/{owner}/{repo}/git/refs/{ref}",
  "GET /orgs/{org}/teams/{team_slug}/memberships/{username}",
];

const WEBHOOKS: readonly string[] = [
  "check-run-rerequested",
  "installation-created",
  "installation-deleted",
  "installation-suspend",
  "installation-unsuspend",
  "merge-group-checks-requested",
  "merge-group-destroyed",
  "ping",
  "pull-request-edited",
  "pull-request-opened",
  "pull-request-ready-for-review",
  "pull-request-reopened",
  "pull-request-synchronize",
  "pull-request-review-dismissed",
  "pull-request-review-submitted",
  "push",
];

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
const WORDS = new Set(["description", "example", "examples", "summary", "externalDocs", "title"]);

/** Without words; a property may have any name. */
function bare(value: Json, isNames = false): Json {
  if (Array.isArray(value)) return value.map((one) => bare(one));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, one]) =>
      !isNames && (WORDS.has(name) || name.startsWith("x-")) ? [] : [[name, bare(one, !isNames && name === "properties")]],
    ),
  );
}

/** What a chain of names leads to. */
const at = (value: Json | undefined, ...names: readonly string[]): Json | undefined =>
  names.reduce<Json | undefined>(
    (now, name) => (typeof now === "object" && now !== null && !Array.isArray(now) ? Object.entries(now).find(([one]) => one === name)?.[1] : undefined),
    value,
  );
const named = (value: Json | undefined): readonly (readonly [string, Json])[] =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
const listed = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

const read = (path: string | undefined): Json => JSON.parse(readFileSync(path ?? "", "utf8"));
const [rest, hooks] = [read(process.argv[2]), read(process.argv[3])];

/** The schemas that a value leads to, by name. */
function schemasOf(value: Json, all: Readonly<Record<string, Json>>): Readonly<Record<string, Json>> {
  const found = new Map<string, Json>();
  const look = (text: string): void => {
    for (const [, name = ""] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (found.has(name)) continue;
      const schema = bare(all[name] ?? false);
      found.set(name, schema);
      look(JSON.stringify(schema));
    }
  };
  look(JSON.stringify(value));
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const resolved = (one: Json): Json => {
  const ref = at(one, "$ref");
  return typeof ref === "string" ? (at(rest, ...ref.split("/").slice(1)) ?? null) : one;
};

const operations: readonly Json[] = OPERATIONS.map((wanted) => {
  const [method = "", path = ""] = wanted.split(" ");
  const item = at(rest, "paths", path);
  const operation = at(item, method.toLowerCase());
  if (operation === undefined) throw new Error(`${wanted} is not described`);
  const parameters = [...listed(at(item, "parameters")), ...listed(at(operation, "parameters"))].map(resolved);
  return {
    method,
    path,
    parameters: parameters.map((one) => ({
      name: at(one, "name") ?? "",
      in: at(one, "in") ?? "",
      required: at(one, "required") ?? false,
      schema: bare(at(one, "schema") ?? {}),
    })),
    request: bare(at(operation, "requestBody", "content", "application/json", "schema") ?? null),
    responses: Object.fromEntries(
      named(at(operation, "responses")).flatMap(([status, one]) => {
        const schema = at(resolved(one), "content", "application/json", "schema");
        return status.startsWith("2") && schema !== undefined ? [[status, bare(schema)]] : [];
      }),
    ),
  };
});
const webhooks = Object.fromEntries(
  WEBHOOKS.map((name) => [name, bare(at(hooks, "webhooks", name, "post", "requestBody", "content", "application/json", "schema") ?? null)]),
);

const licence = "MIT License, Copyright (c) 2020 Octokit contributors; the text stands in LICENSE beside this file";
const write = (name: string, source: string, content: object): void =>
  writeFileSync(join(import.meta.dirname, "../packages/github/src/testing", name), `${JSON.stringify({ source, licence, ...content }, null, 1)}\n`);
write(
  "rest-description.json",
  `@octokit/openapi ${String(at(rest, "info", "version"))} (GitHub's REST API), the operations that Sluice uses, without words and examples`,
  {
    operations,
    schemas: schemasOf(operations, Object.fromEntries(named(at(rest, "components", "schemas")))),
  },
);
write(
  "webhook-description.json",
  `@octokit/openapi-webhooks ${process.argv[4] ?? ""} (GitHub's webhooks), those that Sluice takes, without words and examples`,
  {
    webhooks,
    schemas: schemasOf(webhooks, Object.fromEntries(named(at(hooks, "components", "schemas")))),
  },
);
