import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { addDays, dateAt, formatDiagnostics, ParseCache, parseProject, schemaFiles, schemaLine } from "@sluice/definitions";
import { type Command, Option } from "commander";
import { CommandFailed } from "../failure.ts";
import { readFlagFolder } from "../flag-folder.ts";
import { gitFacts } from "../git-facts.ts";
import { paint, type Terminal } from "../terminal.ts";

interface NewFlagOptions {
  readonly kind: "release" | "experiment" | "ops" | "permission";
  readonly owner: string;
  readonly description: string;
  readonly because?: string;
  readonly folder: string;
}

/** Days until a new flag expires, or is looked at again: what the style guide gives each kind. */
const DAYS = { release: 60, experiment: 45, ops: 180, permission: 365 } as const;

/** `new flag` writes a flag that serves nobody yet; one that the reader or the style guide refuses is not written. */
export function registerNew(program: Command, terminal: Terminal): void {
  const group = program.command("new").description("write a new definition");
  group
    .command("flag")
    .description("write a boolean flag that is off everywhere, with its dates")
    .argument("<key>", "such as billing.invoice-export")
    .requiredOption("--owner <team>", "who answers for it")
    .requiredOption("--description <sentence>", "what is there when it is on")
    .addOption(new Option("--kind <kind>", "what it is for").choices(Object.keys(DAYS)).default("release"))
    .option("--because <reason>", "why an ops or permission flag stays")
    .option("--folder <folder>", "folder that holds sluice.yaml", ".")
    .action((key: string, options: NewFlagOptions) => write(key, options, terminal));
}

function write(key: string, options: NewFlagOptions, terminal: Terminal): void {
  const { folder, files } = readFlagFolder(options.folder);
  const path = `flags/${key.replaceAll(".", "/")}.yaml`;
  if (/(?:^|\/)\.*(?:\/|$)/.test(key) || existsSync(join(folder, path)))
    throw new CommandFailed({ code: "new/path", message: `${path} is there already, or is no path of a flag.`, fix: "Choose another key.", exitCode: 1 });
  const cache = new ParseCache();
  const environments = cache.project("sluice.yaml", files.get("sluice.yaml") ?? "").project?.environments.map((environment) => environment.key) ?? [];
  const text = editorLine(folder, path) + flagText(key, { ...options, environments, today: dateAt(Date.now()) });
  const { diagnostics } = parseProject({ files: new Map([...files, [path, text]]) }, { cache, facts: gitFacts(folder, undefined, cache) });
  const own = diagnostics.filter(({ file }) => file === path);
  if (own.length > 0) terminal.out(formatDiagnostics(own, () => text, { format: "text", colour: terminal.colour }));
  if (own.some(({ severity }) => severity === "error"))
    throw new CommandFailed({ code: "new/refused", message: "The flag was not written.", fix: "Mend what is named above and run it again.", exitCode: 1 });
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text, { flag: "wx" });
  terminal.out(`${paint(terminal, "green", "wrote")}  ${relative(process.cwd(), join(folder, path))}`);
}

/** The line by which editors find the schema; only where the project keeps the schemas. */
export const editorLine = (folder: string, path: string): string => {
  const kind = path.startsWith("segments/") ? "segment" : "flag";
  return [...schemaFiles().keys()].every((file) => existsSync(join(folder, file))) ? schemaLine(kind, path) : "";
};

function flagText(key: string, options: NewFlagOptions & { readonly environments: readonly string[]; readonly today: string }): string {
  const { kind, owner, description, because, environments, today } = options;
  const until = addDays(today, DAYS[kind]) ?? today;
  const isLasting = kind === "ops" || kind === "permission";
  const life = isLasting ? `${because === undefined ? "" : `permanent: ${JSON.stringify(because)}\n`}reviewBy: ${until}\n` : `expires: ${until}\n`;
  const places = environments.map((environment) => `  ${environment}: { default: off }\n`).join("");
  return `key: ${scalar(key)}
description: ${JSON.stringify(description)}
kind: ${kind}
owner: ${scalar(owner)}
created: ${today}
${life}type: boolean
variants: { on: true, off: false }
off: off
${isLasting ? "codeDefault: off\n" : ""}environments:\n${places}`;
}

/** A word as YAML reads it back: in quotes where it might be something else than a text. */
const scalar = (text: string): string => (/^[A-Za-z][\w./-]*$/.test(text) && !/^(?:true|false|null)$/i.test(text) ? text : JSON.stringify(text));
