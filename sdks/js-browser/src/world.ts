/** What a client needs of its page. Tests bring their own, whose time moves only when they say so. */
export interface PageWorld {
  /** `cache` is what the browser's own cache may do; absent: what it has is checked with the server. */
  fetch(
    url: string,
    init: {
      readonly headers: Readonly<Record<string, string>>;
      readonly signal: AbortSignal;
      readonly cache?: RequestCache | undefined;
      readonly method?: "POST";
      readonly body?: string;
      readonly keepalive?: boolean;
    },
  ): Promise<Response>;
  /** Calls `run` once after this many milliseconds; gives a function that prevents it. */
  after(ms: number, run: () => void): () => void;
  /** A number in [0, 1), for jitter. */
  unit(): number;
  /** Gives what the page's storage has under a name, or puts a text there. Nothing where there is no storage or no room. Never throws. */
  keep(name: string, text?: string): string | null | undefined;
  /** True while nobody sees the page. */
  isHidden(): boolean;
  /** Calls `run` when that changes; gives a function that ends it. */
  onHidden(run: () => void): () => void;
}
