import { inProject, isSourceName, sourcePlace } from "@sluice/definitions";
import type { Command } from "commander";
import { CommandFailed } from "./failure.ts";
import { readFlagFolder, readSourceFolder } from "./flag-folder.ts";
import type { ProjectPart } from "./project-part.ts";
import { connect, namesServer, type ServerOptions } from "./server-connection.ts";

/** Sources beside the main one, as of a server. */
const WITH_MAX = 51;

/** How a command is told that a folder is but a part of a project, and where the rest is. */
export interface PartOptions extends ServerOptions {
  readonly source?: string;
  readonly with?: readonly string[];
}

/** Adds the options by which a command takes a folder of flags alone; `plan` and `review` have those of a server already. */
export function withPartOptions(command: Command): Command {
  return command
    .option("--source <name>", "the folder is this further source of a project (docs/sources.md): it needs no sluice.yaml")
    .option(
      "--with <folder...>",
      "where the rest of the project is: the folder with sluice.yaml, and name=folder of further sources; without it a server is asked",
    );
}

/** The rest of the project that a folder is a part of; `undefined` where it is a whole one. Throws `CommandFailed`. */
export async function partOf({ source, with: folders = [], ...server }: PartOptions): Promise<ProjectPart | undefined> {
  if (source === undefined) {
    if (folders.length === 0) return undefined;
    throw misused("source/name", "--with says where the rest of a project is, and nothing says which part of it this folder is.", "Name it: --source shop");
  }
  if (!isSourceName(source))
    throw misused("source/name", `"${source}" is not the name of a source.`, "Names are small letters, digits and dashes, as in the server's list.");
  if (folders.length > WITH_MAX) throw misused("source/with", `${folders.length} folders: a project has at most ${WITH_MAX} sources.`, "Name fewer.");
  const rest = folders.length > 0 ? filesOf(source, folders) : await askedOf(server);
  return { source, rest: new Map([...rest].filter(([path]) => sourcePlace(path).source !== source)) };
}

function filesOf(source: string, folders: readonly string[]): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const given of folders) {
    const [, name, folder = given] = /^([a-z][a-z0-9-]*)=(.+)$/.exec(given) ?? [];
    if (name === source) throw misused("source/with", `--with ${given} is the folder's own source.`, "Leave it out.");
    const own = name === undefined ? readFlagFolder(folder).files : readSourceFolder(folder);
    for (const [path, text] of inProject(name, own)) files.set(path, text);
  }
  if (files.has("sluice.yaml")) return files;
  throw misused("source/with", "None of the folders of --with has the project's sluice.yaml.", "Name that one without a name: --with ../flags");
}

/** What a server serves of the project. */
async function askedOf(server: ServerOptions): Promise<ReadonlyMap<string, string>> {
  if (!namesServer(server))
    throw misused(
      "source/with",
      "Nothing says where the rest of the project is.",
      "Name its folder with --with, or a server with --url and --token (SLUICE_URL, SLUICE_TOKEN).",
    );
  const { files } = await connect(server).get<{ readonly files: Readonly<Record<string, string>> }>("/api/definitions");
  return new Map(Object.entries(files));
}

const misused = (code: string, message: string, fix: string): CommandFailed => new CommandFailed({ code, message, fix, exitCode: 2 });
