import {
  type Compiled,
  compileSnapshot,
  type Condition,
  type Context,
  evaluate,
  type FlagForm,
  type JsonValue,
  type SegmentForm,
  type Snapshot,
  type UrgentKill,
} from "@sluice/evaluation";

/** One flag as a page gets it. */
export interface BrowserAnswer {
  readonly value: JsonValue;
  readonly variant: string;
  readonly reason: string;
}

export type BrowserAnswers = Readonly<Record<string, BrowserAnswer>>;

/** `signed`: whoever shows a context token. `public`: anybody, who gets nothing that depends on a customer. */
export type Viewer = "signed" | "public";

const DEFAULT_CUSTOMER_PATH = "customer";

/** What of an environment does not change by a kill or its end: made once per form of its flags, because both must be quick. */
interface FlagFacts {
  /** Flags marked for browsers, and those of them that anybody may see; sorted, so that the same answers are the same bytes. */
  readonly keys: Readonly<Record<Viewer, readonly string[]>>;
  /** Flags for browsers, with all the flags that they ask for, in turn: what else changes cannot change an answer. */
  readonly closure: ReadonlySet<string>;
  /** By flag, those of `closure` that have it as a prerequisite. */
  readonly dependants: ReadonlyMap<string, readonly string[]>;
}

/** One version of an environment as browsers may see it: which flags, and what they answer. */
export class BrowserView {
  readonly snapshot: Snapshot;
  readonly urgent: readonly UrgentKill[];
  readonly #compiled: Compiled;
  readonly #facts: FlagFacts;

  /** What did not change since `previous` is taken over from it as compiled. */
  constructor(snapshot: Snapshot, urgent: readonly UrgentKill[], previous?: BrowserView) {
    this.snapshot = snapshot;
    this.urgent = urgent;
    this.#compiled = compileSnapshot(snapshot, { urgent, ...(previous === undefined ? {} : { previous: previous.#compiled }) });
    const before = previous?.snapshot;
    const isSame = before?.flags === snapshot.flags && before.segments === snapshot.segments && before.customer === snapshot.customer;
    this.#facts = previous !== undefined && isSame ? previous.#facts : factsOf(snapshot);
  }

  /** As `FlagFacts` says. */
  get closure(): ReadonlySet<string> {
    return this.#facts.closure;
  }

  /** What this viewer's flags answer for a context; `only` narrows them. */
  answers(viewer: Viewer, context: Context, only?: ReadonlySet<string>): BrowserAnswers {
    const answers: [string, BrowserAnswer][] = [];
    for (const key of this.#facts.keys[viewer]) {
      if (only?.has(key) === false) continue;
      const { value, variant, reason } = evaluate(this.#compiled, key, context);
      if (value !== undefined && variant !== undefined) answers.push([key, { value, variant, reason }]);
    }
    return Object.fromEntries(answers);
  }

  /**
   * What a kill of these flags for everybody does to browsers: `off`, the flags that answer their off variant for every context now,
   * and whether others depend on it in a way that differs by context.
   */
  effectOf(killed: readonly string[]): { readonly off: ReadonlySet<string>; readonly isMore: boolean } {
    const { flags } = this.snapshot;
    const { closure, dependants } = this.#facts;
    const off = new Set(killed.filter((key) => closure.has(key)));
    // A set that grows while it is walked: each flag once, those behind it after it.
    for (const key of off) {
      const offVariant = flags[key]?.off ?? "off";
      for (const other of dependants.get(key) ?? [])
        if (flags[other]?.prerequisites?.some(({ flag, serves }) => flag === key && !serves.includes(offVariant)) === true) off.add(other);
    }
    const touched = new Set(off);
    for (const key of touched) for (const other of dependants.get(key) ?? []) touched.add(other);
    return { off, isMore: [...touched].some((key) => !off.has(key) && flags[key]?.browser === true) };
  }
}

/** Whether an answer of a browser can hang on one of these flags: by itself, or by a flag that asks for it. */
export function browsersAskFor({ flags }: Pick<Snapshot, "flags">, keys: readonly string[]): boolean {
  const asked = reached(flags, browserKeys(flags));
  return keys.some((key) => asked.has(key));
}

const browserKeys = (flags: Snapshot["flags"]): readonly string[] => Object.keys(flags).filter((key) => flags[key]?.browser === true);

function factsOf(snapshot: Snapshot): FlagFacts {
  const { flags } = snapshot;
  const signed = browserKeys(flags).toSorted();
  const isCustomers = customerTest(snapshot);
  const closure = reached(flags, signed);
  const dependants = new Map<string, string[]>();
  for (const key of closure)
    for (const { flag } of flags[key]?.prerequisites ?? []) {
      const list = dependants.get(flag);
      if (list === undefined) dependants.set(flag, [key]);
      else list.push(key);
    }
  return { keys: { signed, public: signed.filter((key) => !isCustomers(key)) }, closure, dependants };
}

/** Flags that these reach by their prerequisites, themselves included. */
function reached(flags: Snapshot["flags"], from: readonly string[]): ReadonlySet<string> {
  const seen = new Set(from);
  for (const key of seen) for (const { flag } of flags[key]?.prerequisites ?? []) seen.add(flag);
  return seen;
}

/** Whether a flag's answer can depend on who the customer is: by exposure, a pin, or anything that reads the customer or what hangs on it. */
function customerTest(snapshot: Snapshot): (key: string) => boolean {
  const root = (snapshot.customer ?? DEFAULT_CUSTOMER_PATH).split(".")[0] ?? DEFAULT_CUSTOMER_PATH;
  const reads = (path: unknown): boolean => typeof path === "string" && (path === root || path.startsWith(`${root}.`));
  const segments = new Map<string, boolean>();
  const segment = (id: string): boolean => {
    const known = segments.get(id);
    if (known !== undefined) return known;
    // A segment in a cycle matches nobody; whoever asks for it meanwhile must not go round.
    segments.set(id, false);
    const form = snapshot.segments?.[id];
    const found = form !== undefined && segmentReads(form, reads, condition);
    segments.set(id, found);
    return found;
  };
  const condition = (given: Condition): boolean => {
    const [name, ...rest] = given;
    if (name === "segment") return typeof rest[0] === "string" && segment(rest[0]);
    if (name === "all" || name === "any" || name === "not") return rest.some((part) => Array.isArray(part) && condition(part));
    return reads(rest[0]);
  };
  const own = (form: FlagForm): boolean =>
    form.exposure !== undefined ||
    (form.pins ?? []).some(([who]) => who === "customer") ||
    (form.eligible !== undefined && condition(form.eligible)) ||
    (form.rules ?? []).some(
      ({ if: test, serve }) => (test !== undefined && condition(test)) || (typeof serve !== "string" && serve.by !== undefined && reads(serve.by)),
    );
  return (key) => [...reached(snapshot.flags, [key])].some((one) => own(snapshot.flags[one] ?? {}));
}

function segmentReads(form: SegmentForm, reads: (path: unknown) => boolean, condition: (given: Condition) => boolean): boolean {
  return reads(form.by) || (form.if !== undefined && condition(form.if));
}
