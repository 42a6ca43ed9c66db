import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type ListedSource, readSourceList } from "@sluice/definitions";
import { FurtherSource } from "../further-source.ts";
import { folderOf, type Source, SourceRefused } from "../source.ts";
import type { TrustedSigners } from "./commit-signatures.ts";
import { FetchLine } from "./fetch-line.ts";
import { FolderSource } from "./folder-source.ts";
import { type GitSignIn, tokenIn } from "./git-sign-in.ts";
import { GitSource, type GitSourceOptions } from "./git-source.ts";

/** A folder on disk as it is, committed or not, is named so. */
const FOLDER = "folder:";

/** A source as it is read, and where it is. */
export interface OpenedSource {
  /** By its path in its own folder. */
  readonly source: Source;
  /** For people, without a password. */
  readonly place: string;
  /** Where commits are made and reviewed; absent for a folder on disk. */
  readonly git?: { readonly source: GitSource; readonly options: GitSourceOptions };
}

/** All sources of a project. */
export interface OpenedSources {
  readonly main: OpenedSource;
  /** By name. */
  readonly further: ReadonlyMap<string, OpenedSource>;
}

interface SourcesWanted {
  readonly main: Omit<ListedSource, "name">;
  readonly further: readonly ListedSource[];
  /** Keeps the mirrors. */
  readonly data: string;
  readonly signers: TrustedSigners;
  /** Signs in to repositories of the host where the server is an App; `undefined` for any other. A token file goes before it. */
  readonly signInAt: (url: string) => GitSignIn | undefined;
}

/**
 * Reads the file that lists further sources; files that it names stand beside it. Throws `SourceRefused` with every mistake of it: a source that is
 * left out would take its flags away.
 */
export function listedSources(file: string | undefined): readonly ListedSource[] {
  if (file === undefined) return [];
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new SourceRefused(`the list of sources cannot be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  const { sources, diagnostics } = readSourceList(file, text);
  if (diagnostics.length > 0)
    throw new SourceRefused(diagnostics.map(({ file: at, line, column, message, fix }) => `${at}:${line}:${column} ${message} ${fix}`).join("\n"));
  const beside = (path: string | undefined): string | undefined => path && resolve(dirname(resolve(file)), path);
  return sources.map((source) => ({ ...source, tokenFile: beside(source.tokenFile), sshKey: beside(source.sshKey), knownHosts: beside(source.knownHosts) }));
}

/** Opens sources; folders of one branch of one repository share a mirror. Throws `SourceRefused` for what is no repository. */
export function openSources({ main, further, data, signers, signInAt }: SourcesWanted): OpenedSources {
  const mirrors = new Map<string, { readonly mirror: string; readonly line: FetchLine }>();
  const open = (wanted: Omit<ListedSource, "name">): OpenedSource => {
    const { url, branch, folder, tokenFile, sshKey, knownHosts } = wanted;
    if (url.startsWith(FOLDER)) return { source: new FolderSource(url.slice(FOLDER.length)), place: url.slice(FOLDER.length) };
    const of = JSON.stringify([url, branch, tokenFile, sshKey, knownHosts]);
    const shared = mirrors.get(of) ?? { mirror: mirrors.size === 0 ? join(data, "git") : join(data, "sources", digest(of)), line: new FetchLine() };
    mirrors.set(of, shared);
    const signIn = tokenFile === undefined ? signInAt(url) : tokenIn(tokenFile);
    const isSigned = signers.allowedSigners !== undefined || signers.gnupgHome !== undefined;
    const access = { url, signIn, ssh: { key: sshKey, knownHosts } };
    const options: GitSourceOptions = { ...access, branch, folder, mirror: shared.mirror, ...(isSigned ? { signers } : {}) };
    const source = new GitSource(options, shared.line);
    return { source, place: placeOf(options), git: { source, options } };
  };
  // The first mirror is the main source's, wherever it was before there were others.
  const opened = open(main);
  return { main: opened, further: new Map(further.map((one) => [one.name, open(one)])) };
}

/** As the control plane takes them. */
export function planeSources({ main, further }: OpenedSources): {
  readonly source: Source;
  readonly further: readonly FurtherSource[];
  readonly places: ReadonlyMap<string, string>;
} {
  return {
    source: main.source,
    further: [...further].map(([name, { source }]) => new FurtherSource(name, source)),
    places: new Map([["", main.place], ...[...further].map(([name, { place }]) => [name, place] as const)]),
  };
}

const digest = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);

function placeOf(options: GitSourceOptions): string {
  const folder = folderOf(options);
  return [withoutPassword(options.url), `branch ${options.branch}`, ...(folder === "" ? [] : [`folder ${folder}`])].join(", ");
}

function withoutPassword(url: string): string {
  if (!URL.canParse(url)) return url;
  const parsed = new URL(url);
  [parsed.username, parsed.password] = [parsed.protocol === "ssh:" ? parsed.username : "", ""];
  return parsed.href;
}
