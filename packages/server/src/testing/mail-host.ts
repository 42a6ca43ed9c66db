import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

/** A mail as it came. */
export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  /** As it came over the wire, its lines unfolded. */
  readonly text: string;
}

/** A mail host on this machine that really speaks SMTP; `refuses`: what it says to a recipient instead of taking it. */
export class MailHost {
  readonly mails: Mail[] = [];
  refuses: ((to: string) => { readonly code: number; readonly message: string } | undefined) | undefined;
  readonly #server: SMTPServer;

  private constructor() {
    this.#server = new SMTPServer({
      authOptional: true,
      allowInsecureAuth: true,
      disabledCommands: ["STARTTLS"],
      onAuth: ({ username, password }, _session, answer) =>
        username === "sluice" && password === "right" ? answer(null, { user: username }) : answer(new Error("Invalid username or password")),
      onRcptTo: ({ address }, _session, answer) => {
        const refusal = this.refuses?.(address);
        answer(refusal === undefined ? null : Object.assign(new Error(refusal.message), { responseCode: refusal.code }));
      },
      onData: (stream, { envelope }, answer) => {
        const chunks: Buffer[] = [];
        stream.on("data", (chunk: Buffer) => chunks.push(chunk));
        stream.on("end", () => {
          const from = envelope.mailFrom === false ? "" : envelope.mailFrom.address;
          // Quoted-printable (RFC 2045, 6.7) as a mail program reads it.
          const text = Buffer.concat(chunks)
            .toString("utf8")
            .replaceAll("=\r\n", "")
            .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
          this.mails.push({ from, to: envelope.rcptTo.map(({ address }) => address), text });
          answer();
        });
      },
    });
  }

  static async start(): Promise<MailHost> {
    const host = new MailHost();
    await new Promise<void>((resolve) => host.#server.listen(0, "127.0.0.1", resolve));
    return host;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port;
  }
}
