import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createProgram, runProgram } from "../program.ts";
import type { Terminal } from "../terminal.ts";

/** A request as it reached the server. */
export interface Sent {
  readonly method: string;
  readonly url: string;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** What a server answers, as JSON. */
export interface Answer {
  readonly status?: number;
  readonly body: object;
}

/** What a command sent, printed and ended with. */
export interface CommandRun {
  readonly sent: readonly Sent[];
  readonly out: string;
  readonly said: string;
  readonly code: number;
}

/** Runs a command as a shell does. */
export async function runHere(argv: readonly string[]): Promise<Omit<CommandRun, "sent">> {
  const [out, said]: [string[], string[]] = [[], []];
  const terminal: Terminal = {
    colour: false,
    out: (text) => void out.push(text),
    say: (text) => void said.push(text),
    json: (value) => void out.push(JSON.stringify(value)),
  };
  const code = await runProgram(createProgram(terminal, []), argv, terminal);
  return { out: out.join("\n"), said: said.join("\n"), code };
}

/** Runs a command as a shell does, against a server on this machine that answers each request as told. */
export async function runCommand(argv: readonly string[], answer: (request: Sent, at: number) => Answer): Promise<CommandRun> {
  const sent: Sent[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      const { method = "", url = "" } = request;
      const asked: Sent = { method, url, ...(text === "" ? {} : { body: JSON.parse(text) as Readonly<Record<string, unknown>> }) };
      const { status = 200, body } = answer(asked, sent.length);
      sent.push(asked);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const where = ["--url", `http://127.0.0.1:${(server.address() as AddressInfo).port}`, "--token", "a-token-that-is-long"];
  try {
    return { sent, ...(await runHere([...argv, ...where])) };
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}
