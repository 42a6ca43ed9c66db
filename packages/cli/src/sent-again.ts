import { CommandFailed } from "./failure.ts";
import type { ServerConnection } from "./server-connection.ts";
import type { Terminal } from "./terminal.ts";

/** How long a request is sent again, in milliseconds: after each answer that says nothing, until `forMs` after the first; each waits `timeoutMs`. */
export interface Patience {
  readonly everyMs: number;
  readonly forMs: number;
  readonly timeoutMs: number;
}

interface Request {
  readonly path: string;
  readonly body: { readonly command: string };
  readonly patience: Patience;
  readonly terminal: Terminal;
}

/** Whether nobody can tell by this failure what became of a request: no answer, one of a proxy, or of a server that is in trouble. */
export const isUnsure = (error: unknown): error is CommandFailed =>
  error instanceof CommandFailed && (error.code === "cli/unreachable" || (error.status !== undefined && error.status >= 500));

/**
 * Sends a decision, and again under its command while nobody says what became of it: however often it is sent, it happens once. Throws
 * `CommandFailed`: the refusal, or the last word where none came in time, with the command to ask again with.
 */
export async function sendUntilAnswered<T>(server: ServerConnection, { path, body, patience, terminal }: Request): Promise<T> {
  const end = performance.now() + patience.forMs;
  for (let isTold = false; ; isTold = true) {
    try {
      return await server.post<T>(path, body, patience.timeoutMs);
    } catch (error) {
      if (!isUnsure(error)) throw error;
      if (performance.now() + patience.everyMs > end) throw unanswered(error, body.command);
      if (!isTold) terminal.say(`${error.message} It is sent again for ${patience.forMs / 1000} s, as the same decision.`);
    }
    await pause(patience.everyMs);
  }
}

function unanswered(error: CommandFailed, command: string): CommandFailed {
  const { code, message, fix, status } = error;
  const again = `Ask again with --command ${command}: it happens once, whether this one was taken or not.`;
  return new CommandFailed({ code, message, fix: `${again} ${fix}`, exitCode: 3, ...(status === undefined ? {} : { status }) }, { cause: error });
}

/** Waits so many milliseconds. */
export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
