import { formatFile, isFormatted } from "@sluice/definitions";
import { type Command, Option } from "commander";
import { CommandFailed } from "../failure.ts";
import { readFlagFolder, writeFiles } from "../flag-folder.ts";
import { paint, type Terminal } from "../terminal.ts";

interface FmtOptions {
  readonly check?: boolean;
  readonly staged?: boolean;
  readonly json?: boolean;
}

/** Files that a message names; the rest is counted. */
const NAMED_MAX = 5;

/** `fmt` puts files into their usual form; what they mean and every comment stays. */
export function registerFmt(program: Command, terminal: Terminal): void {
  program
    .command("fmt")
    .description("put flag files into their usual form: order of fields, spaces, empty lines; comments stay")
    .argument("[folder]", "folder that holds sluice.yaml", ".")
    .option("--check", "write nothing; end with 1 where a file is in another form (for CI)")
    .addOption(new Option("--staged", "look at what would be committed; it writes nothing").implies({ check: true }))
    .option("--json", "print one JSON object")
    .action((folder: string, options: FmtOptions) => fmt(folder, options, terminal));
}

function fmt(start: string, { check, json, staged }: FmtOptions, terminal: Terminal): void {
  const { folder, files } = readFlagFolder(start, staged === true ? "index" : "disk");
  const done = [...files].filter(([path]) => isFormatted(path)).map(([path, text]) => ({ path, ...formatFile(path, text) }));
  const [changed, unread] = (["changed", "unread"] as const).map((outcome) => done.filter((file) => file.outcome === outcome).map(({ path }) => path));
  if (check !== true) writeFiles(folder, files, new Map([...files, ...done.map(({ path, text }) => [path, text] as const)]));
  if (check === true && changed !== undefined && changed.length > 0) {
    if (json === true) terminal.json({ files: done.length, changed, unread });
    const more = changed.length > NAMED_MAX ? `, and ${changed.length - NAMED_MAX} more` : "";
    const message = `Not in the usual form: ${changed.slice(0, NAMED_MAX).join(", ")}${more}.`;
    if (json === true) process.exitCode = 1;
    else throw new CommandFailed({ code: "fmt/form", message, fix: `Run: sluice fmt${start === "." ? "" : ` ${start}`}`, exitCode: 1 });
    return;
  }
  if (json === true) return terminal.json({ files: done.length, changed, unread });
  for (const path of changed ?? []) terminal.out(`${paint(terminal, "green", "wrote")}  ${path}`);
  for (const path of unread ?? [])
    terminal.say(`${paint(terminal, "yellow", "left")}   ${path}: it cannot be put in order as it is; sluice validate says where it has mistakes`);
  terminal.out(`${paint(terminal, "green", "ok")} ${done.length} files, ${changed?.length ?? 0} changed.`);
}
