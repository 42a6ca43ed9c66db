/** What a command writes and how: one place decides about colour and JSON. */
export interface Terminal {
  /** A line of the answer itself, on standard output. */
  out(line: string): void;
  /** A line about what is going on, on standard error. */
  say(line: string): void;
  /** With `--json`: the whole answer, one line. */
  json(value: unknown): void;
  readonly colour: boolean;
}

/** A terminal over the process's own streams; colour only where a person reads and NO_COLOR is not set. */
export function processTerminal(): Terminal {
  return {
    out: (line) => void process.stdout.write(`${line}\n`),
    say: (line) => void process.stderr.write(`${line}\n`),
    json: (value) => void process.stdout.write(`${JSON.stringify(value)}\n`),
    colour: process.stdout.isTTY === true && process.env["NO_COLOR"] === undefined,
  };
}

const codes = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 } as const;

/** Text in a colour where the terminal has any. */
export function paint(terminal: Terminal, colour: keyof typeof codes, text: string): string {
  return terminal.colour ? `\u001b[${codes[colour]}m${text}\u001b[0m` : text;
}
