import { expect, test } from "vitest";
import { hookedSources } from "./hooked-sources.ts";

const places = new Map([
  ["", "https://github.com/acme/flags.git, branch main"],
  ["shop", "git@github.com:acme/shop.git, branch main"],
  ["billing", "ssh://git@git.acme.example:2222/mono/platform.git, branch trunk, folder services/billing"],
  ["search", "ssh://git@git.acme.example:2222/mono/platform.git, branch trunk, folder services/search"],
  ["local", "/srv/flags, branch main"],
]);
const hooked = (body: unknown): readonly (string | undefined)[] | undefined =>
  hookedSources(
    { method: "POST", url: "/hooks/git", headers: {}, body: new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body)), remote: "" },
    places,
  );

test.each([
  ["GitHub, by HTTPS", { repository: { clone_url: "https://github.com/acme/flags.git", html_url: "https://github.com/acme/flags" } }, [undefined]],
  ["GitHub, of a source by SSH", { repository: { clone_url: "https://github.com/acme/shop.git", ssh_url: "git@github.com:acme/shop.git" } }, ["shop"]],
  ["other letters", { repository: { html_url: "https://GitHub.com/Acme/Flags/" } }, [undefined]],
  ["GitLab, of two folders", { project: { git_ssh_url: "ssh://git@git.acme.example:2222/mono/platform.git" } }, ["billing", "search"]],
  ["a path", { repository: { url: "/srv/flags" } }, ["local"]],
])("%s finds its sources", (_host, body, names) => expect(hooked(body)).toEqual(names));

test.each([
  ["of another repository", { repository: { clone_url: "https://github.com/acme/other.git" } }],
  ["of a repository whose name begins the same", { repository: { clone_url: "https://github.com/acme/flags-2.git" } }],
  ["without a repository", { ref: "refs/heads/main" }],
  ["of another shape", { repository: ["https://github.com/acme/flags.git"] }],
  ["that is null", null],
  ["that is no JSON", "push"],
  ["that is empty", ""],
])("a hook %s has every source looked at", (_what, body) => expect(hooked(body)).toBeUndefined());
