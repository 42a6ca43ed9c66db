import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { typescriptOf } from "@sluice/definitions";
import { type Command, Argument } from "commander";
import { CommandFailed } from "../failure.ts";
import { parseFolder } from "../flag-folder.ts";
import { paint, type Terminal } from "../terminal.ts";

interface CodegenOptions {
  readonly out: string;
  readonly check?: boolean;
  readonly json?: boolean;
}

/** `codegen` writes code in which a key that no flag has does not compile. */
export function registerCodegen(program: Command, terminal: Terminal): void {
  program
    .command("codegen")
    .description("write typed code from the flags: a misspelt key does not compile")
    .addArgument(new Argument("<language>", "of the code").choices(["ts"]))
    .argument("[folder]", "folder that holds sluice.yaml", ".")
    .requiredOption("-o, --out <file>", "the file to write")
    .option("--check", "write nothing; end with 1 where the file is not what would be written (for CI)")
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample:\n  sluice codegen ts flags --out src/flags.ts")
    .action((_language: string, folder: string, options: CodegenOptions) => codegen(folder, options, terminal));
}

function codegen(folder: string, { out, check, json }: CodegenOptions, terminal: Terminal): void {
  const { parsed } = parseFolder(folder);
  const broken = parsed.brokenFlags.map(({ flag }) => flag);
  if (broken.length > 0)
    throw new CommandFailed({
      code: "codegen/broken",
      message: `${broken.length} ${broken.length === 1 ? "flag has a mistake" : "flags have mistakes"}, and would be missing: ${broken.slice(0, 5).join(", ")}.`,
      fix: "Mend what `sluice validate` names, and run it again.",
      exitCode: 1,
    });
  const text = typescriptOf([...parsed.flags.values()]);
  const isCurrent = existsSync(out) && readFileSync(out, "utf8") === text;
  if (check === true && !isCurrent)
    throw new CommandFailed({
      code: "codegen/stale",
      message: `${out} is not what the flags say.`,
      fix: `Run: sluice codegen ts ${folder} --out ${out}`,
      exitCode: 1,
    });
  if (check !== true && !isCurrent) writeFileSync(out, text);
  if (json === true) return terminal.json({ out, flags: parsed.flags.size, changed: !isCurrent });
  terminal.out(`${paint(terminal, "green", "ok")} ${out}: ${parsed.flags.size} flags${isCurrent ? ", as it was" : ""}.`);
}
