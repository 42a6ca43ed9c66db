import { attempt, type Page } from "./attempt.ts";
import type { PageWorld } from "./world.ts";

const WAIT_MS_MIN = 1_000;
const WAIT_MS_MAX = 50_000;
/** A refusal, which another attempt will hardly change, waits as long as this many failures: 12.5 s and more, and 31 s on average. */
const REFUSED_FAILURES = 6;
/** A page that nobody sees asks this often and keeps no stream: over HTTP/1.1 a browser opens six connections to a host, for all its tabs together. */
const HIDDEN_MS = 60_000;

/**
 * Keeps the page's answers current, for ever: ask, follow the stream, and after a pause again. Where streams do not get through, that is
 * polling. Gives a function that begins anew at once, or ends it.
 */
export function connect(world: PageWorld, problem: (error: unknown) => void, page: Page): (isEnd?: boolean) => void {
  let generation = 0;
  let failures = 0;
  /** Of the attempt that is under way, from `run` on. */
  let controller: AbortController;
  let wake = (): void => {};
  /** Without words: what the page does itself is no problem. */
  const abort = (): void => controller.abort("");

  const run = async (): Promise<void> => {
    const mine = (generation += 1);
    const isNewest = (): boolean => mine === generation;
    failures = page.renew = 0;
    while (isNewest()) {
      controller = new AbortController();
      try {
        await attempt(world, page, controller, () => (failures = 0));
      } catch (error) {
        if (error) problem(error);
        if (/ 4.. /.test(String(error))) failures = REFUSED_FAILURES;
      }
      if (isNewest()) {
        abort();
        await new Promise<void>(pause);
      }
    }
  };

  const pause = (resolve: () => void): void => {
    const cancel = world.after(world.isHidden() ? HIDDEN_MS : Math.min(WAIT_MS_MAX, WAIT_MS_MIN * 2 ** failures++) * (0.25 + 0.75 * world.unit()), resolve);
    wake = () => {
      cancel();
      resolve();
    };
  };

  const unlisten = world.onHidden(() => (world.isHidden() ? abort() : wake()));
  void run();
  return (isEnd) => {
    generation += 1;
    abort();
    wake();
    if (isEnd) unlisten();
    else void run();
  };
}
