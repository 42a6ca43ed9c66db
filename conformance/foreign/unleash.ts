// Unleash's client specification against the flags that the import makes of it: each of its cases is answered as Unleash says, or its flag was refused by name.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { lowerFlag, parseProject } from "@sluice/definitions";
import { compileSnapshot, type Context, evaluate, type FlagForm, type Snapshot } from "@sluice/evaluation";
import { importFlags, type Loss } from "@sluice/importers";

interface Payload {
  readonly type: string;
  readonly value: string;
}

interface VariantAnswer {
  readonly name: string;
  readonly payload?: Payload;
  readonly enabled: boolean;
  readonly feature_enabled: boolean;
}

interface Case<T> {
  readonly description: string;
  readonly context: Readonly<Record<string, unknown>> & { readonly properties?: Readonly<Record<string, unknown>> };
  readonly toggleName: string;
  readonly expectedResult: T;
}

interface Specification {
  readonly name: string;
  readonly state: unknown;
  readonly tests?: readonly Case<boolean>[];
  readonly variantTests?: readonly Case<VariantAnswer>[];
}

/** What became of the specification's cases. */
export interface UnleashComparison {
  readonly cases: number;
  readonly right: number;
  /** Cases that were answered otherwise than Unleash does. */
  readonly wrong: readonly string[];
  /** Cases of flags that the import refused, or of which it parked a rule, with what it says. */
  readonly refused: readonly string[];
  /** What `sluice validate` would say of the imported files. */
  readonly mistakes: readonly string[];
}

const folder = join(dirname(createRequire(import.meta.url).resolve("@unleash/client-specification/package.json")), "specifications");

/** All specifications of the installed package, in its own order. */
export function readSpecifications(): readonly Specification[] {
  const names = JSON.parse(readFileSync(join(folder, "index.json"), "utf8")) as readonly string[];
  return names.map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as Specification);
}

/** Imports each state, lowers it as an adoption would, and asks every case. */
export function compareUnleash(specifications: readonly Specification[]): UnleashComparison {
  const result = { cases: 0, right: 0, wrong: [] as string[], refused: [] as string[], mistakes: [] as string[] };
  for (const specification of specifications) {
    const imported = new ImportedState(specification);
    result.mistakes.push(...imported.mistakes);
    const check = <T>({ toggleName, description, context, expectedResult }: Case<T>, ask: (key: string, context: Context) => T): void => {
      result.cases += 1;
      const name = `${specification.name}: ${description}`;
      const loss = imported.lossOf(toggleName);
      if (loss !== undefined) return void result.refused.push(`${name} (${toggleName}: ${loss.what})`);
      const answer = ask(toggleName, imported.contextOf(context));
      if (sorted(answer) === sorted(expectedResult)) result.right += 1;
      else result.wrong.push(`${name}: ${sorted(answer)}, not ${sorted(expectedResult)}`);
    };
    for (const one of specification.tests ?? []) check(one, (key, context) => imported.isEnabled(key, context));
    for (const one of specification.variantTests ?? []) check(one, (key, context) => imported.variant(key, context));
  }
  return result;
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === "object" && each !== null ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1))) : each,
  );
}

class ImportedState {
  readonly mistakes: readonly string[];
  readonly #losses: readonly Loss[];
  readonly #numbers: ReadonlySet<string>;
  readonly #forms: Readonly<Record<string, FlagForm>>;
  readonly #compiled: ReturnType<typeof compileSnapshot>;

  constructor({ name, state }: Specification) {
    const { files, losses, problems } = importFlags("unleash", new Map([["state.json", JSON.stringify(state)]]));
    const project = parseProject({ files });
    this.mistakes = [...problems, ...project.diagnostics].map((problem) => `${name}: ${JSON.stringify(problem)}`);
    this.#losses = losses;
    this.#numbers = new Set((project.project?.attributes ?? []).filter(({ type }) => type === "number").map((attribute) => attribute.name));
    this.#forms = Object.fromEntries(
      [...project.flags].flatMap(([key, flag]) => {
        const form = lowerFlag(flag, "production");
        return form === undefined ? [] : [[key, form]];
      }),
    );
    const snapshot: Snapshot = { format: 1, environment: "production", epoch: "unleash", seq: 1, salt: "unleash", flags: this.#forms };
    this.#compiled = compileSnapshot(snapshot);
  }

  /** Why a flag, or one that it waits for, is not what it was. */
  lossOf(key: string): Loss | undefined {
    const parents = (Object.hasOwn(this.#forms, key) ? this.#forms[key] : undefined)?.prerequisites?.map(({ flag }) => flag) ?? [];
    return this.#losses.find(({ flag, code }) => [key, ...parents].includes(flag) && (code === "flag/refused" || code === "rule/parked"));
  }

  /** The context as the loss report asks the application to send it. */
  contextOf({ properties, userId, ...rest }: Case<unknown>["context"]): Context {
    const all = { ...rest, ...properties, ...(userId === undefined ? {} : { targetingKey: userId }) };
    return Object.fromEntries(
      Object.entries(all).map(([name, value]) => [name, this.#numbers.has(name) && typeof value === "string" ? Number(value) : value]),
    ) as Context;
  }

  isEnabled(key: string, context: Context): boolean {
    const { variant } = evaluate(this.#compiled, key, context);
    return variant !== undefined && variant !== (this.#forms[key]?.off ?? "off");
  }

  /** What Unleash's getVariant says: no variant is called "disabled". */
  variant(key: string, context: Context): VariantAnswer {
    const { variant = "", value } = evaluate(this.#compiled, key, context);
    const isOn = this.isEnabled(key, context);
    const type = this.#forms[key]?.type ?? "boolean";
    if (!isOn || type === "boolean" || variant === "on") return { name: "disabled", enabled: false, feature_enabled: isOn };
    const text = typeof value === "object" ? JSON.stringify(value) : String(value);
    return { name: variant, payload: { type: type === "object" ? "json" : type, value: text }, enabled: true, feature_enabled: isOn };
  }
}

/** `npm run conformance -- unleash`. */
export function runUnleash(): void {
  const { cases, right, wrong, refused, mistakes } = compareUnleash(readSpecifications());
  for (const name of refused) console.log(`refused: ${name}`);
  for (const name of [...wrong, ...mistakes]) console.log(`wrong: ${name}`);
  const share = (100 * (cases - refused.length)) / cases;
  console.log(
    `${cases} cases of Unleash's client specification: ${right} answered as Unleash does, ${wrong.length} not; ${refused.length} refused by name (${share.toFixed(1)} % are expressible)`,
  );
  process.exitCode = wrong.length + mistakes.length === 0 ? 0 : 1;
}
