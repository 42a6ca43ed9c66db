import { execFile, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
/** The Go module of the SDK. */
export const goFolder: string = join(root, "sdks/go");
/** What its tests build. */
export const goBuildFolder: string = join(root, ".build/sdk-go");

/** Longest run of one Go command: the first in a fresh cache compiles the standard library with the race detector. */
const COMMAND_MS_MAX = 300_000;

/** The Go command where there is one: on the path, or where its own installer puts it. */
export const goCommand: string | undefined = ["go", "/usr/local/go/bin/go"].find(
  (command) => spawnSync(command, ["version"], { encoding: "utf8" }).status === 0,
);

/** Where the toolchain and the standard library's sources are. */
export function goRoot(): string {
  return spawnSync(goCommand ?? "go", ["env", "GOROOT"], { encoding: "utf8" }).stdout.trim();
}

/** The formatter of the same toolchain. */
export function gofmtPath(): string {
  return join(goRoot(), "bin/gofmt");
}

/** How a command ended. */
export interface CommandRun {
  readonly status: number;
  readonly output: string;
}

/** Runs a program in a folder of the module, without ever downloading another toolchain. */
export function runIn(
  folder: string,
  [program, ...args]: readonly [string, ...string[]],
  environment: Readonly<Record<string, string>> = {},
): Promise<CommandRun> {
  mkdirSync(goBuildFolder, { recursive: true });
  return new Promise((resolve) => {
    const env = { ...process.env, ...environment };
    execFile(program, args, { cwd: folder, env, timeout: COMMAND_MS_MAX, maxBuffer: 64 * 2 ** 20 }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      resolve({ status, output: stdout + stderr });
    });
  });
}

/** Runs a subcommand of Go. */
export function runGo(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<CommandRun> {
  return runIn(goFolder, [goCommand ?? "go", ...args], environment);
}

/** Builds a command of the module and gives its path. Throws where it does not build. */
export async function buildGo(packagePath: string, name: string, flags: readonly string[] = []): Promise<string> {
  const path = join(goBuildFolder, name);
  const { status, output } = await runGo(["build", ...flags, "-o", path, packagePath]);
  if (status !== 0) throw new Error(`${packagePath} does not build:\n${output}`);
  return path;
}
