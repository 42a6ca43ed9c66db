import { EVENT_CHARS_MAX } from "../attempt.ts";
import { subjectOf } from "../holder.ts";
import type { PageWorld } from "../world.ts";
import type { Tabs } from "./tabs.ts";

const STREAM = /\/browser\/v1\/stream\?/;
/** Tabs that had to wait for another leader ask again within this time, spread. */
const JITTER_MS = 1_000;

/** An event as the server writes it: the answers may be others, ask. What was said before a tab listened, or while nobody led, is found by it. */
const askAgain = (jitterMs: number): string => `event: changed\ndata: {"jitterMs":${jitterMs}}\n\n`;

/**
 * A page whose stream is that of all tabs with the same person: the tab that leads opens it and passes each event on to the others. When it
 * closes, is hidden or loses its connection, the next one leads. Answers are still asked for by each tab.
 */
export function oneConnection(page: PageWorld, tabs: Tabs): PageWorld {
  return {
    ...page,
    fetch: (url, init) => (STREAM.test(url) ? Promise.resolve(sharedStream({ page, tabs, url, init })) : page.fetch(url, init)),
  };
}

interface Shared {
  readonly page: PageWorld;
  readonly tabs: Tabs;
  readonly url: string;
  readonly init: Parameters<PageWorld["fetch"]>[1];
}

function sharedStream({ page, tabs, url, init }: Shared): Response {
  const { signal } = init;
  // The person is in the name: what is for one never reaches the tab of another.
  const name = `sluice ${url} ${subjectOf(init.headers["authorization"]?.slice("Bearer ".length))}`;
  const encoder = new TextEncoder();
  const start = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    let isOver = false;
    const pass = (text: string): void => {
      if (!isOver) controller.enqueue(encoder.encode(text));
    };
    const channel = tabs.open(name, pass);
    const finish = (end: () => void): void => {
      if (isOver) return;
      isOver = true;
      channel.close();
      end();
    };
    const fail = (error: unknown): void => finish(() => controller.error(error));
    const tell = (text: string): void => {
      // A tab that is over has closed its channel, and another one may lead already.
      if (isOver) return;
      pass(text);
      channel.say(text);
    };
    const follow = (): Promise<void> => followWhole(page.fetch(url, init), tell);
    const takeOver = (): Promise<void> => {
      pass(askAgain(0));
      return tabs.lead(name, signal, () => {
        tell(askAgain(JITTER_MS));
        return follow();
      });
    };
    tabs
      .leadAtOnce(name, follow)
      .then((hasLed) => (hasLed || isOver ? undefined : takeOver()))
      .then(() => finish(() => controller.close()), fail);
  };
  return new Response(new ReadableStream({ start }));
}

/** Tells events whole: who begins to listen in the middle of one would miss it. Rejects with the status of a refusal. */
async function followWhole(asked: Promise<Response>, tell: (events: string) => void): Promise<void> {
  const response = await asked;
  if (!response.ok || !response.body) throw new Error(`${response.status} ${await response.text()}`);
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  while (rest.length < EVENT_CHARS_MAX) {
    const { value } = await reader.read();
    if (!value) return;
    const text = rest + decoder.decode(value, { stream: true });
    const end = text.lastIndexOf("\n\n") + 2;
    rest = end < 2 ? text : text.slice(end);
    if (end >= 2) tell(text.slice(0, end));
  }
  await reader.cancel();
  throw new Error("an event without end");
}
