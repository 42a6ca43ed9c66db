import { relative } from "node:path";
import { formatDiagnostics } from "@sluice/definitions";
import type { Command } from "commander";
import { CommandFailed } from "../failure.ts";
import { parseFolder } from "../flag-folder.ts";
import { paint, type Terminal } from "../terminal.ts";

export function registerValidate(program: Command, terminal: Terminal): void {
  program
    .command("validate")
    .description("check every flag file and name all mistakes, with a place and a fix")
    .argument("[folder]", "folder that holds sluice.yaml", ".")
    .option("--json", "print one JSON object")
    .action((folder: string, options: { readonly json?: boolean }) => {
      const { folder: root, files, parsed } = parseFolder(folder);
      const errors = parsed.diagnostics.filter(({ severity }) => severity === "error").length;
      const warnings = parsed.diagnostics.length - errors;
      if (options.json) terminal.json({ flags: parsed.flags.size, segments: parsed.segments.size, errors, warnings, diagnostics: parsed.diagnostics });
      else {
        if (parsed.diagnostics.length > 0)
          terminal.out(formatDiagnostics(parsed.diagnostics, (path) => files.get(path), { format: "text", colour: terminal.colour }));
        const where = relative(process.cwd(), root) || ".";
        if (errors === 0)
          terminal.out(
            `${paint(terminal, "green", "ok")}  ${where}: ${parsed.flags.size} flags, ${parsed.segments.size} segments${warnings > 0 ? `, ${warnings} warnings` : ""}`,
          );
        else
          throw new CommandFailed({
            code: "validate/mistakes",
            message: `${errors} ${errors === 1 ? "mistake" : "mistakes"}${warnings > 0 ? ` and ${warnings} warnings` : ""} in ${where}.`,
            fix: "Mend them and run it again; a server keeps these flags at their last good form.",
            exitCode: 1,
          });
      }
      if (errors > 0) process.exitCode = 1;
    });
}
