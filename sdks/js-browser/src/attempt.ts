import { type AnswersBody, parseFrozen } from "./answer.ts";
import type { PageWorld } from "./world.ts";

/** Longest wait for an answer, and between two signs of life of a stream, which beats every five seconds. */
const SILENT_MS = 12_000;
/** A single event may be this long, in characters; a stream that never ends one must not fill the page's memory. */
export const EVENT_CHARS_MAX = 1_000_000;

/** The client as its connection sees it. */
export interface Page {
  readonly url: (path: "answers" | "stream") => string;
  readonly headers: () => Readonly<Record<string, string>>;
  /** Set while what came last cannot be used: the browser would keep it, and give it again for each 304. */
  cache?: RequestCache | undefined;
  /** Gets another token from the application; absent where it offers no way to. */
  readonly refreshToken?: () => Promise<string | undefined>;
  /** `refreshToken` while the token there is has been refused: another is fetched before anything is asked, so that each refusal is one request. */
  renew?: Page["refreshToken"] | 0;
  /** From now on this is the page's token, and its person. */
  readonly become: (token: string | undefined) => void;
  /** True where the page's answers are of this version. */
  readonly isAt: (version: AnswersBody) => boolean;
  /** Throws where the body is of another environment or of an older version. */
  readonly take: (body: AnswersBody) => void;
  /** Applies what a kill makes of some flags. */
  readonly kill: (body: AnswersBody) => void;
}

/** What a stream says, with the fields of all its events. */
type Heard = AnswersBody & { readonly jitterMs: number };

/**
 * Fetches the answers and then follows the stream for as long as it holds. Ends by throwing, or normally where the stream ended or the page is
 * hidden; the message of a refusal begins with its status. When `controller` aborts, whatever still arrives changes nothing any more.
 * `steady` is called when the connection has held for a while.
 */
export async function attempt(world: PageWorld, page: Page, controller: AbortController, steady: () => void): Promise<void> {
  const signal = controller.signal;
  /** What happened since the last question went out: 0 nothing, 1 a change, 2 (and 3) a kill, which the answer to it may not know. */
  let since = 0;
  let isAsking = false;
  let cancelHint: (() => void) | undefined;
  /** Stands before everything that changes the page. */
  const checkLive = (): void => {
    if (signal.aborted) throw signal.reason;
  };
  /** What hangs, such as the application's own call for a token, must not hang the page's connection. */
  const timed: Timed = (promise) =>
    new Promise((resolve, reject) => {
      promise.then(resolve, reject).finally(world.after(SILENT_MS, () => reject(new Error("silence"))));
    });

  const request = async (path: "answers" | "stream"): Promise<Response> => {
    const renew = page.renew;
    if (renew) {
      // Where the application has no other, the one there is asked with again.
      page.renew = 0;
      const token = await renew();
      checkLive();
      page.become(token);
    }
    const response = await world.fetch(page.url(path), { headers: page.headers(), signal, cache: page.cache });
    if (response.ok) return response;
    if (response.status === 401) page.renew = page.refreshToken;
    if (renew || !page.renew) throw new Error(`${response.status} ${await response.text()}`);
    return request(path);
  };

  const ask = async (): Promise<void> => {
    isAsking = true;
    do {
      since = 0;
      const text = await timed(request("answers").then((response) => response.text()));
      checkLive();
      page.cache = "reload";
      if (since < 2) page.take(parseFrozen(text) as AnswersBody);
      page.cache = undefined;
    } while (since);
    isAsking = false;
  };

  const hint = (): void => {
    cancelHint = undefined;
    if (isAsking) since |= 1;
    else ask().catch((error: unknown) => controller.abort(error));
  };

  const heard: Ear = (event, data) => {
    checkLive();
    if (event === "heartbeat") steady();
    else if (event === "kill") {
      since = 2;
      page.kill(data);
    } else if (event === "changed" || !page.isAt(data)) cancelHint = cancelHint ?? world.after(world.unit() * data.jitterMs, hint);
  };

  try {
    await ask();
    if (!world.isHidden()) await follow(await timed(request("stream")), timed, heard);
  } finally {
    cancelHint?.();
  }
}

type Timed = <T>(promise: Promise<T>) => Promise<T>;
type Ear = (event: string | undefined, data: Heard) => void;

/** Reads events until the stream ends; chunks are cut anywhere. */
async function follow(response: Response, timed: Timed, heard: Ear): Promise<void> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let rest = "";
  while (rest.length < EVENT_CHARS_MAX) {
    const { value } = await timed(reader.read());
    if (!value) return;
    const blocks = (rest + decoder.decode(value, { stream: true })).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const [, event, data] = /event: (.*)\ndata: (.*)/.exec(block) ?? [];
      if (data) heard(event, parseFrozen(data) as Heard);
    }
  }
}
