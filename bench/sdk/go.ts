import { execFileSync } from "node:child_process";
import { buildGo } from "../../tests/sdk-go/toolchain.ts";
import type { Language, LanguageFigures } from "./language.ts";

const MEASURE_MS_MAX = 120_000;

/** The Go SDK's own program measures, because only Go can time Go. */
export const go: Language = {
  name: "go",
  target: 3.5,
  measure: async (snapshot, url) => {
    const program = await buildGo("./internal/bench", "bench");
    return JSON.parse(
      execFileSync(program, { input: snapshot, env: { ...process.env, SLUICE_URL: url }, encoding: "utf8", timeout: MEASURE_MS_MAX }),
    ) as LanguageFigures;
  },
};
