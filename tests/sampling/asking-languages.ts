// The application of asking-app.ts in each language: the same arguments, the same line of JSON.
import { join } from "node:path";
import { environmentPython, findPython, folder as pythonFolder } from "../../sdks/python/installation.ts";
import { buildGo, goCommand } from "../sdk-go/toolchain.ts";
import { compileJava, hasJava, javaProgram } from "../sdk-java/toolchain.ts";

const python = findPython();
/** The application in Node. */
export const askingNode: readonly string[] = [process.execPath, "--disable-warning=ExperimentalWarning", join(import.meta.dirname, "asking-app.ts")];

/** What is on this machine: each makes its command. */
export const askingLanguages: readonly { readonly language: string; readonly command: () => Promise<readonly string[]> }[] = [
  { language: "Node", command: async () => askingNode },
  ...(python === undefined
    ? []
    : [{ language: "Python", command: async () => [environmentPython(python), "-B", join(pythonFolder, "tests/asking_process.py")] }]),
  ...(goCommand === undefined ? [] : [{ language: "Go", command: async () => [await buildGo("./internal/asking", "asking")] }]),
  ...(hasJava ? [{ language: "Java", command: async () => javaProgram("Asking", await compileJava()) }] : []),
];
