import type { Mention } from "./condition-reader.ts";
import type { FileReport, Finding } from "./diagnostic.ts";
import { projectPath, sourcePlace } from "./source-path.ts";

/** What one environment serves of a flag, in a file of its own: `environments/production/billing/invoice-export.yaml`. */
export interface PartText {
  readonly path: string;
  readonly environment: string;
  readonly text: string;
}

/** A part as it was read. It has no fields of its own: what it says is the flag's. */
export interface EnvironmentPart extends PartText {
  readonly mentions: readonly Mention[];
  readonly report: FileReport;
}

/** The environment that a part is about, and its flag's file without folder and ending. `undefined` for any other path. */
export function partPlace(whole: string): { readonly environment: string; readonly flag: string } | undefined {
  const { source, path } = sourcePlace(whole);
  const [, environment, rest] = /^environments\/([^/]+)\/(.+)\.ya?ml$/s.exec(path) ?? [];
  return environment === undefined || rest === undefined ? undefined : { environment, flag: nameIn(source, rest) };
}

/** What the parts of a flag call its file: a part belongs to the file of that name in its own source, whichever key that has. */
export function partsName(flagFile: string): string {
  const { source, path } = sourcePlace(flagFile);
  return nameIn(source, path.replace(/^flags\//, "").replace(/\.ya?ml$/, ""));
}

/** Where a new part of a flag stands. */
export function partPath(flagFile: string, environment: string): string {
  const { source, path } = sourcePlace(flagFile);
  const part = `environments/${environment}/${partsName(path)}.yaml`;
  return projectPath(source, part) ?? part;
}

const nameIn = (source: string | undefined, rest: string): string => (source === undefined ? rest : `@${source}/${rest}`);

/** Where the parts of a flag go with its file, by their paths now; each keeps its ending. */
export function partsMoved(paths: Iterable<string>, { from, to }: { readonly from: string; readonly to: string }): ReadonlyMap<string, string> {
  const moved = new Map<string, string>();
  if (partsName(from) === partsName(to)) return moved;
  for (const path of paths) {
    const place = partPlace(path);
    if (place?.flag === partsName(from)) moved.set(path, partPath(to, place.environment).replace(/\.yaml$/, path.slice(path.lastIndexOf("."))));
  }
  return moved;
}

/** Parts by the name of their flag's file, in the order of their paths. */
export function partsByFlag(paths: readonly string[], text: (path: string) => string): ReadonlyMap<string, readonly PartText[]> {
  const found = new Map<string, PartText[]>();
  for (const path of paths) {
    const place = partPlace(path);
    if (place === undefined) continue;
    const others = found.get(place.flag);
    const part = { path, environment: place.environment, text: text(path) };
    if (others === undefined) found.set(place.flag, [part]);
    else others.push(part);
  }
  return found;
}

/** Everything that a flag names, in its own file and in its parts. */
export const allMentions = ({ mentions, parts }: { readonly mentions: readonly Mention[]; readonly parts: readonly EnvironmentPart[] }): readonly Mention[] =>
  parts.length === 0 ? mentions : [...mentions, ...parts.flatMap((part) => part.mentions)];

/** What is said at both places of an environment that stands twice. */
export const toldElsewhere = (environment: string, path: string): Finding => ({
  code: "flag/part-twice",
  message: `What ${environment} serves stands in ${path} too.`,
  fix: "Keep one of the two: in the flag's file, or in a file of its own.",
});
