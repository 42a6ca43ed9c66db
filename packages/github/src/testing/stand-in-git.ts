import { spawnSync } from "node:child_process";

/** Runs Git in a bare repository, with nothing of the machine's configuration. Throws what Git says. */
export function gitIn(folder: string, ...args: readonly string[]): string {
  const result = spawnSync("git", ["-C", folder, "-c", "safe.directory=*", "-c", "user.name=Mara", "-c", "user.email=mara@example.com", ...args], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"], HOME: folder, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" },
    maxBuffer: 64 << 20,
  });
  if (result.status !== 0) throw new Error(`git ${args.join(" ")}: ${result.stderr}`);
  return result.stdout.trim();
}

/** A file of a change, as GitHub lists it. */
export interface ChangedFile {
  readonly filename: string;
  readonly status: "added" | "removed" | "modified";
  readonly patch: string;
}

/** What a branch changes since it left the other, file by file, with the hunks that GitHub shows. */
export function changedFiles(folder: string, base: string, head: string): readonly ChangedFile[] {
  const listed = gitIn(folder, "diff", "--no-renames", "--name-status", `${base}...${head}`);
  return listed
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [letter = "", filename = ""] = line.split("\t");
      const whole = gitIn(folder, "diff", "--no-renames", "-U3", `${base}...${head}`, "--", filename);
      const statuses = { A: "added", D: "removed" } as const;
      return { filename, status: letter === "A" || letter === "D" ? statuses[letter] : "modified", patch: whole.slice(whole.indexOf("@@")) };
    });
}

/** Lines of the new side that a patch shows: GitHub takes comments beside these alone. */
export function shownLines(patch: string): ReadonlySet<number> {
  const shown = new Set<number>();
  let line = 0;
  for (const text of patch.split("\n")) {
    const hunk = /^@@ -\d+(?:,\d+)? \+(\d+)/.exec(text);
    if (hunk !== null) line = Number(hunk[1]);
    else if (!text.startsWith("-") && !text.startsWith("\\")) shown.add(line++);
  }
  return shown;
}
