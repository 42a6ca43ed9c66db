import { addDays, dateAt, flagFilesIn, ParseCache, partPath } from "@sluice/definitions";
import { type Command, Option } from "commander";
import { readFlagFolder } from "../flag-folder.ts";
import { scalar, writeDefinition } from "../new-definition.ts";
import type { Terminal } from "../terminal.ts";
import { registerNewSegment } from "./new-segment.ts";

interface NewFlagOptions {
  readonly kind: "release" | "experiment" | "ops" | "permission";
  readonly owner: string;
  readonly description: string;
  readonly because?: string;
  readonly ticket?: string;
  readonly folder: string;
  readonly json?: boolean;
}

/** Days until a new flag expires, or is looked at again: what the style guide gives each kind. */
const DAYS = { release: 60, experiment: 45, ops: 180, permission: 365 } as const;

/** `new flag` and `new segment`: a flag serves nobody yet; one that the reader or the style guide refuses is not written. */
export function registerNew(program: Command, terminal: Terminal): void {
  const group = program.command("new").description("write a new definition");
  group
    .command("flag")
    .description("write a boolean flag that is off everywhere, with its dates")
    .argument("<key>", "such as billing.invoice-export")
    .requiredOption("--owner <team>", "who answers for it")
    .requiredOption("--description <sentence>", "what is there when it is on")
    .addOption(new Option("--kind <kind>", "what it is for").choices(Object.keys(DAYS)).default("release"))
    .option("--ticket <id>", "where the work is tracked; asked for where the style guide says what tickets look like")
    .option("--because <reason>", "why an ops or permission flag stays")
    .option("--folder <folder>", "folder that holds sluice.yaml", ".")
    .option("--json", "print one JSON object")
    .action((key: string, options: NewFlagOptions) => write(key, options, terminal));
  registerNewSegment(group, terminal);
}

function write(key: string, options: NewFlagOptions, terminal: Terminal): void {
  const read = readFlagFolder(options.folder);
  const environments =
    new ParseCache().project("sluice.yaml", read.files.get("sluice.yaml") ?? "").project?.environments.map((environment) => environment.key) ?? [];
  const path = `flags/${key.replaceAll(".", "/")}.yaml`;
  const { apart } = flagFilesIn(read.files)(path);
  const parts = new Map(environments.filter((one) => apart.has(one)).map((one) => [partPath(path, one), "default: off\n"]));
  const text = flagText(key, { ...options, environments: environments.filter((one) => !apart.has(one)), today: dateAt(Date.now()) });
  writeDefinition(read, { path, text, what: "flag", parts, json: options.json === true }, terminal);
}

function flagText(key: string, options: NewFlagOptions & { readonly environments: readonly string[]; readonly today: string }): string {
  const { kind, owner, description, because, ticket, environments, today } = options;
  const until = addDays(today, DAYS[kind]) ?? today;
  const isLasting = kind === "ops" || kind === "permission";
  const life = isLasting ? `${because === undefined ? "" : `permanent: ${JSON.stringify(because)}\n`}reviewBy: ${until}\n` : `expires: ${until}\n`;
  const places = environments.map((environment) => `  ${environment}: { default: off }\n`).join("");
  return `key: ${scalar(key)}
description: ${JSON.stringify(description)}
kind: ${kind}
owner: ${scalar(owner)}
${ticket === undefined ? "" : `ticket: ${scalar(ticket)}\n`}created: ${today}
${life}type: boolean
variants: { on: true, off: false }
off: off
${isLasting ? "codeDefault: off\n" : ""}environments:${places === "" ? " {}\n" : `\n${places}`}`;
}
