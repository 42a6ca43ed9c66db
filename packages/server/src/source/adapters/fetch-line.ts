/**
 * Fetches of one mirror, one at a time. Whoever asks while one runs is answered by the next, with all others who asked meanwhile: an answer is
 * never older than its question, and twenty folders of one repository ask its host no more often than one does.
 */
export class FetchLine {
  /** The newest commit that was fetched. */
  tip: string | undefined;
  /** While the history is fetched that the mirror lacks. */
  deepening: Promise<void> | undefined;
  #running: Promise<unknown> | undefined;
  #next: Promise<string | undefined> | undefined;

  /** What `fetch` gives, of whoever asked first; throws what it throws. */
  next(fetch: () => Promise<string | undefined>): Promise<string | undefined> {
    this.#next ??= this.#after(this.#running, fetch);
    return this.#next;
  }

  async #after(before: Promise<unknown> | undefined, fetch: () => Promise<string | undefined>): Promise<string | undefined> {
    // How the one before ended is told to whoever asked for it.
    await before?.catch(() => {});
    const own = fetch();
    [this.#running, this.#next] = [own, undefined];
    return own;
  }
}
