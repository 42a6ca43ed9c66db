import { type Handover, parseFrozen } from "../answer.ts";
import type { BrowserOptions } from "../client.ts";
import { subjectOf } from "../holder.ts";
import type { PageWorld } from "../world.ts";

/** Said in the server's place while the page has no token yet. */
const NO_TOKEN = '{"error":"This page has no token yet: give createClient `token` or `refreshToken`."}';

/**
 * Options of a client that begins with the server's answers. Without a `token` it gets one by `refreshToken` before it asks for anything, so
 * that the page's HTML need not hold one. Answers of another environment, or of somebody else than `token` names, are left out.
 */
export function withHandover(options: BrowserOptions, handover: Handover | undefined): BrowserOptions {
  if (!handover?.subject || handover.environment !== options.environment) return options;
  const { subject } = handover;
  const { token = subject } = options;
  if (subjectOf(token) !== subject) return options;
  return {
    ...options,
    token,
    world: (page) => {
      const outer = options.world?.(page) ?? page;
      let isTaken = false;
      const keep: PageWorld["keep"] = (name, text) => {
        if (text !== undefined || isTaken) return outer.keep(name, text);
        isTaken = true;
        return newest(handover, outer.keep(name));
      };
      return {
        ...outer,
        keep,
        fetch: (url, init) =>
          init.headers["authorization"] === `Bearer ${subject}` ? Promise.resolve(new Response(NO_TOKEN, { status: 401 })) : outer.fetch(url, init),
      };
    },
  };
}

/** A page that comes from a cache may hold older answers than the storage. */
function newest(handover: Handover, text: string | null | undefined): string {
  try {
    const kept = parseFrozen(text ?? "") as Handover;
    if (text && kept.subject === handover.subject && kept.epoch === handover.epoch && kept.seq > handover.seq) return text;
  } catch {
    // Nothing is kept, or it was cut off.
  }
  return JSON.stringify(handover);
}
