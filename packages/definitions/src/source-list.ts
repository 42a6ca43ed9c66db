import { type Diagnostic, FileReport } from "./diagnostic.ts";
import { Fields } from "./fields.ts";
import { isSourceName } from "./source-path.ts";
import { parseTree } from "./yaml-tree.ts";

/** A repository, or a folder of one, whose flags a server serves beside those of its main source. */
export interface ListedSource {
  /** Stands in the paths of its files, in the log and in addresses. */
  readonly name: string;
  /** Any remote that Git understands, or a path. */
  readonly url: string;
  readonly branch: string;
  /** Holds `flags/`; empty for the repository's root. */
  readonly folder: string;
  /** A file with what it is signed in with over HTTPS: a token, or `user:token`. */
  readonly tokenFile?: string | undefined;
  /** A file with the private key for SSH. */
  readonly sshKey?: string | undefined;
  /** A file with the host's public keys, as OpenSSH keeps them. */
  readonly knownHosts?: string | undefined;
}

/** Each is asked every few seconds, and has a mirror on the server's disk. */
export const LISTED_SOURCES_MAX = 50;
const FIELDS = ["url", "branch", "folder", "tokenFile", "sshKey", "knownHosts"] as const;
/** What messages and pages call the source that holds `sluice.yaml`. */
const MAIN = "main";

/** Reads a list of further sources: a map of names. A source with a mistake is told and left out. */
export function readSourceList(path: string, text: string): { readonly sources: readonly ListedSource[]; readonly diagnostics: readonly Diagnostic[] } {
  const report = new FileReport(path, text);
  const tree = parseTree(text, report);
  const names = tree?.kind === "map" ? tree.entries.map(({ key }) => key) : [];
  const fields = tree && Fields.ofFile(report, tree, names.length === 0 ? ["shop"] : names);
  if (tree?.kind !== "map" || fields === undefined) return { sources: [], diagnostics: report.diagnostics };
  if (tree.entries.length > LISTED_SOURCES_MAX)
    report.add(tree.entries[LISTED_SOURCES_MAX]?.keySpan ?? tree.span, {
      code: "field/value",
      message: `There are ${tree.entries.length} sources here.`,
      expected: `at most ${LISTED_SOURCES_MAX}`,
      fix: "Put the flags of several applications into one repository, or run a second server.",
    });
  const places = new Map<string, string>();
  const sources = tree.entries.flatMap(({ key, keySpan, value }): readonly ListedSource[] => {
    if (!isSourceName(key) || key === MAIN) {
      const message = key === MAIN ? `"${MAIN}" is the source that holds sluice.yaml.` : `"${key.slice(0, 100)}" is not the name of a source.`;
      report.add(keySpan, { code: "field/value", message, expected: "small letters, digits and dashes, at most 40", fix: "Rename it: it stands in paths." });
      return [];
    }
    const source = sourceOf(key, Fields.of(report, value, FIELDS, `The source ${key}`));
    if (source === undefined) return [];
    const place = [source.url, source.branch, source.folder].join("\n");
    const other = places.get(place);
    places.set(place, key);
    if (other === undefined) return [source];
    report.add(keySpan, { code: "field/value", message: `"${key}" is the same folder of the same branch as "${other}".`, fix: "Delete one of the two." });
    return [];
  });
  return { sources, diagnostics: report.diagnostics };
}

function sourceOf(name: string, fields: Fields | undefined): ListedSource | undefined {
  if (fields === undefined) return undefined;
  const url = fields.text("url", fields.required("url", "https://git.example.com/acme/shop.git"));
  if (url === undefined) return undefined;
  return {
    name,
    url,
    branch: fields.text("branch") ?? "main",
    folder: (fields.text("folder") ?? "").replace(/^\/+|\/+$/g, ""),
    tokenFile: fields.text("tokenFile"),
    sshKey: fields.text("sshKey"),
    knownHosts: fields.text("knownHosts"),
  };
}
