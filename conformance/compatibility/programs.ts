import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { environmentPython, findPython } from "../../sdks/python/installation.ts";
import { goCommand } from "../../tests/sdk-go/toolchain.ts";
import { hasJava } from "../../tests/sdk-java/toolchain.ts";
import type { Program } from "./play.ts";

const BUILD_MS_MAX = 600_000;
const NODE = [process.execPath, "--disable-warning=ExperimentalWarning"] as const;

/** A program of this folder as one of the tree: packages are found from where it lies. */
function placed(tree: string, name: string): string {
  const path = join(tree, name);
  copyFileSync(join(import.meta.dirname, name), path);
  return path;
}

/** The tree's server. */
export function serverOf(tree: string): Program {
  return { argv: [...NODE, placed(tree, "server-process.ts")] };
}

const javaSources = (tree: string): readonly string[] =>
  ["core/src/main/java", "programs/src/main/java"].flatMap((folder) =>
    readdirSync(join(tree, "sdks/java", folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".java"))
      .map((name) => join(tree, "sdks/java", folder, name)),
  );

function javaOf(tree: string): Program {
  const classes = join(tree, ".classes");
  mkdirSync(classes, { recursive: true });
  execFileSync("javac", ["--release", "17", "-nowarn", "-d", classes, ...javaSources(tree)], { timeout: BUILD_MS_MAX, stdio: "pipe" });
  return { argv: ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", classes, "io.github.sluiceflags.programs.Live"] };
}

function goOf(tree: string): Program {
  const program = join(tree, ".live");
  execFileSync(goCommand ?? "go", ["build", "-o", program, "./internal/live"], { cwd: join(tree, "sdks/go"), timeout: BUILD_MS_MAX, stdio: "pipe" });
  return { argv: [program] };
}

function pythonOf(tree: string): Program {
  const sdk = join(tree, "sdks/python");
  const path = [join(sdk, "src"), process.env["PYTHONPATH"] ?? ""].filter((part) => part !== "").join(delimiter);
  return { argv: [environmentPython(findPython() ?? ""), "-B", join(sdk, "tests/live_process.py")], environment: { PYTHONPATH: path } };
}

/** Processes that follow a flag with the tree's SDKs: of those languages that it has them for, and this machine has what builds them. */
export function sdksOf(tree: string): ReadonlyMap<string, Program> {
  const programs = new Map<string, Program>([["node", { argv: [...NODE, placed(tree, "live-process.ts")] }]]);
  const has = (path: string): boolean => existsSync(join(tree, "sdks", path));
  if (has("python/tests/live_process.py") && findPython() !== undefined) programs.set("python", pythonOf(tree));
  if (has("go/internal/live/main.go") && goCommand !== undefined) programs.set("go", goOf(tree));
  if (has("java/programs/src/main/java/io/github/sluiceflags/programs/Live.java") && hasJava) programs.set("java", javaOf(tree));
  return programs;
}
