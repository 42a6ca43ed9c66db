import { canonicalJson, decodeSnapshot, type FlagForm, isOfType, type JsonValue, nearestNames, type Snapshot } from "@sluice/evaluation";
import { clientAccess } from "../client-access.ts";
import type { SluiceClient } from "../client.ts";
import { createClient } from "../create-client.ts";

/** Flags of a test, by key; only those that there are, where a module of `sluice codegen ts` says which. */
export type FlagValues = keyof SluiceFlagTypes extends never
  ? Readonly<Record<string, JsonValue>>
  : { readonly [K in keyof SluiceFlagTypes]?: SluiceFlagTypes[K] extends string | number | boolean ? SluiceFlagTypes[K] : JsonValue };

/** `fails`: asking for a flag that neither the test nor its definitions name throws, with the nearest name. `default`: it answers the code's default. */
export type UnknownFlags = "fails" | "default";

export interface InMemoryOptions {
  /** Default `fails`, which also refuses a flag that is asked for as another type, and a code default that is not what the definition serves when off. */
  readonly unknown?: UnknownFlags;
  /** A snapshot, as the server gives it (`GET /sdk/v1/snapshot`) and `sluice snapshot` writes it: its flags answer beneath those of the test. */
  readonly definitions?: unknown;
  /** What this process is, where kills and rules of the definitions ask for it. */
  readonly service?: string;
  readonly version?: string;
}

/** A client whose flags are the test's; nothing is fetched, and nothing is left open. */
export type InMemoryClient = SluiceClient & {
  /** These flags answer from now on, and no others but those of the definitions. */
  set(flags: FlagValues): void;
  /** This flag answers this value while the function runs, and until what it promises has settled; then what it answered before. */
  withFlag<K extends keyof FlagValues, T>(key: K, value: NonNullable<FlagValues[K]>, run: () => T): T;
};

type ValueType = NonNullable<FlagForm["type"]>;
/** The questions of a client whose first argument is a flag's key and whose second is the code's default, each with the type it is for. */
const QUESTIONS: ReadonlyMap<string, ValueType> = new Map(
  (["Boolean", "String", "Number", "Object"] as const).flatMap((name) =>
    [`get${name}`, `get${name}Details`].map((call) => [call, name.toLowerCase() as ValueType] as const),
  ),
);
const EMPTY: Snapshot = { format: 1, environment: "test", epoch: "test", seq: 0, salt: "test", flags: {} };

/** A client for tests that answers these flags, each with the variant `test`. Throws where the definitions do not know one, or not as this type. */
export function inMemoryClient(flags: FlagValues = {}, options: InMemoryOptions = {}): InMemoryClient {
  const { definitions, unknown = "fails", service, version } = options;
  // No address and no file: a client that is content with what it has.
  const asker = { ...(service === undefined ? {} : { service }), ...(version === undefined ? {} : { version }) };
  const client = createClient({ ...asker, snapshotFile: "", log: SILENT });
  const held = new HeldFlags(client, definitions === undefined ? EMPTY : definitions, unknown);
  held.set(flags);
  const extra = {
    set: (next: FlagValues) => held.set(next),
    withFlag: <T>(key: string, value: JsonValue, run: () => T) => held.withFlag(key, value, run),
    forRequest: () => held.checked(client.forRequest(), {}),
  };
  // What is checked stands before the client's own calls, so that no call of it is forgotten here.
  return held.checked(client, extra) as unknown as InMemoryClient;
}

const SILENT = { info: (): void => {}, warn: (): void => {}, error: (): void => {} };

/** The definitions, and over them what the test sets. */
class HeldFlags {
  readonly #client: SluiceClient;
  readonly #base: Snapshot;
  readonly #isDefined: boolean;
  readonly #unknown: UnknownFlags;
  #given: Readonly<Record<string, JsonValue>> = {};
  /** What is served. */
  #forms: Readonly<Record<string, FlagForm>>;
  #seq: number;

