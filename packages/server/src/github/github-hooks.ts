import { jsonReply, problemReply, problems } from "@sluice/contract";
import { readWebhook, type WebhookEvent, WebhookUnreadable } from "@sluice/github";
import type { HttpReply, HttpRequest } from "@sluice/ports";
import { isSigned } from "../routes/hook-signature.ts";

/** Deliveries that are remembered: GitHub sends one again for at most three days, and a repository has not so many a day. */
const DELIVERIES_MAX = 10_000;
const DELIVERY_CHARS_MAX = 100;

interface GitHubHooksParts {
  readonly secret: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly take: (event: WebhookEvent) => void;
}

/** Takes GitHub's webhooks: signed by the App's secret, each delivery once. */
export class GitHubHooks {
  readonly #parts: GitHubHooksParts;
  readonly #deliveries = new Set<string>();

  constructor(parts: GitHubHooksParts) {
    this.#parts = parts;
  }

  reply(request: HttpRequest): HttpReply {
    const { secret, repository, take } = this.#parts;
    if (!isSigned(request, secret)) return problemReply(problems.badSignature);
    const { "x-github-event": name, "x-github-delivery": delivery = "" } = request.headers;
    if (name === undefined || delivery === "" || delivery.length > DELIVERY_CHARS_MAX) return unreadable("X-GitHub-Event or X-GitHub-Delivery is missing");
    if (this.#deliveries.has(delivery)) return jsonReply(202, { accepted: true });
    try {
      take(readWebhook(name, jsonOf(request.body), repository));
    } catch (error) {
      if (error instanceof WebhookUnreadable) return unreadable(error.message);
      throw error;
    }
    this.#remember(delivery);
    return jsonReply(202, { accepted: true });
  }

  #remember(delivery: string): void {
    const [oldest] = this.#deliveries;
    if (oldest !== undefined && this.#deliveries.size >= DELIVERIES_MAX) this.#deliveries.delete(oldest);
    this.#deliveries.add(delivery);
  }
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (error) {
    throw new WebhookUnreadable("the body is no JSON in UTF-8", { cause: error });
  }
}

const unreadable = (why: string): HttpReply =>
  problemReply({ code: "badRequest", message: `This is no webhook of GitHub's: ${why}.`, fix: "Send it as application/json, as GitHub does." });
