import type { Register } from "@sluice/cli";
import { findEntries } from "./entries.ts";

/** `lsp` answers an editor until it says goodbye. What it needs is loaded by this command alone. */
export const registerLanguageServer: Register = (program) => {
  program
    .command("lsp")
    .description("the language server: mistakes, quick fixes and the usual form in an editor, over standard input and output")
    .option("--stdio", "over standard input and output, which is the only way; editors name it")
    .addHelpText("after", "\nCompletion and explanations come from the schemas: sluice schema --write, and your editor's YAML extension.")
    .action(async () => {
      await import(findEntries().languageServer.href);
    });
};
