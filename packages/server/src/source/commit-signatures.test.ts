import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { GitDesk } from "../edits/adapters/git-desk.ts";
import type { TrustedSigners } from "./adapters/commit-signatures.ts";
import { GitSource } from "./adapters/git-source.ts";
import { SourceRefused } from "./source.ts";

const missing = ["ssh-keygen", "gpg"].filter((tool) => {
  try {
    execFileSync(tool, [tool === "gpg" ? "--version" : "-?"], { stdio: "ignore" });
    return false;
  } catch (error) {
    // ssh-keygen ends with 1 after its usage; only a command that is not there is missing.
    return error instanceof Error && "code" in error && error.code === "ENOENT";
  }
});
if (missing.length > 0) console.log(`skipped: signatures of commits, because ${missing.join(" and ")} is not on this machine.`);

const ada = { name: "Ada", email: "ada@example.com" };
let root = "";
let turn = 0;
/** Of this test alone. */
let repository = "";
let mirror = "";

/** Whoever runs these tests may have keys and settings of their own. */
const run = (command: string, args: readonly string[], folder: string, env: Readonly<Record<string, string>> = {}): string =>
  execFileSync(command, args, {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env["PATH"],
      HOME: root,
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_AUTHOR_NAME: "Ada",
      GIT_AUTHOR_EMAIL: ada.email,
      GIT_COMMITTER_NAME: "Ada",
      GIT_COMMITTER_EMAIL: ada.email,
      ...env,
    },
  }).trim();

/** Commits what is there, signed with an SSH key, a PGP key or not at all. */
function commit(text: string, by?: { readonly ssh: string } | { readonly gnupg: string }): string {
  writeFileSync(join(repository, "sluice.yaml"), text);
  run("git", ["add", "-A"], repository);
  const ssh = by !== undefined && "ssh" in by ? ["-c", "gpg.format=ssh", "-c", `user.signingkey=${by.ssh}`] : ["-c", `user.signingkey=${ada.email}`];
  const env = by !== undefined && "gnupg" in by ? { GNUPGHOME: by.gnupg } : {};
  run("git", [...ssh, "commit", "--quiet", ...(by === undefined ? ["--no-gpg-sign"] : ["-S"]), "-m", text.trim()], repository, env);
  return run("git", ["rev-parse", "HEAD"], repository);
}

const sourceWith = (signers: TrustedSigners): GitSource => new GitSource({ url: repository, branch: "main", folder: "", mirror, signers });

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "sluice-signers-"));
  if (missing.length > 0) return;
  for (const name of ["ada", "eve"]) run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", join(root, name)], root);
  writeFileSync(join(root, "allowed"), `${ada.email} namespaces="git" ${readFileSync(join(root, "ada.pub"), "utf8")}`);
  writeFileSync(join(root, "nobody"), "");
  for (const home of ["host", "stranger", "trusted"]) mkdirSync(join(root, home), { mode: 0o700 });
  for (const home of ["host", "stranger"])
    run("gpg", ["--batch", "--quiet", "--passphrase", "", "--quick-generate-key", `${home} <ada@example.com>`, "ed25519", "sign", "never"], root, {
      GNUPGHOME: join(root, home),
    });
  const exported = join(root, "host.asc");
  run("gpg", ["--batch", "--armor", "--output", exported, "--export"], root, { GNUPGHOME: join(root, "host") });
  run("gpg", ["--batch", "--quiet", "--import", exported], root, { GNUPGHOME: join(root, "trusted") });
});

afterAll(() => {
  for (const home of ["host", "stranger", "trusted"]) {
    try {
      run("gpgconf", ["--kill", "all"], root, { GNUPGHOME: join(root, home) });
    } catch {
      // No agent was started for this home.
    }
  }
  rmSync(root, { recursive: true, force: true });
});

beforeEach(() => {
  turn += 1;
  [repository, mirror] = [join(root, `repository-${turn}`), join(root, `mirror-${turn}`)];
  mkdirSync(repository);
  run("git", ["init", "--quiet", "--initial-branch=main"], repository);
});

