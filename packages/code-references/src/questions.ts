import type { AskedThrough, CodeLanguage, CodeWrapper } from "@sluice/definitions";
import type { Argument, Binding, Call, Dialect, Question } from "./dialect.ts";
import type { Meaning, Meanings } from "./meaning.ts";
import type { SourceModule } from "./source-module.ts";
import { above, type SyntaxNode, within } from "./syntax-tree.ts";

/** A question as it stands in code. */
export interface Asked {
  readonly node: SyntaxNode;
  /** What is told of: the call, or the element's opening tag. */
  readonly place: SyntaxNode;
  readonly through: AskedThrough;
  readonly asks?: Question["asks"];
  /** Undefined where a constant says the key by itself. */
  readonly keyNode?: SyntaxNode;
  /** The key, where a constant says it. */
  readonly constant?: Extract<Meaning, { readonly kind: "flag" }>;
  readonly fallback?: SyntaxNode;
  /** The default that holds where none is written. */
  readonly fallbackWithout?: boolean;
  /** The compiler knows the keys there. */
  readonly isChecked: boolean;
  /** Whether it asks only where its key is one that there is: what it is asked of is not known. */
  readonly isGuess: boolean;
}

/** Ways to ask besides the SDKs'. */
export interface AskedBy {
  readonly wrappers: readonly CodeWrapper[];
  /** Names of generated constants. */
  readonly constantNames: ReadonlyMap<CodeLanguage, ReadonlySet<string>>;
}

/** Finds the questions of one module. */
export class Questions {
  readonly #meanings: Meanings;
  readonly #wrappers: readonly CodeWrapper[];

  readonly #constantNames: ReadonlyMap<CodeLanguage, ReadonlySet<string>>;

  constructor(meanings: Meanings, { wrappers, constantNames }: AskedBy) {
    this.#meanings = meanings;
    this.#wrappers = wrappers;
    this.#constantNames = constantNames;
  }

  /** Every question of a module in the order of its text, and constants that are handed on without one. */
  of(module: SourceModule): readonly Asked[] {
    if (module.isGenerated) return [];
    const asked: Asked[] = [];
    /** Parts that belong to a question already. */
    const taken = new Set<SyntaxNode>();
    for (const node of within(module.root)) {
      const found = this.#at(node, module);
      if (found === undefined) continue;
      asked.push(found);
      if (found.keyNode !== undefined) for (const below of within(found.keyNode)) taken.add(below);
      const call = module.dialect.call(node);
      if (found.constant !== undefined && call !== undefined) for (const below of within(call.callee)) taken.add(below);
    }
    return [...asked, ...this.#mentions(module, taken)].toSorted((a, b) => a.place.start - b.place.start || a.place.end - b.place.end);
  }

  #at(node: SyntaxNode, module: SourceModule): Asked | undefined {
    const { dialect, text } = module;
    const call = dialect.call(node);
    if (call !== undefined) return this.#byWrapper(node, call, module) ?? this.#byCall(node, call, module);
    const element = dialect.element?.(node, text);
    if (element === undefined) return undefined;
    const meaning = this.#meanings.of(element.name, module);
    const key = meaning.kind === "component" ? element.attributes.get(meaning.component.key)?.value : undefined;
    if (meaning.kind !== "component" || key === undefined) return undefined;
    const { fallback, isBooleanWithout } = meaning.component;
    const given = element.attributes.get(fallback);
    return {
      node,
      place: element.opening,
      through: "component",
      keyNode: key,
      isChecked: false,
      isGuess: false,
      ...(given?.value === undefined ? {} : { fallback: given.value }),
      ...(given === undefined && isBooleanWithout ? { asks: "boolean", fallbackWithout: false } : {}),
      // An attribute without a value is true (JSX).
      ...(given !== undefined && given.value === undefined ? { asks: "boolean", fallbackWithout: true } : {}),
    };
  }

