import { expect, test } from "vitest";
import { readAppSettings, settingsAt } from "./app-settings.ts";

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

test("the same App is at other repositories of the same GitHub, and nowhere else", () => {
  const at = (source: string, main?: string): unknown => settingsAt(read({}, main), source)?.repository;
  const shop = { owner: "acme", name: "shop" };
  for (const source of [
    "https://github.com/acme/shop.git",
    "git@github.com:acme/shop.git",
    "ssh://git@github.com/acme/shop",
    "https://user:token@github.com/acme/shop/",
  ])
    expect(at(source), source).toEqual(shop);
  for (const source of [
    "https://gitlab.com/acme/shop.git",
    "https://github.com.evil.example/acme/shop.git",
    "/srv/github.com/acme/shop.git",
    "folder:/srv/shop",
    "https://github.com/shop",
  ])
    expect(at(source), source).toBeUndefined();
  const own = "https://git.example.com:8443/acme/flags.git";
  expect(at("https://git.example.com:8443/acme/shop.git", own)).toEqual(shop);
  expect(at("https://github.com/acme/shop.git", own)).toBeUndefined();
});

test("what cannot be used is refused with what to do", () => {
  expect(() => readAppSettings("{", "x")).toThrow("no JSON");
  expect(() => read({ webhook_secret: "short" })).toThrow("webhook_secret must have at least 16 characters");
  expect(() => read({ id: "7" })).toThrow("sluice github-app create");
  expect(() => read({}, "flags")).toThrow('write "repository"');
});
