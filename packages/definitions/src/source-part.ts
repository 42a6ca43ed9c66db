import type { Diagnostic } from "./diagnostic.ts";
import { keyOfPath } from "./flag-file.ts";
import type { ParsedProject } from "./project.ts";
import { sourcePlace } from "./source-path.ts";

/** What of a project concerns one of its sources. */
export interface SourcePart {
  /** Its own files alone, each by its path in the source's folder. */
  readonly parsed: ParsedProject;
  /** Mistakes of other sources' files that were not there `before`, by their path in the project. */
  readonly elsewhere: readonly Diagnostic[];
}

/**
 * Looks at a project as those who change one source of it do. A project of one source is its own part, but for what is elsewhere. `before`: the
 * project without their change; absent where there is none to compare with, and then all mistakes elsewhere are old ones.
 */
export function sourcePart(whole: ParsedProject, source: string | undefined, before?: ParsedProject): SourcePart {
  const isOwn = (path: string): boolean => sourcePlace(path).source === source;
  const inFolder = (path: string): string => sourcePlace(path).path;
  const flags = new Map([...whole.flags].filter(([, { path }]) => isOwn(path)).map(([key, flag]) => [key, { ...flag, path: inFolder(flag.path) }]));
  const known = new Set((before ?? whole).diagnostics.map(nameOf));
  const elsewhere = whole.diagnostics.filter((one) => !isOwn(one.file) && one.severity === "error" && !known.has(nameOf(one)));
  const brokenBefore = new Set((before ?? whole).brokenFlags.map(({ flag }) => flag));
  const ownKeys = new Set(whole.flagFiles.filter(isOwn).map(keyOfPath));
  return {
    parsed: {
      ...whole,
      flags,
      segments: new Map([...whole.segments].filter(([, { path }]) => isOwn(path)).map(([key, segment]) => [key, { ...segment, path: inFolder(segment.path) }])),
      diagnostics: whole.diagnostics.filter(({ file }) => isOwn(file)).map((one) => ({ ...one, file: inFolder(one.file) })),
      brokenFlags: whole.brokenFlags.filter(({ flag }) => ownKeys.has(flag) || !brokenBefore.has(flag)),
      unreadable: whole.unreadable.filter(isOwn).map(inFolder),
      flagFiles: whole.flagFiles.filter(isOwn).map(inFolder),
      tests: { ...whole.tests, results: whole.tests.results.filter(({ file }) => isOwn(file)) },
    },
    elsewhere,
  };
}

/** Lines move with a change: a mistake is the same where its words are. */
const nameOf = ({ file, code, message }: Diagnostic): string => `${file}\n${code}\n${message}`;
