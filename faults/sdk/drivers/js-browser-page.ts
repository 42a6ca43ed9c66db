// Clients of @sluice/browser in one page, driven by its `drill` (faults/sdk/drivers/js-browser.ts).
import { type BrowserClient, createClient } from "@sluice/browser";
import type { Question, Setup, Sight } from "../driver.ts";

/** What the page offers whoever drives it. */
export interface PageDrill {
  open(setup: Setup, speed: number): void;
  ask(questions: readonly Question[]): Readonly<Record<string, Sight>>;
  /** Gives how many timers are left. */
  close(): number;
}

declare global {
  var drill: PageDrill;
}

const clients = new Map<string, BrowserClient>();
const problems = new Map<string, string>();
let timers = 0;

globalThis.drill = {
  open: ({ client, url, environment }, speed) => {
    const options = {
      url,
      environment,
      onProblem: (message: string) => void problems.set(client, message),
      world: (page: Parameters<NonNullable<Parameters<typeof createClient>[0]["world"]>>[0]) => ({
        ...page,
        after: (ms: number, run: () => void) => {
          timers += 1;
          let isOver = false;
          const over = (): void => {
            if (!isOver) timers -= 1;
            isOver = true;
          };
          const cancel = page.after(ms / speed, () => {
            over();
            run();
          });
          return () => {
            over();
            cancel();
          };
        },
      }),
    };
    clients.set(client, createClient(options));
  },
  ask: (questions) =>
    Object.fromEntries(
      [...clients].map(([name, client]) => [
        name,
        {
          values: questions.map(([flag, fallback]) => client.getBoolean(flag, fallback)),
          state: client.keys().length > 0 ? "answers" : "starting",
          version: "",
          trouble: problems.get(name) ?? "",
        },
      ]),
    ),
  close: () => {
    for (const client of clients.values()) client.close();
    clients.clear();
    return timers;
  },
};
