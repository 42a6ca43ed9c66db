/** What a request came to when it was not what was asked for: always with what to do next. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly code: string;
  readonly fix: string;
  readonly status: number;
  constructor(status: number, code: string, message: string, fix: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.fix = fix;
  }
}

interface ErrorBody {
  readonly error?: { readonly code?: string; readonly message?: string; readonly fix?: string };
}

/** Long enough for a slow telephone, short enough that a person is told. */
const TIMEOUT_MS = 15_000;

/** What is said where nobody answers. A page asks again by itself; of what was decided nobody knows, and nothing sends it again unasked. */
const UNANSWERED = {
  GET: ["Sluice did not answer.", "Check your connection; it is tried again by itself. A kill also works from the command line: npx sluice kill"],
  POST: ["Sluice did not answer: it is not known whether this was taken.", "Check your connection, and look at what stands there before you press again."],
} as const;

/**
 * Sends one request of the console and gives its JSON. Throws `Refused`, also when nobody answered (status 0) within `timeoutMs`.
 */
export async function send<T>(method: "GET" | "POST", path: string, body?: unknown, timeoutMs: number = TIMEOUT_MS): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers: {
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(method === "POST" ? { "sluice-request": "1" } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch {
    const [message, fix] = UNANSWERED[method];
    throw new Refused(0, "unreachable", message, fix);
  }
  const text = await response.text();
  const parsed: unknown = text === "" ? undefined : parse(text);
  if (response.ok) return parsed as T;
  const problem = (parsed as ErrorBody | undefined)?.error;
  throw new Refused(
    response.status,
    problem?.code ?? `status-${response.status}`,
    problem?.message ?? `Sluice answered ${response.status}.`,
    problem?.fix ?? "Try again in a moment.",
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A fresh command id: the same one is sent again when a press is retried, so that it has one effect. */
export function newCommand(): string {
  return `console-${[...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
