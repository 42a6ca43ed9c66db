// What can be wrong with a repository, in real Git: it is told in the same words by the server that takes the commit, by the command line and in
// the review of a change; everything else of the commit applies, and what is served of the rest stays.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { FlagForm } from "@sluice/evaluation";
import { afterEach, describe, expect, test } from "vitest";
import { parseFolder } from "../packages/cli/src/flag-folder.ts";
import { GitChanges } from "../packages/server/src/source/adapters/git-changes.ts";
import { GitSource } from "../packages/server/src/source/adapters/git-source.ts";
import { parseProject } from "../packages/definitions/src/index.ts";
import { closeOffices, Office } from "../packages/server/src/testing/office.ts";

const folders: string[] = [];
afterEach(async () => {
  await closeOffices();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const flagText = (key: string, served: "on" | "off", description = "A flag."): string =>
  `key: ${key}\ndescription: ${description}\nkind: ops\nowner: team-x\ntype: boolean\ncodeDefault: off\nenvironments:\n  production: { default: ${served} }\n`;
const PROJECT = "project: p\nenvironments: { production: {} }\n";
const HURT = "flags/shop/hurt.yaml";
const GOOD = "flags/shop/good.yaml";
const TEAM = "flags/team/one.yaml";

/** A repository with a work tree, and a server that follows its branch. */
class Repository {
  readonly root: string = mkdtempSync(join(tmpdir(), "sluice-hostile-"));
  readonly work: string = join(this.root, "work");
  readonly source: GitSource;
  readonly changes: GitChanges;
  readonly office: Office;

  constructor() {
    folders.push(this.root);
    mkdirSync(this.work);
    this.git("init", "--quiet", "--initial-branch=main");
    this.write("sluice.yaml", PROJECT);
    this.write(HURT, flagText("shop.hurt", "on"));
    this.write(GOOD, flagText("shop.good", "off"));
    this.write(TEAM, flagText("team.one", "on"));
    this.commit("begin");
    const options = { url: this.work, branch: "main", folder: "", mirror: join(this.root, "mirror") };
    this.source = new GitSource(options);
    this.changes = new GitChanges(this.source, options);
    this.office = new Office(this.source);
  }

  async start(): Promise<this> {
    await this.office.start();
    await this.look();
    return this;
  }

  git(...args: readonly string[]): string {
    const settings = ["-c", "user.name=V", "-c", "user.email=v@example.com", "-c", "commit.gpgsign=false", "-c", "protocol.file.allow=always"];
    return execFileSync("git", ["-C", this.work, ...settings, ...args], {
      encoding: "utf8",
      stdio: ["pipe", "pipe", "pipe"],
      env: { PATH: process.env["PATH"], HOME: this.root, GIT_CONFIG_NOSYSTEM: "1" },
    }).trim();
  }

  write(path: string, content: string | Uint8Array): void {
    mkdirSync(dirname(join(this.work, path)), { recursive: true });
    writeFileSync(join(this.work, path), content);
  }

  commit(subject: string): string {
    this.git("add", "--all");
    this.git("commit", "--quiet", "--allow-empty", "-m", subject);
    return this.git("rev-parse", "HEAD");
  }

  async look(): Promise<void> {
    await this.office.plane.adoption.lookNow();
  }

  served(flag: string): FlagForm | undefined {
    return this.office.plane.state("production")?.snapshot?.flags[flag];
  }

  /** What everybody gets. */
  answer(flag: string): string | undefined {
    const form = this.served(flag);
    return form && (form.default ?? "off");
  }

  get told(): readonly Told[] {
    const { problems, style = [] } = this.office.plane.adoption.health;
    return sorted([...problems, ...style]);
  }
}

interface Told {
  readonly file: string;
  readonly severity?: string | undefined;
  readonly message: string;
  readonly fix?: string | undefined;
}

const sorted = (told: readonly Told[]): readonly Told[] =>
  told.map(({ file, severity, message, fix }) => ({ file, severity, message, fix })).sort((a, b) => (a.file + a.message < b.file + b.message ? -1 : 1));

const error = (file: string, message: string, fix: string): Told => ({ file, severity: "error", message, fix });
const warning = (file: string, message: string, fix: string): Told => ({ file, severity: "warning", message, fix });
const unread = (file: string, why: string, fix = "Commit a regular text file of at most 1 MiB."): Told => error(file, `This file is not read: ${why}.`, fix);
const THEMSELVES = "Put the files themselves there: a server reads nothing but its own repository.";

interface Case {
  readonly name: string;
  readonly strike: (repository: Repository) => void;
  readonly told: readonly Told[];
  /** What the disk cannot show as the commit has it. */
  readonly isInGitAlone?: true;
}

const CASES: readonly Case[] = [
  {
    name: "UTF-16 with a byte-order mark",
    strike: (at) => at.write(HURT, Buffer.from(`\ufeff${flagText("shop.hurt", "off")}`, "utf16le")),
    told: [unread(HURT, "it is UTF-16", "Save it as UTF-8, as with: iconv -f UTF-16 -t UTF-8")],
  },
  {
    name: "Latin-1",
    strike: (at) => at.write(HURT, Buffer.from(flagText("shop.hurt", "off", "Größer."), "latin1")),
    told: [unread(HURT, "it is not UTF-8, first in line 2", "Save it as UTF-8; if it is Latin-1, as with: iconv -f LATIN1 -t UTF-8")],
  },
  { name: "NUL characters", strike: (at) => at.write(HURT, flagText("shop.hurt", "off", "A\u0000B")), told: [unread(HURT, "it holds NUL characters")] },
  {
    name: "a pointer of Git LFS",
    strike: (at) => at.write(HURT, `version https://git-lfs.github.com/spec/v1\noid sha256:${"4d7a".repeat(16)}\nsize 12345\n`),
    told: [
      unread(
        HURT,
        "it is a pointer of Git LFS, and what it points to is not in Git",
        "Take it out of Git LFS (git lfs untrack, in .gitattributes), and commit the file itself.",
      ),
    ],
  },
  {
    name: "a file of two mebibytes",
    strike: (at) => at.write(HURT, flagText("shop.hurt", "off").padEnd(2 << 20, "#")),
    told: [unread(HURT, "the file has 2097152 bytes, 1048576 are allowed")],
  },
  {
    name: "a merge that was committed with its markers",
    strike: (at) => {
      at.git("checkout", "--quiet", "-b", "theirs");
      at.write(HURT, flagText("shop.hurt", "off", "As they say."));
      at.commit("theirs");
      at.git("checkout", "--quiet", "main");
      at.write(HURT, flagText("shop.hurt", "off", "As we say."));
      at.commit("ours");
      expect(() => at.git("merge", "theirs")).toThrow();
    },
    told: [error(HURT, 'The line "<<<<<<< HEAD" is left over from a merge.', "Decide for one side, delete the markers, and commit again.")],
  },
  {
    name: "a symbolic link out of the tree",
    strike: (at) => {
      rmSync(join(at.work, HURT));
      symlinkSync("/etc/hostname", join(at.work, HURT));
    },
    told: [unread(HURT, "symbolic links are not followed")],
  },
  {
    name: "a folder that became a symbolic link out of the tree",
    strike: (at) => {
      rmSync(join(at.work, "flags/team"), { recursive: true });
      symlinkSync("/etc", join(at.work, "flags/team"));
    },
    told: [unread("flags/team", "symbolic links are not followed", THEMSELVES)],
  },
  {
    name: "a folder that became a submodule",
    strike: (at) => {
      const other = join(at.root, "other");
      at.git("init", "--quiet", other);
      writeFileSync(join(other, "one.yaml"), flagText("team.one", "off"));
      at.git("-C", other, "add", "--all");
      at.git("-C", other, "commit", "--quiet", "-m", "theirs");
      at.git("rm", "-r", "--quiet", "flags/team");
      at.git("submodule", "--quiet", "add", other, "flags/team");
    },
    told: [unread("flags/team", "submodules are not followed", THEMSELVES)],
  },
  {
    name: "a folder that is written otherwise",
    strike: (at) => {
      mkdirSync(join(at.work, "Flags"));
      at.git("mv", "flags/team", "Flags/team");
    },
    told: [unread("Flags/team/one.yaml", "its folder is called Flags", "Rename the folder: git mv Flags flags")],
  },
  {
    name: "a name whose end is written otherwise",
    strike: (at) => at.git("mv", TEAM, "flags/team/one.YAML"),
    told: [unread("flags/team/one.YAML", "its name ends in .YAML", "Let its name end in .yaml")],
  },
  {
    name: "two names that differ in case alone",
    strike: (at) => at.write("flags/shop/HURT.yaml", flagText("shop.hurt2", "off")),
    told: [
      warning("flags/shop/HURT.yaml", 'The key "shop.hurt2" is defined in flags/shop/HURT.yaml.', "Move the file to flags/shop/hurt2.yaml."),
      warning(
        HURT,
        "This path and flags/shop/HURT.yaml are one on disks without case: there, only one of the two is checked out.",
        "Rename one of the two, and the flag in it.",
      ),
    ],
  },
  {
    name: "a name that is not UTF-8",
    strike: (at) => writeFileSync(Buffer.from(`${at.work}/flags/shop/z\u00fcrich.yaml`, "latin1"), flagText("shop.zurich", "on")),
    told: [unread("flags/shop/z\ufffdrich.yaml", "its name is not UTF-8, or has control characters", "Rename it: git mv")],
  },
  {
    name: "a name with a line break",
    strike: (at) => at.write("flags/shop/a\nb.yaml", flagText("shop.break", "on")),
    told: [unread("flags/shop/a\nb.yaml", "its name is not UTF-8, or has control characters", "Rename it: git mv")],
  },
  {
    name: "a name as long as a disk can hold",
    strike: (at) => at.write(`flags/shop/${"x".repeat(250)}.yaml`, flagText("shop.long", "on")),
    told: [
      warning(
        `flags/shop/${"x".repeat(250)}.yaml`,
        `The key "shop.long" is defined in flags/shop/${"x".repeat(250)}.yaml.`,
        "Move the file to flags/shop/long.yaml.",
      ),
    ],
  },
  {
    name: "a name longer than a disk can hold",
    isInGitAlone: true,
    strike: (at) => {
      at.write("flags/shop/long.yaml", flagText("shop.long", "on"));
      const blob = at.git("hash-object", "-w", "flags/shop/long.yaml");
      rmSync(join(at.work, "flags/shop/long.yaml"));
      at.git("update-index", "--add", "--cacheinfo", `100644,${blob},flags/shop/${"x".repeat(1_000)}.yaml`);
    },
    told: [
      warning(
        `flags/shop/${"x".repeat(1_000)}.yaml`,
        `The key "shop.long" is defined in flags/shop/${"x".repeat(1_000)}.yaml.`,
        "Move the file to flags/shop/long.yaml.",
      ),
    ],
  },
  {
    name: "Windows line ends around a merge that was committed with its markers",
    strike: (at) => at.write(HURT, `${flagText("shop.hurt", "off")}<<<<<<< HEAD\n`.replaceAll("\n", "\r\n")),
    told: [error(HURT, 'The line "<<<<<<< HEAD" is left over from a merge.', "Decide for one side, delete the markers, and commit again.")],
  },
];

describe.each(CASES.map((one) => [one.name, one] as const))("%s", (_, { strike, told, isInGitAlone }) => {
  test("is told alike wherever somebody is told, and takes nothing with it", async () => {
    const at = await new Repository().start();
    const before = ["shop.hurt", "team.one"].map((flag) => at.served(flag));
    strike(at);
    at.write(GOOD, flagText("shop.good", "on"));
    at.git("add", "--", GOOD);
    if (isInGitAlone === undefined) at.git("add", "--all");
    const staged = sorted(parseFolder(at.work, { of: "index" }).parsed.diagnostics);
    at.git("commit", "--quiet", "-m", "hostile");
    await at.look();
    expect(at.told).toEqual(sorted(told));
    expect(at.office.plane.adoption.health.trouble).toBeUndefined();
    expect(staged).toEqual(at.told);
    if (isInGitAlone === undefined) expect(sorted(parseFolder(at.work).parsed.diagnostics)).toEqual(at.told);
    const tip = at.git("rev-parse", "HEAD");
    expect(sorted(parseProject({ files: await at.changes.files(tip) }).diagnostics)).toEqual(at.told);
    expect(["shop.hurt", "team.one"].map((flag) => at.served(flag))).toEqual(before);
    expect(at.answer("shop.good")).toBe("on");
  });
});

test("a byte-order mark of UTF-8, Windows line ends and a line of 900,000 characters are no mistakes, and are served", async () => {
  const at = await new Repository().start();
  at.write(HURT, `\ufeff${flagText("shop.hurt", "off").replaceAll("\n", "\r\n")}`);
  at.write(GOOD, flagText("shop.good", "on").replace("\n", `\n# ${"x".repeat(900_000)}\n`));
  at.commit("as editors save it");
  await at.look();
  expect(at.told).toEqual([]);
  expect([at.answer("shop.hurt"), at.answer("shop.good")]).toEqual(["off", "on"]);
});

test("what is said of a word of 900,000 characters can be read", async () => {
  const at = await new Repository().start();
  at.write(HURT, `${flagText("shop.hurt", "off")}${"y".repeat(900_000)}: 1\n`);
  at.write(GOOD, flagText("shop.good", "on", "x".repeat(900_000)).replace("kind: ops", `kind: ${"z".repeat(10_000)}`));
  at.commit("long words");
  await at.look();
  expect(at.told.length).toBeGreaterThan(0);
  for (const { message, fix = "" } of at.told) expect(message.length + fix.length, message.slice(0, 200)).toBeLessThan(4_000);
});

test("of a commit that breaks half of forty flags the other half applies, and the broken keep what they serve", async () => {
  const at = new Repository();
  const keys = Array.from({ length: 40 }, (_, index) => `many.flag-${index}`);
  const path = (key: string): string => `flags/${key.replace(".", "/")}.yaml`;
  for (const key of keys) at.write(path(key), flagText(key, "off"));
  at.commit("many");
  await at.start();
  const before = keys.map((key) => at.served(key));
  for (const [index, key] of keys.entries())
    at.write(path(key), index % 2 === 0 ? flagText(key, "on") : flagText(key, "on").replace("default: on", "default: onn"));
  at.commit("half of it is wrong");
  await at.look();
  expect(at.told.filter(({ severity }) => severity === "error").length).toBe(20);
  for (const [index, key] of keys.entries())
    if (index % 2 === 0) expect(at.answer(key), key).toBe("on");
    else expect(at.served(key), key).toEqual(before[index]);
  for (const key of keys) at.write(path(key), flagText(key, "on"));
  at.commit("mended");
  await at.look();
  expect([at.told, new Set(keys.map((key) => at.answer(key)))]).toEqual([[], new Set(["on"])]);
});

test("two flags whose keys differ in case alone are two, and their files are told to be one elsewhere", async () => {
  const at = new Repository();
  at.write("sluice.yaml", `${PROJECT}keys: "[A-Za-z.-]+"\n`);
  at.write("flags/shop/Hurt.yaml", flagText("shop.Hurt", "off"));
  at.commit("two");
  await at.start();
  expect([at.answer("shop.hurt"), at.answer("shop.Hurt")]).toEqual(["on", "off"]);
  expect(at.told.map(({ file, severity }) => [file, severity])).toEqual([[HURT, "warning"]]);
  // What a disk without case makes of the two, committed there: one content under both names.
  at.write("flags/shop/Hurt.yaml", readFileSync(join(at.work, HURT)));
  at.commit("from a disk without case");
  await at.look();
  expect([at.answer("shop.hurt"), at.answer("shop.Hurt")]).toEqual(["on", "off"]);
  expect(at.told.some(({ message, severity }) => severity === "error" && message === '"shop.hurt" is defined in flags/shop/hurt.yaml already.')).toBe(true);
});

test("a branch that was written anew, with nothing in common, is a change like any other; emptied and taken away it waits for a person", async () => {
  const at = await new Repository().start();
  const old = at.git("rev-parse", "HEAD");
  const anew = (): void => {
    at.git("checkout", "--quiet", "--orphan", "anew");
    at.git("branch", "--quiet", "--delete", "--force", "main");
    at.git("branch", "--quiet", "--move", "main");
  };
  anew();
  at.write(GOOD, flagText("shop.good", "on"));
  at.commit("written anew");
  await at.look();
  expect([at.answer("shop.good"), at.answer("shop.hurt")]).toEqual(["on", "on"]);
  anew();
  at.git("rm", "--quiet", "-r", "--cached", "flags");
  at.git("commit", "--quiet", "-m", "emptied");
  await at.look();
  expect(at.office.plane.adoption.health.held).toBe(at.git("rev-parse", "HEAD"));
  at.git("checkout", "--quiet", "--detach");
  at.git("branch", "--quiet", "--delete", "--force", "main");
  await at.look();
  expect(at.office.plane.adoption.health.held).toBe("branch-gone");
  expect(["shop.good", "shop.hurt", "team.one"].map((flag) => at.answer(flag))).toEqual(["on", "on", "on"]);
  at.git("branch", "main", old);
  await at.look();
  expect([at.office.plane.adoption.health.held, at.answer("shop.good")]).toEqual([undefined, "off"]);
});

describe("a hundred thousand files", () => {
  const fill = (at: Repository, count: number): void => {
    const entries = Array.from({ length: count }, (_, index) => `M 100644 :1 audiences/${index % 300}/n${index}.yaml\n`).join("");
    const head = `blob\nmark :1\ndata 3\na:\n\ncommit refs/heads/main\ncommitter V <v@example.com> 1800000000 +0000\ndata 4\nmany\nfrom refs/heads/main^0\n`;
    execFileSync("git", ["-C", at.work, "fast-import", "--quiet", "--force"], { input: `${head}${entries}\n` });
    at.git("reset", "--quiet", "--mixed");
  };

  test("are read, and one more changes nothing of what is served and is told in the words of the command line", async () => {
    const at = await new Repository().start();
    // sluice.yaml and three flags are files as well.
    fill(at, 99_996);
    await at.look();
    expect([at.office.plane.adoption.health.trouble, at.office.plane.decisions.commit]).toEqual([undefined, at.git("rev-parse", "main")]);
    const adopted = at.office.plane.decisions.commit;
    fill(at, 99_997);
    await at.look();
    const words = "The project has 100001 definition files; 100000 are allowed.";
    expect(at.office.plane.adoption.health.trouble).toBe(`${words} Split it into several projects.`);
    expect([at.office.plane.decisions.commit, at.answer("shop.hurt")]).toEqual([adopted, "on"]);
    expect(sorted(parseFolder(at.work, { of: "index" }).parsed.diagnostics)).toEqual([error("sluice.yaml", words, "Split it into several projects.")]);
  });
});
