import { execFile, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

const root = join(import.meta.dirname, "../..");
/** The Java SDK: a Maven project of several modules. */
export const javaFolder: string = join(root, "sdks/java");
/** What its tests build. */
export const javaBuildFolder: string = join(root, ".build/sdk-java");

/** Longest run of one command: Maven's first on a machine fetches its plugins and Spring. */
const COMMAND_MS_MAX = 600_000;
/** The SDK's own lowest version. */
const JAVA_MIN = 17;

const firstNumber = (text: string): number => Number(/\d+/.exec(text)?.[0] ?? 0);

/** Whether there is a Java compiler of a version that the SDK builds with. */
export const hasJava: boolean = firstNumber(spawnSync("javac", ["-version"], { encoding: "utf8" }).stdout ?? "") >= JAVA_MIN;

/** Whether there is Maven as well, for what needs packages. */
export const hasMaven: boolean = hasJava && spawnSync("mvn", ["-version"], { encoding: "utf8" }).status === 0;

/** How a command ended. */
interface CommandRun {
  readonly status: number;
  readonly output: string;
}

/** Runs a program in the SDK's folder. */
function runJava([program, ...args]: readonly [string, ...string[]], input = ""): Promise<CommandRun> {
  return new Promise((resolve) => {
    const child = execFile(program, args, { cwd: javaFolder, timeout: COMMAND_MS_MAX, maxBuffer: 64 * 2 ** 20 }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      resolve({ status, output: stdout + stderr });
    });
    // Whoever ends early reads no more, and says why by its exit code.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}

/** Runs Maven over all modules, without a word unless something is wrong. */
export function runMaven(...args: readonly string[]): Promise<CommandRun> {
  return runJava(["mvn", "-q", "-B", "-ntp", "-Dstyle.color=never", ...args]);
}

/** Sources that need nothing but Java: the SDK itself and the programs that put it behind a pipe. */
function plainSources(): readonly string[] {
  return ["core/src/main/java", "programs/src/main/java"].flatMap((folder) =>
    readdirSync(join(javaFolder, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".java"))
      .map((name) => join(folder, name))
      .sort(),
  );
}

/** Why the SDK does not build: what the compiler says. */
export class JavaDoesNotBuild extends Error {
  override readonly name = "JavaDoesNotBuild";
}

/** Compiles SDK and programs as Maven does (`pom.xml`), every warning an error, once for each state of their sources; gives the folder of classes. */
export async function compileJava(): Promise<string> {
  const sources = plainSources();
  const hash = createHash("sha256");
  for (const source of sources) hash.update(source).update(readFileSync(join(javaFolder, source)));
  const classes = join(javaBuildFolder, `classes-${hash.digest("hex").slice(0, 16)}`);
  if (existsSync(classes)) return classes;
  const own = `${classes}.${process.pid}`;
  mkdirSync(own, { recursive: true });
  const list = `${own}.sources`;
  writeFileSync(list, sources.join("\n"));
  const { status, output } = await runJava(["javac", "--release", String(JAVA_MIN), "-Xlint:all", "-Werror", "-XDstringConcat=inline", "-d", own, `@${list}`]);
  rmSync(list);
  if (status !== 0) throw new JavaDoesNotBuild(output);
  // Two test files may build at once: whoever is second throws its own away.
  if (existsSync(classes)) rmSync(own, { recursive: true });
  else renameSync(own, classes);
  return classes;
}

/** How Java is told where classes are; folders that come first win. */
export function javaClassPath(...classes: readonly string[]): readonly [string, string] {
  return ["-cp", classes.join(delimiter)];
}

/** The command of one of the programs, over folders of classes. Starts fast rather than running fast. */
export function javaProgram(name: string, ...classes: readonly string[]): readonly [string, ...string[]] {
  return ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", ...javaClassPath(...classes), `io.github.sluiceflags.programs.${name}`];
}

/** Runs one of the programs to its end with an input. */
export function runJavaProgram(command: readonly [string, ...string[]], input: string): Promise<CommandRun> {
  return runJava(command, input);
}
