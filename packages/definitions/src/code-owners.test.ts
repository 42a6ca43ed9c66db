import { expect, test } from "vitest";
import { codeOwnersOf, codeOwnersState, withCodeOwners } from "./code-owners.ts";
import { parseProject } from "./project.ts";

const flag = (key: string, owner: string): string =>
  `key: ${key}\ndescription: A flag.\nkind: release\nowner: ${owner}\ntype: boolean\nenvironments: { production: { default: off } }\n`;

function ownersOf(owned: Readonly<Record<string, string>>, prefix = ""): ReturnType<typeof codeOwnersOf> {
  const project =
    'project: p\nenvironments: { production: {} }\nteams:\n  billing: { github: "@acme/billing" }\n  site: { github: ["@acme/site", "@mira"] }\n  ghost: {}\n';
  const files = Object.entries(owned).map(([key, owner]) => [`flags/${key.replaceAll(".", "/")}.yaml`, flag(key, owner)] as const);
  const parsed = parseProject({ files: new Map([["sluice.yaml", project], ...files]) });
  expect(parsed.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return codeOwnersOf(parsed, prefix);
}

test("a folder of one owner is one line, another one a line for each file, and what has no owner at the host has none", () => {
  const owned = { "billing.a": "billing", "billing.b": "billing", "site.photos.x": "site", "site.photos.y": "site", "site.z": "billing", "old.g": "ghost" };
  expect(ownersOf(owned)).toEqual({
    lines: ["/flags/billing/ @acme/billing", "/flags/site/photos/ @acme/site @mira", "/flags/site/z.yaml @acme/billing"],
    withoutHandle: ["ghost"],
  });
});

test("a folder in which one flag has no owner at the host is not given to the others' team", () => {
  expect(ownersOf({ "site.a": "site", "site.b": "ghost" }).lines).toEqual(["/flags/site/a.yaml @acme/site @mira"]);
});

test("lines begin at the repository's root", () => {
  expect(ownersOf({ a: "billing" }, "infra/my flags/").lines).toEqual(["/infra/my\\ flags/flags/ @acme/billing"]);
});

test("what others wrote into the file stays, byte for byte, and writing twice changes nothing", () => {
  const own = "* @acme/everybody\r\n\n/docs/ @mira # hers";
  const first = withCodeOwners(own, ["/flags/a/ @x"]);
  expect(first).toBe(`${own}\n\n${first.slice(own.length + 2)}`);
  expect(withCodeOwners(first, ["/flags/a/ @x"])).toBe(first);
  const more = `${first}\n/last/ @y\n`;
  const changed = withCodeOwners(more, ["/flags/b/ @z"]);
  expect(changed).toBe(more.replace("/flags/a/ @x", "/flags/b/ @z"));
  expect([codeOwnersState(own, []), codeOwnersState(more, ["/flags/a/ @x"]), codeOwnersState(more, ["/flags/b/ @z"])]).toEqual(["absent", "current", "stale"]);
});
