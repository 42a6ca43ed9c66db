/** Nanoseconds per call of one case: what a hand-written program takes, and what the SDK takes, in the same run. */
export interface CaseTimes {
  readonly optimum: number;
  /** The SDK's call, which counts what it answers. */
  readonly sluice: number;
  /** The evaluator alone, which counts nothing and guards nothing: what the call has beyond it is counting and all else. */
  readonly bare: number;
  /** The SDK's call of a client whose contexts are sampled. */
  readonly sampling: number;
  /** The SDK's call with its count taken out, and the evaluator alone beside the cheapest increment that the language has, where a program measures them. */
  readonly uncounted?: number;
  readonly ticking?: number;
}

/** What a language's own bench program found. `allocs` is the most that any case allocates per call, where the language can count it. */
export interface LanguageFigures {
  readonly ns: Readonly<Record<string, CaseTimes>>;
  readonly allocs?: number;
}

/** One language of `bench sdk`: a file beside this one. */
export interface Language {
  readonly name: string;
  /** Highest ratio to the optimum. */
  readonly target: number;
  /** What `allocs` counts, where that is not objects. */
  readonly unit?: string;
  /** Measures over a snapshot of bench/eval's workload, as text; `url` is of a server that serves it and has its contexts sampled. Throws where it could not. */
  measure(snapshot: string, url: string): Promise<LanguageFigures>;
}
