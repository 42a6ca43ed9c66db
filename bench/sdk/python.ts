import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { environmentPython, findPython, folder } from "../../sdks/python/installation.ts";
import type { Language, LanguageFigures } from "./language.ts";

const MEASURE_MS_MAX = 120_000;

/** The Python SDK's own program measures, in an environment that holds the SDK. */
export const python: Language = {
  name: "python",
  target: 5.5,
  measure: async (snapshot, url) => {
    const found = findPython();
    if (found === undefined) throw new Error("there is no Python from 3.10 on with venv");
    const program = [environmentPython(found), [join(folder, "bench/measure.py")]] as const;
    return JSON.parse(
      execFileSync(...program, { input: snapshot, env: { ...process.env, SLUICE_URL: url }, encoding: "utf8", timeout: MEASURE_MS_MAX }),
    ) as LanguageFigures;
  },
};
