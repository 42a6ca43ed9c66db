import { expect, test } from "vitest";
import { readAppSettings } from "./app-settings.ts";

const file = { id: 7, pem: "a key", webhook_secret: "0123456789abcdef" };
const read = (own: object, source = "https://github.com/acme/flags.git"): ReturnType<typeof readAppSettings> =>
  readAppSettings(JSON.stringify({ ...file, ...own }), source);

test("the repository and the API are found by the address that is served", () => {
  const found = (source: string): string => {
    const { repository, api } = read({}, source);
    return `${repository.owner}/${repository.name} ${api}`;
  };
  expect(found("https://github.com/acme/flags.git")).toBe("acme/flags https://api.github.com");
  expect(found("git@github.com:acme/my.flags.git")).toBe("acme/my.flags https://api.github.com");
  expect(found("https://git.example.com/acme/flags/")).toBe("acme/flags https://git.example.com/api/v3");
  expect(read({ repository: "b/c", api: "http://127.0.0.1:1" }, "/srv/x")).toMatchObject({ repository: { owner: "b", name: "c" }, api: "http://127.0.0.1:1" });
});

test("what cannot be used is refused with what to do", () => {
  expect(() => readAppSettings("{", "x")).toThrow("no JSON");
  expect(() => read({ webhook_secret: "short" })).toThrow("webhook_secret must have at least 16 characters");
  expect(() => read({ id: "7" })).toThrow("sluice github-app create");
  expect(() => read({}, "flags")).toThrow('write "repository"');
});
