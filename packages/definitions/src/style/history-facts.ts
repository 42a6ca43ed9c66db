/** Removed flags that are remembered: more than the largest registry ever had. */
const TOMBSTONES_MAX = 20_000;
/** Commits whose authors are asked for. */
const AUTHORS_COMMITS_MAX = 5_000;
/** Shorter names are words of their own too often. */
const PERSON_CHARS_MIN = 5;

/** What `git log` is asked, in the project's folder and with a commit before `--` where it is not HEAD, for `removedFlags` to read. */
export const REMOVED_FLAGS_LOG: readonly string[] = ["log", "--no-renames", "--diff-filter=D", "--name-only", "--relative", "--format=%x01%cs %h"];
/** What `git log` is asked for `committerWords` to read. */
export const COMMITTERS_LOG: readonly string[] = ["log", `-n${AUTHORS_COMMITS_MAX}`, "--format=%ae%x09%an"];
/** The CODEOWNERS files that Git hosts read, the first of which counts. */
export const CODE_OWNERS_PATHS: readonly string[] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"];

/** Keys of flag files that some commit removed, by their paths, the newest removal of each. */
export function removedFlags(printed: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let when = "";
  for (const line of printed.split("\n")) {
    if (line.startsWith("\u0001")) {
      const [date = "", commit = ""] = line.slice(1).split(" ");
      when = `on ${date} in ${commit}`;
    } else {
      const key = /^flags\/(.+)\.ya?ml$/.exec(line)?.[1]?.replaceAll("/", ".");
      if (key !== undefined && !found.has(key) && found.size < TOMBSTONES_MAX) found.set(key, when);
    }
  }
  return found;
}

/** What stands before the @ of committers' addresses, and their names in one word. */
export function committerWords(printed: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const line of new Set(printed.split("\n"))) {
    const [address = "", name = ""] = line.split("\t");
    const local = (address.split("@")[0] ?? "").replace(/^\d+\+/, "");
    for (const one of [local, name]) {
      const word = one.toLowerCase().replaceAll(/[^a-z]/g, "");
      if (word.length >= PERSON_CHARS_MIN) names.add(word);
    }
  }
  return names;
}

/** Teams that a CODEOWNERS file names. */
export const codeOwnerTeams = (text: string): ReadonlySet<string> => new Set([...text.matchAll(/@[\w.-]+\/([\w.-]+)/g)].map(([, team]) => team ?? ""));
