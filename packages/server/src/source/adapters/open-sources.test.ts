import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SourceRefused } from "../source.ts";
import { listedSources, openSources, planeSources } from "./open-sources.ts";

const root = mkdtempSync(join(tmpdir(), "sluice-open-"));
const at = (path: string): string => join(root, path);
afterAll(() => rmSync(root, { recursive: true, force: true }));

beforeAll(() => {
  for (const name of ["a", "b"]) {
    mkdirSync(at(`mono/services/${name}/flags`), { recursive: true });
    writeFileSync(at(`mono/services/${name}/flags/${name}.yaml`), `key: ${name}\n`);
  }
  const git = (...args: readonly string[]): unknown =>
    execFileSync("git", ["-C", at("mono"), "-c", "user.name=M", "-c", "user.email=m@example.com", ...args], {
      stdio: "ignore",
      env: { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null" },
    });
  git("init", "-q", "-b", "main");
  git("add", "-A");
  git("commit", "-q", "-m", "begin");
});

const main = { url: "https://user:secret@git.example.com/acme/flags.git", branch: "main", folder: "" };
const nobody = (): undefined => undefined;

test("folders of one branch share a mirror, each with its own files; another sign-in has another", async () => {
  const one = { url: at("mono"), branch: "main" };
  const further = [
    { name: "a", ...one, folder: "services/a" },
    { name: "b", ...one, folder: "services/b" },
    { name: "c", ...one, folder: "services/b", tokenFile: at("token") },
  ];
  const opened = openSources({ main, further, data: at("data"), signers: {}, signInAt: nobody });
  const mirrors = ["a", "b", "c"].map((name) => opened.further.get(name)?.git?.options.mirror);
  expect(mirrors[0]).toBe(mirrors[1]);
  expect(new Set([opened.main.git?.options.mirror, ...mirrors]).size).toBe(3);
  const sources = planeSources(opened).further.slice(0, 2);
  const tips = await Promise.all(sources.map((source) => source.fetch()));
  const trees = await Promise.all(sources.map((source, index) => source.tree(tips[index] ?? "")));
  expect(trees.map(({ files }) => files.map(([path]) => path))).toEqual([["flags/@a/a.yaml"], ["flags/@b/b.yaml"]]);
  expect(readdirSync(at("data/sources"))).toHaveLength(1);
});

test("where a source is says no password, and a folder on disk is read as it is", async () => {
  const further = [
    { name: "disk", url: `folder:${at("mono/services/a")}`, branch: "main", folder: "" },
    { name: "ssh", url: "ssh://git:secret@git.example.com/x.git", branch: "trunk", folder: "flags/" },
  ];
  const opened = openSources({ main, further, data: at("data"), signers: {}, signInAt: nobody });
  expect([...planeSources(opened).places]).toEqual([
    ["", "https://git.example.com/acme/flags.git, branch main"],
    ["disk", at("mono/services/a")],
    ["ssh", "ssh://git@git.example.com/x.git, branch trunk, folder flags"],
  ]);
  expect(opened.further.get("disk")?.git).toBeUndefined();
  const [disk] = planeSources(opened).further;
  expect((await disk?.tree((await disk.fetch()) ?? ""))?.files.map(([path]) => path)).toEqual(["flags/@a/a.yaml".replace("@a", "@disk")]);
});

test("a token file goes before the sign-in of the App, is read anew each time, and must hold one token", async () => {
  writeFileSync(at("token"), "first\n");
  const further = [{ name: "shop", url: "https://git.example.com/acme/shop.git", branch: "main", folder: "", tokenFile: at("token") }];
  const opened = openSources({ main, further, data: at("data"), signers: {}, signInAt: () => async () => "of the App" });
  const signIn = opened.further.get("shop")?.git?.options.signIn;
  expect([await signIn?.(), await opened.main.git?.options.signIn?.()]).toEqual(["first", "of the App"]);
  writeFileSync(at("token"), "second");
  expect(await signIn?.()).toBe("second");
  writeFileSync(at("token"), "two words\n");
  await expect(signIn?.()).rejects.toThrow("does not hold a token");
});

test("a list is read with files beside it, and every mistake of it keeps the server from starting", () => {
  writeFileSync(at("sources.yaml"), "shop: { url: x, tokenFile: secrets/shop }\n");
  expect(listedSources(at("sources.yaml"))).toMatchObject([{ name: "shop", tokenFile: at("secrets/shop") }]);
  expect(listedSources(undefined)).toEqual([]);
  writeFileSync(at("sources.yaml"), "shop: { ulr: x }\nMAIN: { url: y }\n");
  expect(() => listedSources(at("sources.yaml"))).toThrow(SourceRefused);
  expect(() => listedSources(at("sources.yaml"))).toThrow(
    /sources\.yaml:1:9 There is no field "ulr" here\.[\s\S]*sources\.yaml:2:1 "MAIN" is not the name of a source/,
  );
  expect(() => listedSources(at("nowhere.yaml"))).toThrow("the list of sources cannot be read");
});