  constructor(client: SluiceClient, definitions: unknown, unknown: UnknownFlags) {
    this.#client = client;
    this.#base = snapshotOf(definitions);
    this.#isDefined = definitions !== EMPTY;
    this.#unknown = unknown;
    this.#forms = this.#base.flags;
    this.#seq = this.#base.seq;
    clientAccess.snapshot(client, this.#base);
  }

  set(flags: Readonly<Record<string, JsonValue | undefined>>): void {
    const given = Object.fromEntries(Object.entries(flags).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined));
    if (this.#isDefined) for (const [key, value] of Object.entries(given)) this.#checkGiven(key, value);
    const [before, now] = [this.#forms, { ...this.#base.flags, ...Object.fromEntries(Object.entries(given).map(([key, value]) => [key, formOf(value)])) }];
    this.#given = given;
    this.#forms = now;
    const changed = Object.entries(now).filter(([key, form]) => canonicalJson(form) !== canonicalJson(before[key] ?? null));
    const gone = Object.keys(before).filter((key) => !Object.hasOwn(now, key));
    if (changed.length + gone.length === 0) return;
    const { epoch } = this.#base;
    this.#seq += 1;
    clientAccess.patch(this.#client, { epoch, base: this.#seq - 1, to: this.#seq, set: { flags: Object.fromEntries(changed) }, drop: { flags: gone } });
  }

  withFlag<T>(key: string, value: JsonValue, run: () => T): T {
    const before = this.#given;
    this.set({ ...before, [key]: value });
    const restore = (): void => this.set({ ...this.#given, [key]: before[key] });
    let result: T;
    try {
      result = run();
    } catch (error) {
      restore();
      throw error;
    }
    if (!(result instanceof Promise)) {
      restore();
      return result;
    }
    return result.finally(restore) as T;
  }

  /** The same object, whose questions are checked first. */
  checked<A extends object>(answers: A, extra: Readonly<Record<string, unknown>>): A {
    return new Proxy(answers, {
      get: (target, name) => {
        const member: unknown = typeof name === "string" && Object.hasOwn(extra, name) ? extra[name] : Reflect.get(target, name, target);
        if (typeof member !== "function") return member;
        const type = typeof name === "string" ? QUESTIONS.get(name) : undefined;
        return (...args: readonly unknown[]): unknown => {
          if (type !== undefined && this.#unknown === "fails") this.#checkQuestion(String(args[0]), type, args[1]);
          return Reflect.apply(member, target, args);
        };
      },
    });
  }

  #checkGiven(key: string, value: JsonValue): void {
    const form = this.#formOf(key);
    if (form === undefined) throw new Error(`No definition has a flag "${key}".${this.#meant(key)}`);
    const type = form.type ?? "boolean";
    if (!isOfType(value, type)) throw new Error(`Flag "${key}" is of type ${type}, and the test gives it ${JSON.stringify(value)}.`);
  }

  #checkQuestion(key: string, asked: ValueType, fallback: unknown): void {
    const form = Object.hasOwn(this.#given, key) ? formOf(this.#given[key] ?? false) : this.#formOf(key);
    if (form === undefined) throw new Error(`The test has no flag "${key}".${this.#meant(key)} Name it in its flags.`);
    const type = form.type ?? "boolean";
    if (type !== asked) throw new Error(`Flag "${key}" is asked for as ${asked}, and is of type ${type}.`);
    const defined = this.#formOf(key);
    const off = defined === undefined ? undefined : valueWhenOff(defined);
    if (off !== undefined && canonicalJson(off) !== canonicalJson(fallback))
      throw new Error(`Flag "${key}" is asked for with the default ${JSON.stringify(fallback)}, and its definition serves ${JSON.stringify(off)} when off.`);
  }

  #formOf(key: string): FlagForm | undefined {
    return Object.hasOwn(this.#base.flags, key) ? this.#base.flags[key] : undefined;
  }

  #meant(key: string): string {
    const near = nearestNames(key, [...Object.keys(this.#given), ...Object.keys(this.#base.flags)]).map((name) => `"${name}"`);
    return near.length === 0 ? "" : ` Did you mean ${near.join(", ")}?`;
  }
}

/** Reads a snapshot, from its text as well. */
function snapshotOf(source: unknown): Snapshot {
  const decoded = decodeSnapshot(source);
  if (decoded.ok) return decoded.value;
  throw new Error(`The definitions are no snapshot: ${decoded.problem.map(({ path, message }) => (path === "" ? message : `${path} ${message}`)).join("; ")}.`);
}

/** A flag that serves one value to everybody. */
function formOf(value: JsonValue): FlagForm {
  const type = typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? typeof value : "object";
  return { type: type as ValueType, variants: { test: value }, off: "test", default: "test" };
}

/** Of a boolean flag without variants of its own, `off` is false. */
function valueWhenOff({ type = "boolean", variants, off = "off" }: FlagForm): JsonValue | undefined {
  return variants === undefined ? (type === "boolean" ? off === "on" : undefined) : variants[off];
}
