import { inProject, parseProject, type ParsedProject, sourcePart } from "@sluice/definitions";

/** A folder as one source of a project. */
export interface ProjectPart {
  readonly source: string;
  /** Files of the other sources, by their path in the project. */
  readonly rest: ReadonlyMap<string, string>;
}

/** The whole project where a folder's files are these. */
export const wholeOf = (part: ProjectPart | undefined, files: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
  part === undefined ? files : new Map([...part.rest, ...inProject(part.source, files)]);

/** Of a project that was read as a whole, what is the folder's, by its path there. */
export const ownPart = (part: ProjectPart | undefined, parsed: ParsedProject): ParsedProject =>
  part === undefined ? parsed : sourcePart(parsed, part.source, parseProject({ files: part.rest })).parsed;
