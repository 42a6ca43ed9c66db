import { existsSync, readFileSync, writeFileSync } from "node:fs";
import {
  type FlagDefinition,
  GO_TAKEN,
  goOf,
  JAVA_FLAGS_MAX,
  javaOf,
  type NamedFlag,
  namedFirst,
  namedFlags,
  type NameStyle,
  openFeatureManifestOf,
  PYTHON_TAKEN,
  pythonOf,
  typescriptOf,
  withFormerKeys,
} from "@sluice/definitions";
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

const LANGUAGES = ["ts", "go", "python", "java", "openfeature"] as const;
type Language = (typeof LANGUAGES)[number];
/** A package of Go: a short lower-case word that is none of the language's. */
const GO_PACKAGE =
  /^(?!(?:break|case|chan|const|continue|default|defer|else|fallthrough|for|func|go|goto|if|import|interface|map|package|range|return|select|struct|switch|type|var)$)[a-z][a-z0-9_]{0,49}$/;

/** A package of Java: lower-case words between dots, none of them the language's. */
const JAVA_PACKAGE =
  /^(?:(?!(?:abstract|assert|boolean|break|byte|case|catch|char|class|const|continue|default|do|double|else|enum|extends|false|final|finally|float|for|goto|if|implements|import|instanceof|int|interface|long|native|new|null|package|private|protected|public|return|short|static|strictfp|super|switch|synchronized|this|throw|throws|transient|true|try|void|volatile|while)(?:\.|$))[a-z][a-z0-9_]{0,49}(?:\.(?=.)|$)){1,20}$/;

/** `codegen` writes code in which a key that no flag has does not compile. */
export function registerCodegen(program: Command, terminal: Terminal): void {
  program
    .command("codegen")
    .description("write typed code from the flags: a misspelt key does not compile")
    .addArgument(new Argument("<language>", "of the code; openfeature: the flag manifest of OpenFeature's own command line").choices(LANGUAGES))
    .argument("[folder]", "folder that holds sluice.yaml", ".")
    .requiredOption("-o, --out <file>", "the file to write")
    .option("--package <name>", "Go, Java: the package's name", "flags")
    .option("--check", "write nothing; end with 1 where the file is not what would be written (for CI)")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExamples:\n  sluice codegen ts flags --out src/flags.ts\n  sluice codegen go flags --out internal/flags/flags.go\n  sluice codegen python flags --out app/flags.py\n  sluice codegen java flags --package com.example.flags --out src/main/java/com/example/flags/Flags.java\n  sluice codegen openfeature flags --out openfeature-flags.json",
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
  const text = textOf(language, withFormerKeys([...parsed.flags.values()]), options.package);
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
  switch (language) {
    case "ts":
      return typescriptOf(flags, namedFirst(flags, "upper"));
    case "openfeature":
      return openFeatureManifestOf(flags);
    case "go":
      checkPackage(packageName, { of: "Go", pattern: GO_PACKAGE, example: "flags" });
      return goOf(named(flags, { style: "pascal", taken: GO_TAKEN }), packageName);
    case "java":
      checkPackage(packageName, { of: "Java", pattern: JAVA_PACKAGE, example: "com.example.flags" });
      if (flags.length > JAVA_FLAGS_MAX)
        throw new CommandFailed({
          code: "codegen/too-many",
          message: `There are ${flags.length} flags, and one Java class holds ${JAVA_FLAGS_MAX}.`,
          fix: "Write code for folders of flags apart, each with a project of its own.",
          exitCode: 1,
        });
      return javaOf(named(flags, { style: "upper" }), packageName);
    case "python":
      return pythonOf(named(flags, { style: "upper", taken: PYTHON_TAKEN }));
  }
}

function checkPackage(name: string, { of, pattern, example }: { readonly of: string; readonly pattern: RegExp; readonly example: string }): void {
  if (pattern.test(name)) return;
  throw new CommandFailed({
    code: "codegen/package",
    message: `"${name}" is no name of a ${of} package.`,
    fix: `Give one like: --package ${example}`,
    exitCode: 2,
  });
}

function named(flags: readonly FlagDefinition[], names: { readonly style: NameStyle; readonly taken?: readonly string[] }): readonly NamedFlag[] {
  const found = namedFlags(flags, names);
  if (found.ok) return found.value;
  const { name, flags: two } = found.problem;
  throw new CommandFailed({
    code: "codegen/same-name",
    message: `${two[0]} and ${two[1]} would both be called ${name}.`,
    fix: "Rename one of them; a style guide with one way of writing keys keeps them apart.",
    exitCode: 1,
  });
}
