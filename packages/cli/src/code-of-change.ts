import { type Diagnostic, type ParsedProject, parseProject } from "@sluice/definitions";
import { codeFolders, type CodeLook, type GivenCode, lookAtCodeChange, namedCode, seenFrom } from "./code-look.ts";
import type { FilesOf } from "./flag-folder.ts";
import { filesAtCommit, partingFrom, tombstonesOf } from "./git-facts.ts";
import { type ProjectPart, wholeOf } from "./project-part.ts";

/** A change of flags, in which code is to be looked at as well. */
interface Around {
  readonly folder: string;
  readonly files: ReadonlyMap<string, string>;
  readonly parsed: ParsedProject;
  readonly part: ProjectPart | undefined;
  /** What it is compared with. */
  readonly base: string;
  readonly of: FilesOf;
}

/**
 * What a change brings to the code of a folder, or of those that `sluice.yaml` names where none is given; by paths from the flags' folder, with the
 * texts of files that something is said of. Throws `CommandFailed`.
 */
export async function codeOfChange(
  given: GivenCode | undefined,
  { folder, files, parsed: own, part, base, of }: Around,
): Promise<{ readonly diagnostics: readonly Diagnostic[]; readonly texts: ReadonlyMap<string, string> }> {
  const [diagnostics, texts]: [Diagnostic[], Map<string, string>] = [[], new Map()];
  const code = given ?? namedCode(own, part?.source);
  if (code === undefined) return { diagnostics, texts };
  const commit = partingFrom(folder, base);
  // Code may ask for flags of every source.
  const parsed = part === undefined ? own : parseProject({ files: wholeOf(part, files) });
  const began = parseProject({ files: wholeOf(part, filesAtCommit(folder, commit) ?? new Map()) });
  const against = { parsed, tombstones: tombstonesOf(folder), base };
  for (const one of codeFolders(code, { folder, parsed, source: part?.source })) {
    const look: CodeLook = await lookAtCodeChange(one, against, { commit, parsed: began, of });
    const seen = seenFrom(folder, look);
    diagnostics.push(...seen.diagnostics);
    for (const { file } of seen.diagnostics) texts.set(file, seen.text(file) ?? "");
  }
  return { diagnostics, texts };
}
