import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { CodeAnswer, CodeQuestion } from "../code-question.ts";

/** Work within which nearly every repository is read; what takes longer is told, and looked at by a pipeline. */
const CPU_MS_MAX = 60_000;
/** The same on a machine that is busy with other things. */
const LOOK_MS_MAX = 600_000;
/** Texts of 128 MiB and the syntax of what asks for flags. */
const MEMORY_MIB_MAX = 1_024;
/** 500 findings, and the texts of the files that they are in. */
const ANSWER_BYTES_MAX = 64 * 2 ** 20;
const SAID_CHARS_MAX = 2_000;

/** How a look ends that gives no answer. */
type Ending = { readonly text: string } | { readonly why: string };

/** Looks at code in a process of its own, which may take a minute of a core and a gigabyte. A look that fails is an answer that says so. */
export async function askCodeProcess(mirror: string, question: CodeQuestion, cpuMsMax: number = CPU_MS_MAX): Promise<CodeAnswer> {
  const ending = await run(JSON.stringify({ mirror, question, cpuMsMax }));
  if ("text" in ending) return JSON.parse(ending.text) as CodeAnswer;
  return { diagnostics: [], texts: [], isTouched: true, notes: [`The code was not looked at: ${ending.why}. sluice review --code looks at it in a pipeline.`] };
}

/** Beside the bundle of this process, or as a source. */
function entry(): string {
  const built = fileURLToPath(new URL("./code-look.mjs", import.meta.url));
  return existsSync(built) ? built : fileURLToPath(new URL("../main.ts", import.meta.url));
}

function run(input: string): Promise<Ending> {
  const { PATH, HOME } = process.env;
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [`--max-old-space-size=${MEMORY_MIB_MAX}`, entry()], { env: { PATH, HOME }, stdio: ["pipe", "pipe", "pipe"] });
    const chunks: Buffer[] = [];
    let [bytes, said] = [0, ""];
    let stopped: string | undefined;
    const stop = (why: string): void => {
      stopped ??= why;
      child.kill("SIGKILL");
    };
    const timer = setTimeout(() => stop(`it was not done within ${LOOK_MS_MAX / 60_000} minutes`), LOOK_MS_MAX);
    child.stdout.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > ANSWER_BYTES_MAX) stop("there was too much to say of it");
      else chunks.push(chunk);
    });
    child.stderr.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString("utf8")).slice(-SAID_CHARS_MAX);
    });
    // A process that ended early closes its input: how it ended is what is told.
    child.stdin.on("error", () => {});
    child.once("error", (error) => stop(error.message));
    child.once("close", (code) => {
      clearTimeout(timer);
      if (stopped === undefined && code === 0) return resolve({ text: Buffer.concat(chunks).toString("utf8") });
      resolve({ why: stopped ?? (said.includes("heap out of memory") ? `it took more than ${MEMORY_MIB_MAX} MiB` : lastWords(said, code)) });
    });
    child.stdin.end(input);
  });
}

/** The line in which an error is named. */
function lastWords(said: string, code: number | null): string {
  const named = said.split("\n").find((line) => /^\w*(?:Error|Unreachable|Refused)\b.*:/.test(line));
  return named?.replace("TooLongError: ", "") ?? `it ended with ${code ?? "a signal"}`;
}
