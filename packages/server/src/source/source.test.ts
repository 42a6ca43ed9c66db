import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { GitSource } from "./adapters/git-source.ts";
import { MemorySource } from "./memory-source.ts";
import { FurtherSource } from "./further-source.ts";
import { SourceRefused, SourceUnreachable } from "./source.ts";
import { COMMITTED_AT_MS, describeSource, first, type Repository } from "./source-suite.ts";

const identity = {
  GIT_AUTHOR_NAME: "Mara",
  GIT_AUTHOR_EMAIL: "mara@example.com",
  GIT_COMMITTER_NAME: "Mara",
  GIT_COMMITTER_EMAIL: "mara@example.com",
  GIT_AUTHOR_DATE: "2026-11-02T10:00:00Z",
  GIT_COMMITTER_DATE: "2026-11-02T10:00:00Z",
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-source-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const git = (cwd: string, ...args: readonly string[]): string =>
  execFileSync("git", [...args], {
    cwd,
    encoding: "utf8",
    env: { ...process.env, ...identity, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
  }).trim();

function gitRepository(): Repository & { readonly work: string } {
  const work = join(folder, "work");
  mkdirSync(work, { recursive: true });
  git(work, "init", "--quiet", "--initial-branch=main");
  return {
    work,
    source: new GitSource({ url: work, branch: "main", folder: "", mirror: join(folder, "mirror") }),
    commit: (files, subject) => {
      for (const [path, text] of files) {
        mkdirSync(dirname(join(work, path)), { recursive: true });
        writeFileSync(join(work, path), text);
      }
      git(work, "add", "--all");
      git(work, "commit", "--quiet", "--allow-empty", "-m", subject);
      return git(work, "rev-parse", "HEAD");
    },
    moveTo: (commit) => {
      git(work, "checkout", "--quiet", "--detach", ...(commit === undefined ? [] : [commit]));
      git(work, "branch", ...(commit === undefined ? ["-D", "main"] : ["--force", "main", commit]));
    },
  };
}

describeSource("Git", gitRepository);
const memoryRepository = (): Repository => {
  const source = new MemorySource();
  return {
    source,
    commit: (files, subject) => source.commit(files, { author: "Mara", subject, atMs: COMMITTED_AT_MS }),
    moveTo: (commit) => source.moveTo(commit),
  };
};
describeSource("memory", memoryRepository);
/** As it stands in a project with others. */
const further = (repository: Repository): Repository => ({
  ...repository,
  source: new FurtherSource("shop", repository.source),
  seen: (path) => (path === "sluice.yaml" ? undefined : path.replace("flags/", "flags/@shop/")),
});
describeSource("Git, beside a main source", () => further(gitRepository()));
describeSource("memory, beside a main source", () => further(memoryRepository()));

describe("the Git source", () => {
  test("does not follow links, submodules or files over a mebibyte: they are broken, not gone", async () => {
    const repository = gitRepository();
    repository.commit(first, "begin");
    symlinkSync("/etc/passwd", join(repository.work, "flags/link.yaml"));
    writeFileSync(join(repository.work, "flags/huge.yaml"), "x".repeat(50 << 20));
    const commit = repository.commit(new Map(), "hostile");
    await repository.source.fetch();
    const { files } = await repository.source.tree(commit);
    const refused = files.filter(([, id]) => id.startsWith("refused-"));
    expect(refused.map(([path]) => path)).toEqual(["flags/huge.yaml", "flags/link.yaml"]);
    const contents = await repository.source.blobs(refused.map(([, id]) => id));
    const texts = refused.map(([, id]) => new TextDecoder().decode(contents.get(id)));
    expect(texts[0]).toContain("52428800 bytes");
    expect(texts[1]).toContain("symbolic links are not followed");
    expect(texts.join("")).not.toContain("root:");
  });

  test("takes the newest commit alone first; the history follows, also behind a start that was cut off", async () => {
    const repository = gitRepository();
    const subjects = ["one", "two", "three", "four"];
    let tip = "";
    for (const subject of subjects) tip = repository.commit(new Map([...first, ["flags/a.yaml", `key: a\n# ${subject}\n`]]), subject);
    const mirror = join(folder, "mirror-cut-off");
    const source = (): GitSource => new GitSource({ url: repository.work, branch: "main", folder: "", mirror });
    // What a start leaves that ended between the two.
    mkdirSync(mirror);
    git(mirror, "init", "--quiet", "--bare", ".");
    git(mirror, "fetch", "--quiet", "--no-tags", "--depth=1", repository.work, "+refs/heads/main:refs/sluice/tip");
    const early = source();
    await expect(early.past(tip, ["flags/a.yaml"], 10)).rejects.toThrow("still being fetched");
    expect((await early.tree(tip)).files.length).toBe(2);
    const fresh = new GitSource({ url: repository.work, branch: "main", folder: "", mirror: join(folder, "mirror-fresh") });
    for (const one of [early, fresh]) {
      expect(await one.fetch()).toBe(tip);
      expect((await one.past(tip, ["flags/a.yaml"], 10)).map(({ subject }) => subject)).toEqual(subjects.toReversed());
    }
    const next = repository.commit(new Map([...first, ["flags/a.yaml", "key: a\n"]]), "five");
    expect(await early.fetch()).toBe(next);
    expect((await early.past(next, ["flags/a.yaml"], 10)).length).toBe(5);
  });

  test("serves its branch alone, whatever other branches are called", async () => {
    const repository = gitRepository();
    const old = repository.commit(first, "begin");
    const next = repository.commit(new Map([["flags/b.yaml", "key: b\n"]]), "more");
    expect(await repository.source.fetch()).toBe(next);
    git(repository.work, "update-ref", "refs/heads/a/refs/heads/main", old);
    git(repository.work, "update-ref", "refs/remotes/refs/heads/main", old);
    expect(await repository.source.fetch()).toBe(next);
    repository.moveTo(undefined);
    expect(await repository.source.fetch()).toBeUndefined();
  });

  test("follows a file's history over the names it had, in a folder of the repository, whatever a subject says", async () => {
    const repository = gitRepository();
    const body = "key: a\ndescription: One.\nkind: release\nowner: team-x\ntype: boolean\n";
    repository.commit(new Map([["infra/flags/flags/like.yaml", body.replace("key: a", "key: like")]]), "a flag that is much like it");
    repository.commit(new Map([["infra/flags/flags/old.yaml", body]]), "begin");
    git(repository.work, "mv", "infra/flags/flags/old.yaml", "infra/flags/flags/a.yaml");
    repository.commit(new Map(), "a has a better name");
    const subject = 'it\'s "quoted" – `$(touch x)` %an \u0001 <b>';
    const commit = repository.commit(new Map([["infra/flags/flags/a.yaml", `${body}off: off\n`]]), subject);
    const source = new GitSource({ url: repository.work, branch: "main", folder: "infra/flags", mirror: join(folder, "mirror3") });
    await source.fetch();
    expect((await source.past(commit, ["flags/a.yaml"], 10)).map((each) => each.subject)).toEqual([subject, "a has a better name", "begin"]);
  });

  test("serves a folder of a repository", async () => {
    const repository = gitRepository();
    const commit = repository.commit(
      new Map([
        ["infra/flags/sluice.yaml", "project: p\n"],
        ["infra/flags/flags/a.yaml", "key: a\n"],
        ["sluice.yaml", "other\n"],
      ]),
      "begin",
    );
    const source = new GitSource({ url: repository.work, branch: "main", folder: "infra/flags", mirror: join(folder, "mirror2") });
    await source.fetch();
    expect((await source.tree(commit)).files.map(([path]) => path)).toEqual(["flags/a.yaml", "sluice.yaml"]);
  });

  test.each(["--upload-pack=touch /tmp/x", "-x"])("refuses a url that would be an option: %s", (url) => {
    expect(() => new GitSource({ url, branch: "main", folder: "", mirror: folder })).toThrow(SourceRefused);
  });

  test("refuses helper programs as remotes", async () => {
    await expect(new GitSource({ url: "ext::sh -c true", branch: "main", folder: "", mirror: join(folder, "m") }).fetch()).rejects.toThrow(SourceUnreachable);
  });

  test("says why when the remote refuses, answers 503, or is not there", async () => {
    let server: Server | undefined;
    const port = await new Promise<number>((resolve) => {
      server = createServer((_request, response) => response.writeHead(503).end()).listen(0, "127.0.0.1", () => {
        const address = server?.address();
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
    const failing = new GitSource({ url: `http://user:secret@127.0.0.1:${port}/flags.git`, branch: "main", folder: "", mirror: join(folder, "m1") });
    const error: unknown = await failing.fetch().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SourceUnreachable);
    expect(String(error)).not.toContain("secret");
    await new Promise((resolve) => server?.close(resolve));
    await expect(failing.fetch()).rejects.toThrow(SourceUnreachable);
    await expect(new GitSource({ url: join(folder, "nowhere"), branch: "main", folder: "", mirror: join(folder, "m2") }).fetch()).rejects.toThrow(
      SourceUnreachable,
    );
  });
});
