import type { FlagDefinition } from "../project.ts";
import { isDeprecated, type NamedFlag, wordsOf } from "./named-flags.ts";

/** The types of flags, each with the client's question for them. */
const QUESTIONS: readonly { readonly type: FlagDefinition["type"]; readonly name: string; readonly answer: string }[] = [
  { type: "boolean", name: "Boolean", answer: "boolean" },
  { type: "string", name: "String", answer: "string" },
  { type: "number", name: "Number", answer: "number" },
  { type: "object", name: "Object", answer: "unknown" },
];

/**
 * A TypeScript module in which a key that no flag has, or that another type of flag has, does not compile: one type of keys for each type of
 * flag, with what each flag does, and `typed`, which gives a client these types; and one constant for each flag of `named`. Where it is part of a
 * program, the SDKs' own clients, hooks and components take no other keys either. It imports nothing. The same flags give the same text.
 */
export function typescriptOf(flags: readonly FlagDefinition[], named: readonly NamedFlag[]): string {
  const sorted = flags.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  return [
    "// Written by `sluice codegen ts` from the flag files. Change those and run it again.",
    "",
    ...QUESTIONS.flatMap(({ type, name }) =>
      keysOf(
        name,
        sorted.filter((flag) => flag.type === type),
      ),
    ),
    ...globalOf(sorted),
    "/** What an answer may depend on: `targetingKey` is the user. */",
    "export type Context = Readonly<Record<string, unknown>>;",
    "",
    "/** A client's questions, about flags that there are. */",
    "export interface TypedFlags {",
    ...QUESTIONS.map(({ name, answer }) => `  get${name}(key: ${name}Flag, fallback: ${answer}, context?: Context): ${answer};`),
    "}",
    "",
    "/** A client as applications make it. */",
    "export interface UntypedFlags {",
    ...QUESTIONS.map(({ name, answer }) => `  get${name}(key: string, fallback: ${name === "Object" ? "never" : answer}, context?: Context): ${answer};`),
    "}",
    "",
    "/** The same client; a key that no flag has does not compile. */",
    "export function typed(client: UntypedFlags): TypedFlags {",
    "  return client as TypedFlags;",
    "}",
    "",
    ...named.flatMap(({ name, flag }) => [...docOf(flag), `export const ${name} = ${JSON.stringify(flag.key)};`, ""]),
  ].join("\n");
}

/** What the SDKs' own types look at: where the module is part of a program, its clients and hooks take no other keys. */
function globalOf(flags: readonly FlagDefinition[]): readonly string[] {
  return [
    "declare global {",
    "  /** Clients, hooks and components of Sluice in this program ask for these flags and no others. */",
    "  interface SluiceFlagTypes {",
    ...flags.map(({ key, type }) => `    ${JSON.stringify(key)}: ${type};`),
    "  }",
    "}",
    "",
  ];
}

function keysOf(name: string, flags: readonly FlagDefinition[]): readonly string[] {
  if (flags.length === 0) return [`export type ${name}Flag = never;`, ""];
  return [
    `export type ${name}Flag =`,
    ...flags.flatMap((flag, index) => [...docOf(flag).map((line) => `  ${line}`), `  | ${JSON.stringify(flag.key)}${index === flags.length - 1 ? ";" : ""}`]),
    "",
  ];
}

/** What it does, in one comment that no text can end. */
const docOf = (flag: FlagDefinition): readonly string[] => [
  `/** ${wordsOf(flag).replaceAll("*/", "* /")}${isDeprecated(flag) ? " @deprecated It is to go: ask for it nowhere new." : ""} */`,
];
