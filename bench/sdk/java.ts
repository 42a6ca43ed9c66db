import { execFileSync } from "node:child_process";
import { compileJava, javaClassPath } from "../../tests/sdk-java/toolchain.ts";
import type { CaseTimes, Language } from "./language.ts";

const MEASURE_MS_MAX = 120_000;
const CASES = ["plain", "attribute", "rules10", "ids1000"] as const;

/** The Java SDK's own program measures, each case and each way in a JVM of its own. `allocs` are bytes a call. */
export const java: Language = {
  name: "java",
  target: 3.5,
  unit: "bytes",
  measure: async (snapshot, url) => {
    const command = [...javaClassPath(await compileJava()), "io.github.sluiceflags.programs.Bench"];
    const ns: Record<string, CaseTimes> = {};
    let allocs = 0;
    const run = (one: string, way: string): { readonly optimum: number; readonly ours: number; readonly bytes: number } =>
      JSON.parse(
        execFileSync("java", [...command, one, way], {
          input: snapshot,
          env: { ...process.env, SLUICE_URL: url },
          encoding: "utf8",
          timeout: MEASURE_MS_MAX,
        }),
      );
    for (const one of CASES) {
      const [sluice, bare, sampling] = [run(one, "sluice"), run(one, "bare"), run(one, "sampling")];
      ns[one] = { optimum: sluice.optimum, sluice: sluice.ours, bare: bare.ours, sampling: sampling.ours };
      allocs = Math.max(allocs, sluice.bytes);
    }
    return { ns, allocs };
  },
};
