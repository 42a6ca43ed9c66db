import { execFileSync } from "node:child_process";
import { compileJava, javaClassPath } from "../../tests/sdk-java/toolchain.ts";
import type { CaseTimes, Language } from "./language.ts";

const MEASURE_MS_MAX = 120_000;
const CASES = ["plain", "attribute", "rules10", "ids1000"] as const;

/** The Java SDK's own program measures, each case in a JVM of its own. `allocs` are bytes a call. */
export const java: Language = {
  name: "java",
  target: 3.5,
  unit: "bytes",
  measure: async (snapshot) => {
    const command = [...javaClassPath(await compileJava()), "io.github.sluiceflags.programs.Bench"];
    const ns: Record<string, CaseTimes> = {};
    let allocs = 0;
    for (const one of CASES) {
      const said = execFileSync("java", [...command, one], { input: snapshot, encoding: "utf8", timeout: MEASURE_MS_MAX });
      const { optimum, sluice, bytes } = JSON.parse(said) as CaseTimes & { readonly bytes: number };
      ns[one] = { optimum, sluice };
      allocs = Math.max(allocs, bytes);
    }
    return { ns, allocs };
  },
};