  #byWrapper(node: SyntaxNode, call: Call, module: SourceModule): Asked | undefined {
    const { dialect } = module;
    const name = dottedName(call.callee, module);
    const wrapper = name === undefined ? undefined : this.#wrappers.find((one) => one.language === dialect.language && isCalled(name, one.call));
    const key = wrapper && call.args[wrapper.key];
    if (wrapper === undefined || key === undefined) return undefined;
    const fallback = wrapper.default === undefined ? undefined : call.args[wrapper.default]?.node;
    return { node, place: node, through: "wrapper", keyNode: key.node, isChecked: false, isGuess: false, ...(fallback === undefined ? {} : { fallback }) };
  }

  #byCall(node: SyntaxNode, { callee, args }: Call, module: SourceModule): Asked | undefined {
    const { dialect, text } = module;
    const bare = dialect.bare(callee);
    const member = dialect.member(bare, text);
    if (member === undefined) {
      const meaning = this.#meanings.ofCallee(bare, module);
      if (meaning.kind === "hook") return asking({ node, through: "hook", question: meaning.question, args, text, dialect, isChecked: false });
      const question = meaning.kind === "method" ? dialect.question(meaning.name, args.length) : undefined;
      return question && asking({ node, through: "client", question, args, text, dialect, isChecked: meaning.kind === "method" && meaning.isChecked });
    }
    const ownQuestion = dialect.generated.asks[member.name];
    const question = dialect.question(member.name, args.length);
    if (ownQuestion === undefined && question === undefined) {
      const hook = this.#meanings.ofCallee(bare, module);
      return hook.kind === "hook" ? asking({ node, through: "hook", question: hook.question, args, text, dialect, isChecked: false }) : undefined;
    }
    const object = this.#meanings.of(member.object, module);
    if (ownQuestion !== undefined && object.kind === "flag") {
      const fallback = ownQuestion.fallback === undefined ? undefined : args[ownQuestion.fallback]?.node;
      return {
        node,
        place: node,
        through: "constant",
        constant: object,
        isChecked: true,
        isGuess: false,
        ...(object.asks === undefined && fallback !== undefined ? { fallback } : {}),
      };
    }
    if (question === undefined) return undefined;
    if (object.kind === "client") return asking({ node, through: "client", question, args, text, dialect, isChecked: object.isChecked });
    const isGuess = object.kind === "unknown" || object.kind === "parameter";
    return isGuess ? asking({ node, through: "client", question, args, text, dialect, isChecked: false, isGuess }) : undefined;
  }

  /** Constants that ask by themselves, where they are handed to something else. */
  #mentions(module: SourceModule, taken: ReadonlySet<SyntaxNode>): readonly Asked[] {
    const { dialect, text } = module;
    const names = this.#constantNames.get(dialect.language);
    if (names === undefined) return [];
    const found: Asked[] = [];
    for (const node of within(module.root)) {
      const name = dialect.identifier(node, text) ?? dialect.member(node, text)?.name;
      // Following every name of a file would read the whole program.
      const isLikely = name !== undefined && (names.has(name) || name === dialect.generated.key || isFrom(names, module.lookup(name, node)));
      if (!isLikely || taken.has(node) || !isWhole(node, dialect, text) || isImported(node)) continue;
      const meaning = this.#meanings.of(node, module);
      const isKey = meaning.kind === "value" && meaning.isGenerated && typeof meaning.value === "string";
      if (meaning.kind === "flag") found.push({ node, place: node, through: "mention", constant: meaning, isChecked: true, isGuess: false });
      else if (isKey) found.push({ node, place: node, through: "mention", keyNode: node, isChecked: true, isGuess: false });
    }
    return found;
  }
}

/** Whether a name is asked for as a whole, and is no part of a longer one. */
const isWhole = (node: SyntaxNode, dialect: Dialect, text: string): boolean => node.parent !== undefined && dialect.member(node.parent, text) === undefined;

/** Whether a name is another one for a constant: `import { DIARY_PINS as PINS }`. */
const isFrom = (names: ReadonlySet<string>, bindings: readonly Binding[]): boolean => bindings.some(({ from }) => from !== undefined && names.has(from.name));

/** Names in imports and exports introduce, and ask nothing. */
const isImported = (node: SyntaxNode): boolean => [...above(node)].some(({ kind }) => /^(?:import|export_clause|export_specifier|package)/.test(kind));

interface Asking {
  readonly node: SyntaxNode;
  readonly through: AskedThrough;
  readonly question: Question;
  readonly args: readonly Argument[];
  readonly text: string;
  readonly dialect: Dialect;
  readonly isChecked: boolean;
  readonly isGuess?: boolean;
}

function asking(one: Asking): Asked | undefined {
  const { node, through, question, dialect, isChecked, isGuess = false } = one;
  const key = argument(one, question.key, dialect.argumentNames.key);
  if (key === undefined) return undefined;
  const fallback = question.fallback === undefined ? undefined : argument(one, question.fallback, dialect.argumentNames.fallback);
  return {
    node,
    place: node,
    through,
    keyNode: key,
    isChecked,
    isGuess,
    ...(question.asks === undefined ? {} : { asks: question.asks }),
    ...(fallback === undefined ? {} : { fallback }),
  };
}

/** An argument by its name, or by its place among those without. */
function argument({ args, text }: Asking, place: number, names: readonly string[]): SyntaxNode | undefined {
  const named = args.find(({ nameNode }) => nameNode !== undefined && names.includes(text.slice(nameNode.start, nameNode.end)));
  if (named !== undefined) return named.node;
  const at = args[place];
  return at === undefined || at.nameNode !== undefined ? undefined : at.node;
}

/** `a.b.c`, as a call names its function. */
export function dottedName(callee: SyntaxNode, { dialect, text }: SourceModule): string | undefined {
  const bare = dialect.bare(callee);
  const name = dialect.identifier(bare, text);
  if (name !== undefined) return name;
  const member = dialect.member(bare, text);
  if (member === undefined) return undefined;
  return `${dialect.identifier(dialect.bare(member.object), text) ?? lastOf(member.object, dialect, text)}.${member.name}`;
}

const lastOf = (node: SyntaxNode, dialect: Dialect, text: string): string => dialect.member(dialect.bare(node), text)?.name ?? "";
const isCalled = (name: string, call: string): boolean =>
  name === call || name.endsWith(`.${call}`) || (call.includes(".") && call.endsWith(`.${name}`) && name.includes("."));

/** Whether a place stands in a function that the project declared as a way to ask: its key is whoever calls it's. */
export function isInWrapper(at: SyntaxNode, module: SourceModule, wrappers: readonly CodeWrapper[]): boolean {
  const { dialect, text } = module;
  for (const node of above(at)) {
    const name = dialect.functionName(node, text);
    if (name !== undefined && wrappers.some(({ language, call }) => language === dialect.language && call.split(".").at(-1) === name)) return true;
  }
  return false;
}
