import { writeFileSync } from "node:fs";
import { exportFlagd } from "@sluice/importers";
import type { Command } from "commander";
import { CommandFailed } from "../failure.ts";
import { readSide } from "../snapshot-side.ts";
import { paint, type Terminal } from "../terminal.ts";

interface ExportOptions {
  readonly environment: string;
  readonly to?: string;
  readonly json?: boolean;
}

/** `export` writes what another system's evaluators read, and names each flag that has no equal there. */
export function registerExport(program: Command, terminal: Terminal): void {
  program
    .command("export")
    .description("write flags for another system's evaluators; flags without an exact equal are named and left out")
    .argument("<format>", "flagd")
    .argument("[source]", "folder that holds sluice.yaml, or a snapshot's JSON file", ".")
    .option("-e, --environment <key>", "where", "production")
    .option("-t, --to <file>", "file to write; standard output where it is not given")
    .option("--json", "print one JSON object")
    .action((format: string, source: string, options: ExportOptions) => {
      if (format !== "flagd")
        throw new CommandFailed({ code: "export/format", message: `There is no export of "${format}".`, fix: "Known: flagd.", exitCode: 2 });
      const { text, flags, refused } = exportFlagd(readSide(source, options.environment));
      if (options.to !== undefined) writeFileSync(options.to, `${text}\n`);
      if (options.json) return terminal.json({ flags, refused, ...(options.to === undefined ? { text } : { to: options.to }) });
      if (options.to === undefined) terminal.out(text);
      else terminal.out(`${paint(terminal, "green", "exported")}  ${flags} flags into ${options.to}`);
      for (const { flag, why } of refused) terminal.say(`left out   ${flag}: it has ${why}`);
    });
}