describe.skipIf(missing.length > 0)("a source whose commits must be signed", () => {
  test("takes a commit of an allowed signer", async () => {
    const tip = commit("project: p\n", { ssh: join(root, "ada") });
    expect(await sourceWith({ allowedSigners: join(root, "allowed") }).fetch()).toBe(tip);
  });

  test.each([
    ["is not signed", undefined],
    ["a stranger's SSH key has signed", "eve"],
    ["a PGP key that nobody trusts has signed", "stranger"],
  ])("refuses a commit that %s, with its number and what to do, each time it is asked", async (_how, key) => {
    const tip = commit("project: p\n", key === undefined ? undefined : key === "eve" ? { ssh: join(root, key) } : { gnupg: join(root, key) });
    const source = sourceWith({ allowedSigners: join(root, "allowed"), gnupgHome: join(root, "trusted") });
    for (let time = 0; time < 2; time += 1)
      await expect(source.fetch()).rejects.toThrow(
        new RegExp(`^commit ${tip.slice(0, 7)} is not taken: none of the allowed signers has signed it.*push a signed commit`),
      );
    await expect(source.fetch()).rejects.toBeInstanceOf(SourceRefused);
  });

  test("takes unsigned commits once a signed one follows them, and a trusted PGP key beside SSH keys", async () => {
    const source = sourceWith({ allowedSigners: join(root, "allowed"), gnupgHome: join(root, "trusted") });
    commit("project: p\n");
    await expect(source.fetch()).rejects.toThrow("is not taken");
    const second = commit("project: q\n", { ssh: join(root, "ada") });
    expect(await source.fetch()).toBe(second);
    const merged = commit("project: r\n", { gnupg: join(root, "host") });
    expect(await source.fetch()).toBe(merged);
  });

  test("does not let a commit name its own signers, nor trust the keys of the server's account", async () => {
    run("git", ["config", "gpg.ssh.allowedSignersFile", join(repository, "allowed")], repository);
    writeFileSync(join(repository, "allowed"), `${ada.email} ${readFileSync(join(root, "eve.pub"), "utf8")}`);
    commit("project: p\n", { ssh: join(root, "eve") });
    await expect(sourceWith({ allowedSigners: join(root, "nobody") }).fetch()).rejects.toThrow("is not taken");
    const before = process.env["GNUPGHOME"];
    process.env["GNUPGHOME"] = join(root, "trusted");
    try {
      commit("project: q\n", { gnupg: join(root, "host") });
      await expect(sourceWith({ allowedSigners: join(root, "allowed") }).fetch()).rejects.toThrow("is not taken");
    } finally {
      if (before === undefined) delete process.env["GNUPGHOME"];
      else process.env["GNUPGHOME"] = before;
    }
  });

  test("says where the file of allowed signers should be", async () => {
    commit("project: p\n", { ssh: join(root, "ada") });
    await expect(sourceWith({ allowedSigners: join(root, "gone") }).fetch()).rejects.toThrow(`the file of allowed signers is not there: ${join(root, "gone")}`);
  });

  test("takes what Sluice itself has signed for a person", async () => {
    const parent = commit("project: p\n", { ssh: join(root, "ada") });
    const options = { url: repository, branch: "main", folder: "", mirror, signers: { allowedSigners: join(root, "allowed") } };
    const source = new GitSource(options);
    await source.fetch();
    run("git", ["checkout", "--quiet", "--detach"], repository);
    const wanted = {
      parent,
      files: new Map([["sluice.yaml", new TextEncoder().encode("project: s\n")]]),
      author: ada,
      committer: ada,
      message: "edit",
      atMs: 1_798_000_000_000,
    };
    const unsigned = await new GitDesk(options).commit(wanted);
    const signed = await new GitDesk(options, { signingKey: join(root, "ada") }).commit(wanted);
    const desk = new GitDesk(options);
    await desk.pushToBranch(unsigned);
    await expect(source.fetch()).rejects.toThrow("is not taken");
    run("git", ["branch", "--quiet", "--force", "main", parent], repository);
    await desk.pushToBranch(signed);
    expect(await source.fetch()).toBe(signed);
  });
});
