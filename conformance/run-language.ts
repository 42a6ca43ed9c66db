import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { comparable, type Expected, type World } from "./compare.ts";
import type { Reply, Request } from "./protocol.ts";
import type { Script, Vector } from "./vectors.ts";

/** How a language did: names of the vectors that it answers wrongly. */
export interface LanguageResult {
  readonly passed: number;
  readonly wrong: readonly string[];
}

interface Exchange {
  readonly name: string;
  readonly request: Request;
  readonly expected: Reply;
}

const loadOf = ({ snapshot, urgent = [], asker = {} }: World): Request => ({
  do: "load",
  snapshot: JSON.stringify(snapshot),
  urgent: urgent.map((kill) => JSON.stringify(kill)),
  asker,
});

/** Vectors that follow each other in one world load it once. */
export function exchangesOf(vectors: readonly Vector[], scripts: readonly Script[]): readonly Exchange[] {
  const all: Exchange[] = [];
  let loaded: World | undefined;
  for (const { name, world, flag, context, expected } of vectors) {
    if (world !== loaded) all.push({ name, request: loadOf(world), expected: { ok: true } });
    loaded = world;
    all.push({ name, request: { do: "ask", flag, context }, expected: { answer: expected } });
  }
  for (const { name, exchanges } of scripts) for (const [request, expected] of exchanges) all.push({ name, request, expected });
  return all;
}

/** The shape replies are compared in. */
export function comparableReply(reply: Reply): string {
  return "answer" in reply ? comparable(reply.answer as Expected) : JSON.stringify(reply);
}

/** A runner that ended, or wrote what is no reply. */
export class RunnerBroken extends Error {
  override readonly name = "RunnerBroken";
}

/** Puts every request to a runner and compares its replies; ends with the `wrongMax`th wrong one, which is all that a mutant needs. Throws `RunnerBroken`. */
export async function runLanguage(
  [program = "", ...args]: readonly string[],
  exchanges: readonly Exchange[],
  wrongMax: number = Number.POSITIVE_INFINITY,
): Promise<LanguageResult> {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  // A runner that hangs is stopped with us: mutants do.
  const stop = (): void => void child.kill("SIGKILL");
  process.once("SIGTERM", stop);
  const failed = new Promise<never>((_, reject) => child.once("error", (cause) => reject(new RunnerBroken(`${program} cannot be started`, { cause }))));
  const wrong = new Set<string>();
  const read = async (): Promise<void> => {
    let at = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      const exchange = exchanges[at];
      at += 1;
      if (exchange === undefined) throw new RunnerBroken(`${program} wrote more replies than there were requests`);
      if (comparableReply(JSON.parse(line) as Reply) !== comparableReply(exchange.expected)) wrong.add(exchange.name);
      if (wrong.size >= wrongMax) return stop();
    }
    if (at < exchanges.length) throw new RunnerBroken(`${program} ended after ${at} of ${exchanges.length} replies`);
  };
  // One request a write: the stream keeps what the runner has not read yet, at most the vectors themselves.
  child.stdin.on("error", () => stop());
  for (const { request } of exchanges) child.stdin.write(`${JSON.stringify(request)}\n`);
  child.stdin.end();
  await Promise.race([read(), failed]).finally(() => process.removeListener("SIGTERM", stop));
  return { passed: new Set(exchanges.map(({ name }) => name)).size - wrong.size, wrong: [...wrong] };
}
