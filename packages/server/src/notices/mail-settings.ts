import { isMailAddress } from "@sluice/definitions";
import * as z from "zod";

/** How mail leaves the server. */
export interface MailSettings {
  /** `smtp://` or `smtps://`, with name and password where the host asks for them. */
  readonly url: string;
  /** An address, or `Name <address>`. */
  readonly from: string;
  /** Where people reach the console, without a slash at its end; empty where nobody said. */
  readonly console: string;
}

/** The settings cannot be used; the message says why and what to do. */
export class MailSettingsUnusable extends Error {
  override readonly name = "MailSettingsUnusable";
}

const address = (text: string): string => /<([^<>]*)>\s*$/.exec(text)?.[1] ?? text;
const settings = z.strictObject({
  url: z
    .string()
    .refine((text) => URL.canParse(text) && /^smtps?:$/.test(new URL(text).protocol), { error: "must be smtp://host:port or smtps://name:password@host" }),
  from: z.string().refine((text) => isMailAddress(address(text)), { error: 'must be an address, such as "Sluice <flags@example.com>"' }),
  console: z
    .string()
    .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), { error: "must be the address at which people open the console" })
    .optional(),
});

/** Reads the file that `--mail` names. Throws `MailSettingsUnusable`. */
export function readMailSettings(text: string): MailSettings {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new MailSettingsUnusable('the file of --mail is no JSON: write {"url": "smtps://name:password@host", "from": "Sluice <flags@example.com>"}', {
      cause: error,
    });
  }
  const read = settings.safeParse(json);
  if (read.success) return { url: read.data.url, from: read.data.from, console: (read.data.console ?? "").replace(/\/+$/, "") };
  // A message that quoted the field would tell the password.
  const [issue] = read.error.issues;
  throw new MailSettingsUnusable(`the file of --mail: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`.trim());
}
