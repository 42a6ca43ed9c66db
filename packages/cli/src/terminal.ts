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
    out: (line) => void process.stdout.write(`${withoutControls(line)}\n`),
    say: (line) => void process.stderr.write(`${withoutControls(line)}\n`),
    json: (value) => void process.stdout.write(`${JSON.stringify(value)}\n`),
    colour: process.stdout.isTTY === true && process.env["NO_COLOR"] === undefined,
  };
}

const codes = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 } as const;

/** Our own colours, or a character that steers a terminal: C0, C1, and those that turn the direction of writing. */
// oxlint-disable-next-line no-control-regex -- these are what it is about
const STEERING = /\u001b\[(?:0|1|2|31|32|33)m|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** What somebody wrote into a reason, a name or a file must not steer the terminal of whoever reads it. */
export function withoutControls(text: string): string {
  return text.replaceAll(STEERING, (found) => (found.length > 1 ? found : "\ufffd"));
}

/** Text in a colour where the terminal has any. */
export function paint(terminal: Terminal, colour: keyof typeof codes, text: string): string {
  return terminal.colour ? `\u001b[${codes[colour]}m${text}\u001b[0m` : text;
}
