import { describe, expect, test } from "vitest";
import { type Source, SourceUnreachable } from "./source.ts";

/** A repository that a test writes to, in Git or in memory. */
export interface Repository {
  readonly source: Source;
  commit(files: ReadonlyMap<string, string>, subject: string): string;
  moveTo(commit: string | undefined): void;
  /** Where the source has a file of the repository; `undefined` where it does not take it. As it is, if left out. */
  readonly seen?: (path: string) => string | undefined;
}

/** When every commit of a test is made: 2026-11-02T10:00:00Z. */
export const COMMITTED_AT_MS = 1_793_613_600_000;

/** What each test begins with. */
export const first: ReadonlyMap<string, string> = new Map([
  ["sluice.yaml", "project: p\n"],
  ["flags/a.yaml", "key: a\n"],
  ["README.md", "not read\n"],
]);

/** What every source does, whatever it is read from. */
export function describeSource(name: string, make: () => Repository): void {
  const seenIn = ({ seen = (path) => path }: Repository, paths: readonly string[]): readonly string[] => paths.flatMap((path) => seen(path) ?? []);
  describe(`the source over ${name}`, () => {
    test("gives the newest commit, its definition files and their contents", async () => {
      const repository = make();
      const commit = repository.commit(first, "begin");
      expect(await repository.source.fetch()).toBe(commit);
      const { files } = await repository.source.tree(commit);
      expect(files.map(([path]) => path)).toEqual(seenIn(repository, ["flags/a.yaml", "sluice.yaml"]));
      const blobs = await repository.source.blobs([...files.map(([, id]) => id), "0".repeat(40)]);
      expect(files.map(([, id]) => new TextDecoder().decode(blobs.get(id)))).toEqual(["key: a\n", "project: p\n"].slice(0, files.length));
      expect(blobs.size).toBe(files.length);
      expect(await repository.source.story(commit)).toEqual({ author: "Mara", subject: "begin", atMs: COMMITTED_AT_MS });
    });

    test("tells which commits changed some files up to a commit, newest first, and no more than are asked for", async () => {
      const repository = make();
      const a = (text: string): ReadonlyMap<string, string> => new Map([...first, ["flags/a.yaml", text]]);
      const made = [
        repository.commit(first, "begin"),
        repository.commit(new Map([...first, ["flags/b.yaml", "key: b\n"]]), "another file"),
        repository.commit(new Map([...a("key: a\ntype: boolean\n"), ["flags/b.yaml", "key: b\n"]]), "a changes"),
        repository.commit(new Map([...first, ["flags/b.yaml", "key: b\n"]]), "a changes back"),
      ];
      await repository.source.fetch();
      const past = async (commit = "", max = 10, paths = ["flags/a.yaml"]): Promise<readonly string[]> =>
        ((await repository.source.past(commit, seenIn(repository, paths), max)) ?? []).map(({ subject }) => subject);
      expect(await past(made[3])).toEqual(["a changes back", "a changes", "begin"]);
      expect(await past(made[2])).toEqual(["a changes", "begin"]);
      expect(await past(made[3], 2)).toEqual(["a changes back", "a changes"]);
      expect(await past(made[3], 3, ["flags/b.yaml", "flags/a.yaml"])).toEqual(["a changes back", "a changes", "another file"]);
      expect(await repository.source.past(made[1] ?? "", seenIn(repository, ["flags/a.yaml"]), 1)).toEqual([
        { commit: made[0], author: "Mara", subject: "begin", atMs: COMMITTED_AT_MS },
      ]);
      expect(await past(made[3], 10, ["flags/*.yaml"])).toEqual([]);
      for (const unknown of ["f".repeat(40), "", "--all"]) await expect(past(unknown), unknown).rejects.toThrow(SourceUnreachable);
    });

    test("gives one content one id, so that what did not change is known", async () => {
      const repository = make();
      const before = await repository.source.tree((repository.commit(first, "begin"), (await repository.source.fetch()) ?? ""));
      const after = await repository.source.tree(
        (repository.commit(new Map([...first, ["flags/b.yaml", "key: b\n"]]), "more"), (await repository.source.fetch()) ?? ""),
      );
      expect(after.files.filter(([path]) => !seenIn(repository, ["flags/b.yaml"]).includes(path))).toEqual(before.files);
    });

    test("follows a branch that was moved back, and keeps a pinned commit readable", async () => {
      const repository = make();
      const old = repository.commit(first, "begin");
      const next = repository.commit(new Map([...first, ["flags/b.yaml", "key: b\n"]]), "more");
      expect(await repository.source.fetch()).toBe(next);
      await repository.source.pin(next);
      repository.moveTo(old);
      expect(await repository.source.fetch()).toBe(old);
      expect((await repository.source.tree(next)).files).toHaveLength(seenIn(repository, [...first.keys(), "flags/b.yaml"]).length - 1);
    });

    test("says that there is no commit where the branch is gone", async () => {
      const repository = make();
      repository.commit(first, "begin");
      repository.moveTo(undefined);
      expect(await repository.source.fetch()).toBeUndefined();
    });
  });
}
