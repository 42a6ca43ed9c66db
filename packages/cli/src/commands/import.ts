import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { importFlags, importFormats } from "@sluice/importers";
import type { Command } from "commander";
import { CommandFailed } from "../failure.ts";
import { paint, type Terminal } from "../terminal.ts";

interface ImportOptions {
  readonly to: string;
  readonly json?: boolean;
}

export function registerImport(program: Command, terminal: Terminal): void {
  program
    .command("import")
    .description("turn another system's flags into flag files, and say for each flag what could not be kept")
    .argument("<format>", importFormats.join(" or "))
    .argument("<file...>", "the other system's files, or folders of them")
    .requiredOption("-t, --to <folder>", "new folder for the flag files and the loss report")
    .option("--json", "print one JSON object")
    .action((format: string, paths: readonly string[], options: ImportOptions) => {
      const known = importFormats.find((one) => one === format);
      if (known === undefined)
        throw new CommandFailed({
          code: "import/format",
          message: `There is no import of "${format}".`,
          fix: `Known: ${importFormats.join(", ")}.`,
          exitCode: 2,
        });
      const to = resolve(options.to);
      if (existsSync(join(to, "sluice.yaml")))
        throw new CommandFailed({
          code: "import/exists",
          message: `${to} has a project already.`,
          fix: "Nothing was written. Import into a new folder, look, and move what you want.",
          exitCode: 1,
        });
      const input = new Map(paths.flatMap(readInput));
      const { files, losses, problems, flags } = importFlags(known, input, { project: basename(to) });
      const [problem] = problems;
      if (problem !== undefined)
        throw new CommandFailed({
          code: "import/refused",
          message: problems.map((one) => `${one.file}: ${one.message}`).join("\n        "),
          fix: `Nothing was written. ${problem.fix}`,
          exitCode: 1,
        });
      for (const [path, text] of files) {
        mkdirSync(dirname(join(to, path)), { recursive: true });
        writeFileSync(join(to, path), text);
      }
      writeFileSync(join(to, "loss-report.json"), `${JSON.stringify(losses, undefined, 1)}\n`);
      if (options.json) terminal.json({ to, flags, files: files.size, losses });
      else {
        terminal.out(`${paint(terminal, "green", "imported")}  ${flags} flags into ${to} (${files.size} files)`);
        terminal.out(
          losses.length === 0
            ? "Everything was kept."
            : `${losses.length} things could not be kept as they were, on ${new Set(losses.map((loss) => loss.flag)).size} flags: see loss-report.json.`,
        );
      }
    });
}

function readInput(path: string): readonly (readonly [string, string])[] {
  try {
    if (!statSync(path).isDirectory()) return [[basename(path), readFileSync(path, "utf8")]];
    return readdirSync(path)
      .filter((name) => name.endsWith(".json"))
      .sort()
      .map((name) => [name, readFileSync(join(path, name), "utf8")]);
  } catch (error) {
    throw new CommandFailed(
      {
        code: "import/unreadable",
        message: `${path} could not be read: ${error instanceof Error ? error.message : String(error)}`,
        fix: "Check the path.",
        exitCode: 3,
      },
      { cause: error },
    );
  }
}
