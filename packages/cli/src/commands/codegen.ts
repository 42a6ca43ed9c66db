import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { type FlagDefinition, goOf, namedFlags, pythonOf, typescriptOf } from "@sluice/definitions";
import { type Command, Argument } from "commander";
import { CommandFailed } from "../failure.ts";
import { parseFolder } from "../flag-folder.ts";
import { paint, type Terminal } from "../terminal.ts";

interface CodegenOptions {
  readonly package: string;
  readonly out: string;
  readonly check?: boolean;
  readonly json?: boolean;
}

const LANGUAGES = ["ts", "go", "python"] as const;
type Language = (typeof LANGUAGES)[number];
/** A package of Go: a short lower-case word that is none of the language's. */
const GO_PACKAGE =
  /^(?!(?:break|case|chan|const|continue|default|defer|else|fallthrough|for|func|go|goto|if|import|interface|map|package|range|return|select|struct|switch|type|var)$)[a-z][a-z0-9_]{0,49}$/;

/** `codegen` writes code in which a key that no flag has does not compile. */
export function registerCodegen(program: Command, terminal: Terminal): void {
  program
    .command("codegen")
    .description("write typed code from the flags: a misspelt key does not compile")
    .addArgument(new Argument("<language>", "of the code").choices(LANGUAGES))
    .argument("[folder]", "folder that holds sluice.yaml", ".")
    .requiredOption("-o, --out <file>", "the file to write")
    .option("--package <name>", "Go: the package's name", "flags")
    .option("--check", "write nothing; end with 1 where the file is not what would be written (for CI)")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExamples:\n  sluice codegen ts flags --out src/flags.ts\n  sluice codegen go flags --out internal/flags/flags.go\n  sluice codegen python flags --out app/flags.py",
    )
    .action((language: Language, folder: string, options: CodegenOptions) => codegen(language, folder, { options, terminal }));
}

function codegen(language: Language, folder: string, { options, terminal }: { readonly options: CodegenOptions; readonly terminal: Terminal }): void {
  const { out, check, json } = options;
  const { parsed } = parseFolder(folder);
  const broken = parsed.brokenFlags.map(({ flag }) => flag);
  if (broken.length > 0)
    throw new CommandFailed({
      code: "codegen/broken",
      message: `${broken.length} ${broken.length === 1 ? "flag has a mistake" : "flags have mistakes"}, and would be missing: ${broken.slice(0, 5).join(", ")}.`,
      fix: "Mend what `sluice validate` names, and run it again.",
      exitCode: 1,
    });
  const text = textOf(language, [...parsed.flags.values()], options.package);
  const isCurrent = existsSync(out) && readFileSync(out, "utf8") === text;
  if (check === true && !isCurrent)
    throw new CommandFailed({
      code: "codegen/stale",
      message: `${out} is not what the flags say.`,
      fix: `Run: sluice codegen ${language} ${folder} --out ${out}`,
      exitCode: 1,
    });
  if (check !== true && !isCurrent) writeFileSync(out, text);
  if (json === true) return terminal.json({ out, flags: parsed.flags.size, changed: !isCurrent });
  terminal.out(`${paint(terminal, "green", "ok")} ${out}: ${parsed.flags.size} flags${isCurrent ? ", as it was" : ""}.`);
}

/** The code. Throws `CommandFailed` where two flags would have one name, or the package none. */
function textOf(language: Language, flags: readonly FlagDefinition[], packageName: string): string {
  if (language === "ts") return typescriptOf(flags);
  if (language === "go" && !GO_PACKAGE.test(packageName))
    throw new CommandFailed({
      code: "codegen/package",
      message: `"${packageName}" is no name of a Go package.`,
      fix: "Give one like: --package flags",
      exitCode: 2,
    });
  const named = namedFlags(flags, language === "go" ? "pascal" : "upper");
  if (named.ok) return language === "go" ? goOf(named.value, packageName) : pythonOf(named.value);
  const { name, flags: two } = named.problem;
  throw new CommandFailed({
    code: "codegen/same-name",
    message: `${two[0]} and ${two[1]} would both be called ${name}.`,
    fix: "Rename one of them; a style guide with one way of writing keys keeps them apart.",
    exitCode: 1,
  });
}
