import { lowerFlag, lowerSegment, ParseCache, parseProject, type ParsedProject, type SegmentDefinition } from "@sluice/definitions";
import type { FileChange } from "@sluice/releases";
import { type AdoptedFlag, type AdoptedProject, type AdoptedSegment, BlobMissing, type ReadProject } from "./adopted-project.ts";

/**
 * Reads adopted files as flag definitions. `blobText` gives a blob's text, `undefined` where it is not at hand: then reading throws `BlobMissing`.
 * The same list of files gives the same object, and each file is parsed once.
 */
export function readerOf(blobText: (blobId: string) => string | undefined): ReadProject {
  const cache = new ParseCache();
  const known = new WeakMap<readonly FileChange[], AdoptedProject>();
  return (files) => {
    const before = known.get(files);
    if (before !== undefined) return before;
    const texts = new Map<string, string>();
    for (const [path, blob] of files) {
      const text = blobText(blob);
      if (text === undefined) throw new BlobMissing(path, blob);
      texts.set(path, text);
    }
    // A kept or reverted form is one flag's file with what it uses.
    const isOneForm = files.filter(([path]) => path.startsWith("flags/")).length === 1;
    const project = adopted(parseProject({ files: texts }, { cache, isOneForm }), new Map(files));
    known.set(files, project);
    return project;
  };
}

function segmentOf(segment: SegmentDefinition, blob: string, files: readonly FileChange[]): AdoptedSegment {
  const { isRuntimeList, description } = segment;
  return {
    form: lowerSegment(segment),
    blob,
    files,
    ...(isRuntimeList === undefined ? {} : { isRuntimeList }),
    ...(description === undefined ? {} : { description }),
  };
}

/** Of a segment with what it asks, and the project file; in code unit order. */
function pathsOfSegment(segments: ParsedProject["segments"], key: string): readonly string[] {
  const paths = new Set(["sluice.yaml"]);
  const waiting = [key];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const segment = segments.get(next);
    if (segment === undefined || paths.has(segment.path)) continue;
    paths.add(segment.path);
    waiting.push(...segment.segments);
  }
  return [...paths].sort();
}

function adopted(parsed: ParsedProject, blobs: ReadonlyMap<string, string>): AdoptedProject {
  const { project } = parsed;
  const changes = (paths: readonly string[]): readonly FileChange[] => paths.map((path) => [path, blobs.get(path) ?? ""]);
  const environments = project?.environments.map(({ key }) => key) ?? [];
  const flags = new Map<string, AdoptedFlag>();
  for (const [key, flag] of parsed.flags) {
    flags.set(key, {
      key,
      kind: flag.kind,
      path: flag.path,
      files: changes(parsed.filesOf(key)),
      form: (environment) => lowerFlag(flag, environment),
      ...(flag.description === undefined ? {} : { description: flag.description }),
      ...(flag.owner === undefined ? {} : { owner: flag.owner }),
      ...(flag.tags === undefined ? {} : { tags: flag.tags }),
      ...(flag.guards === undefined ? {} : { guards: flag.guards }),
      ...(flag.aliases === undefined ? {} : { aliases: flag.aliases }),
    });
  }
  const segments = new Map<string, AdoptedSegment>(
    [...parsed.segments].map(([key, segment]) => [key, segmentOf(segment, blobs.get(segment.path) ?? "", changes(pathsOfSegment(parsed.segments, key)))]),
  );
  return {
    ...(project === undefined ? {} : { customer: project.customer }),
    environments,
    decidedByPeople: (project?.environments ?? []).filter(({ decidedByPeople }) => decidedByPeople).map(({ key }) => key),
    flags,
    segments,
    broken: parsed.brokenFlags,
    unreadable: parsed.unreadable,
  };
}
