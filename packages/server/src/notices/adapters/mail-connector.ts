import { createTransport } from "nodemailer";
import { type Connector, ConnectorFailed } from "../connector.ts";
import type { MailSettings } from "../mail-settings.ts";

/** Waits for a host that says nothing, in each step of the talk. */
const WAIT_MS = 10_000;

/** Mail by SMTP (RFC 5321); encrypted by `smtps://`, and by STARTTLS (RFC 3207) where the host of `smtp://` offers it. */
export function mailConnector({ url, from }: MailSettings): Connector {
  const sender = createTransport({
    url,
    connectionTimeout: WAIT_MS,
    greetingTimeout: WAIT_MS,
    socketTimeout: WAIT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const tried = async (work: Promise<unknown>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      throw failedBy(error);
    }
  };
  return {
    name: "e-mail",
    check: () => tried(sender.verify()),
    send: ({ to, subject, text, id }) =>
      tried(sender.sendMail({ from, to: [...to], subject, text, messageId: `<${id}@sluice>`, headers: { "auto-submitted": "auto-generated" } })),
    close: () => sender.close(),
  };
}

/** Replies of 500 to 599 are final (RFC 5321, 4.2.1), but for those to the sign-in, which whoever keeps the settings mends. */
function failedBy(error: unknown): ConnectorFailed {
  const { responseCode, code } = (error ?? {}) as { readonly responseCode?: unknown; readonly code?: unknown };
  const isFinal = typeof responseCode === "number" && responseCode >= 500 && code !== "EAUTH";
  return new ConnectorFailed(error instanceof Error ? error.message : String(error), { isFinal, cause: error });
}
