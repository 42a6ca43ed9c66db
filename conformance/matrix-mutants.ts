import { environmentPython, findPython } from "../sdks/python/installation.ts";
import { isCaught as isPythonCaught, mutants as pythonMutants } from "../sdks/python/mutants.ts";
import { browserMutants } from "../tests/browser/mutants.ts";
import { mutants as reactMutants, type PageMutant } from "../tests/react/mutants.ts";
import { runVariant } from "../tests/react/run-variant.ts";
import { goMutants, isGoMutantCaught } from "../tests/sdk-go/mutants.ts";
import { goCommand } from "../tests/sdk-go/toolchain.ts";
import { compileJavaMutants, isJavaMutantCaught, javaMutants } from "../tests/sdk-java/mutants.ts";
import { hasJava } from "../tests/sdk-java/toolchain.ts";
import { isCaught, mutants } from "./mutants.ts";
import { exchangesOf } from "./run-language.ts";
import { readScripts, readVectors } from "./vectors.ts";

/** Wrong SDKs of one language, by name, and whether its tests or the vectors tell one. */
export interface LanguageMutants {
  readonly language: string;
  readonly mutants: readonly { readonly name: string; isCaught(): Promise<boolean> }[];
}

const ofPages = (language: string, list: readonly PageMutant[]): LanguageMutants => ({
  language,
  mutants: list.map(({ name, tests }) => ({ name, isCaught: async () => !(await runVariant([tests], { SLUICE_MUTANT: name })).isGreen })),
});

/** Of every language that this machine has the tools for. */
export async function mutantsOf(): Promise<readonly LanguageMutants[]> {
  const found: LanguageMutants[] = [
    { language: "js-server", mutants: mutants.map((one, index) => ({ name: one.name, isCaught: () => isCaught(one, index) })) },
    ofPages("js-browser", browserMutants),
    ofPages("react", reactMutants),
  ];
  const python = findPython();
  if (python !== undefined) {
    const [inside, exchanges] = [environmentPython(python), exchangesOf(readVectors(), readScripts())];
    found.push({ language: "python", mutants: pythonMutants.map((one) => ({ name: one.name, isCaught: () => isPythonCaught(inside, one, exchanges) })) });
  }
  if (goCommand !== undefined) found.push({ language: "go", mutants: goMutants.map((one) => ({ name: one.name, isCaught: () => isGoMutantCaught(one) })) });
  if (hasJava) {
    const classes = await compileJavaMutants(javaMutants);
    found.push({ language: "java", mutants: javaMutants.map((one) => ({ name: one.name, isCaught: () => isJavaMutantCaught(classes, one) })) });
  }
  return found;
}
