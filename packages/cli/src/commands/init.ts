import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { dateAt, initFiles, SCHEMA_FOLDER, schemaFiles } from "@sluice/definitions";
import type { Command } from "commander";
import { CommandFailed } from "../failure.ts";
import { paint, type Terminal } from "../terminal.ts";

export function registerInit(program: Command, terminal: Terminal): void {
  program
    .command("init")
    .description("write a first project: three files to understand, offline")
    .argument("[folder]", "where", ".")
    .option("--json", "print one JSON object")
    .action((folder: string, options: { readonly json?: boolean }) => {
      const root = resolve(folder);
      const files = initFiles(dateAt(Date.now()));
      const all = new Map([...files, ...schemaFiles()]);
      const there = [...all.keys()].filter((path) => existsSync(join(root, path)));
      if (there.length > 0)
        throw new CommandFailed({
          code: "init/exists",
          message: `${there.join(", ")} ${there.length === 1 ? "is" : "are"} there already.`,
          fix: "Nothing was written. Choose another folder, or go on with what is there: sluice validate",
          exitCode: 1,
        });
      for (const [path, text] of all) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), text, { flag: "wx" });
      }
      if (options.json) {
        terminal.json({ folder: root, files: [...all.keys()] });
        return;
      }
      const here = relative(process.cwd(), root);
      for (const path of files.keys()) terminal.out(`${paint(terminal, "green", "wrote")}  ${join(here, path)}`);
      terminal.out(`${paint(terminal, "green", "wrote")}  ${join(here, SCHEMA_FOLDER)}: by these your editor completes and explains fields`);
      terminal.out(`\nNext:  ${here === "" ? "" : `cd ${here} && `}sluice dev       serves them while you edit`);
      terminal.out("       sluice eval example.hello --user me");
    });
}
