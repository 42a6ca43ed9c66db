import { type BrowserClient, type BrowserOptions, clientIn } from "../client.ts";
import { type Asked, settle, TestPage } from "./test-page.ts";

/** Base64url of JSON in UTF-8. */
const part = (value: unknown): string =>
  btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(value))))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=/g, "");
/** A token as the client reads it; whether the signature fits is the server's business. */
export const tokenOf = (subject: string, at: number = 1): string =>
  `${part({ alg: "HS256" })}.${part({ sub: subject, exp: at, ctx: { name: "Zoë ÿ?>" } })}.c2ln`;
export const ADA: string = tokenOf("hash-of-ada");
export const BOB: string = tokenOf("hash-of-bob");

export const answer = (value: unknown, variant: string = String(value), reason: string = "TARGETING_MATCH"): object => ({ value, variant, reason });
export const FLAGS: Readonly<Record<string, object>> = {
  "web.on": answer(true, "on"),
  "web.text": answer("Good day", "long"),
  "web.size": answer(12),
  "web.theme": answer({ ink: ["#111"] }, "dark"),
};
export const body = (seq: number, answers: object = FLAGS, epoch: string = "e1"): object => ({ environment: "production", epoch, seq, answers });
export const hello = (seq: number, epoch: string = "e1"): object => ({ environment: "production", epoch, seq, heartbeatMs: 5_000, jitterMs: 0 });
export const KILLED: Readonly<Record<string, object>> = { "web.on": answer(false, "off", "DISABLED") };

/** A server that has one version for everybody, and opens streams. */
export function serving(page: TestPage, seq: number = 3, answers: object = FLAGS): void {
  page.server = (asked) => (asked.path === "answers" ? asked.reply(200, body(seq, answers)) : asked.open().send("hello", hello(seq)));
}

export function start(page: TestPage, options: Partial<BrowserOptions> = {}): BrowserClient {
  return clientIn({ url: "https://flags.example/sluice/", environment: "production", token: ADA, ...options }, page);
}

export async function live(
  options: Partial<BrowserOptions> = {},
  page: TestPage = new TestPage(),
): Promise<{ readonly page: TestPage; readonly client: BrowserClient; readonly stream: Asked }> {
  serving(page);
  const client = start(page, options);
  await settle();
  return { page, client, stream: page.last("stream") };
}
