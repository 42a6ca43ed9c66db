import type { JsonValue } from "@sluice/evaluation";
import type { CodeLanguage } from "@sluice/definitions";
import type { GrammarName, SyntaxNode } from "./syntax-tree.ts";

/** A name that a program introduces. */
export interface Binding {
  readonly name: string;
  /** The part that introduces it. */
  readonly node: SyntaxNode;
  /** What it is set to; with `property`, the property of that. */
  readonly value?: SyntaxNode;
  readonly property?: string;
  /** Its declared type. */
  readonly type?: SyntaxNode;
  /** What it is imported from, and as what: `*` is the module itself. */
  readonly from?: { readonly module: string; readonly name: string };
  /** The class, interface, struct or enumeration whose fields it gives by name. */
  readonly shape?: SyntaxNode;
  readonly isParameter?: true;
  /** Set again, so that what it holds is not known. */
  readonly isSetAgain?: true;
}

/** A binding, and where its name holds: in the nearest scope around, in that of the module, or as a field of the nearest class. */
export interface Introduced extends Binding {
  readonly holds: "here" | "module" | "field";
}

/** An argument of a call. */
export interface Argument {
  /** Of an argument that is given by its name. */
  readonly nameNode?: SyntaxNode;
  readonly node: SyntaxNode;
}

/** A call taken apart. */
export interface Call {
  readonly callee: SyntaxNode;
  readonly args: readonly Argument[];
}

/** What a question asks for, and where its key and default stand among the arguments. */
export interface Question {
  readonly asks?: "boolean" | "string" | "number" | "object";
  readonly key: number;
  readonly fallback?: number;
}

/** A component that asks: names of its attributes. */
export interface AskingComponent {
  readonly key: string;
  readonly fallback: string;
  /** What it shows children by where it has no default: whether the flag is on. */
  readonly isBooleanWithout: boolean;
}

/** What a package of ours, or of OpenFeature, gives to code. */
export interface Sdk {
  /** Types of clients. */
  readonly types: readonly string[];
  /** Functions and classes that give a client. */
  readonly factories: readonly string[];
  readonly hooks?: Readonly<Record<string, Question>>;
  readonly components?: Readonly<Record<string, AskingComponent>>;
}

/** Something that is decided, and what happens only then. */
export interface Branching {
  readonly condition: SyntaxNode;
  readonly branches: readonly SyntaxNode[];
}

/** How an element of JSX asks. */
export interface Element {
  readonly name: SyntaxNode;
  readonly opening: SyntaxNode;
  /** What is shown where it decides; undefined for an element without children. */
  readonly body?: SyntaxNode;
  readonly attributes: ReadonlyMap<string, { readonly node: SyntaxNode; readonly value?: SyntaxNode }>;
}

/** What a language looks like: everything that the search for references knows of one. Pure; each function is given nodes of its own grammars. */
export interface Dialect {
  readonly language: CodeLanguage;
  readonly extensions: readonly string[];
  readonly grammarOf: (path: string) => GrammarName;
  readonly isComment: (node: SyntaxNode) => boolean;
  /** Whether names hold in this part alone. */
  readonly isScope: (node: SyntaxNode) => boolean;
  readonly introduced: (node: SyntaxNode, text: string) => readonly Introduced[];
  /** A node without what changes nothing about its value: parentheses, `await`, casts. */
  readonly bare: (node: SyntaxNode) => SyntaxNode;
  readonly identifier: (node: SyntaxNode, text: string) => string | undefined;
  readonly member: (node: SyntaxNode, text: string) => { readonly object: SyntaxNode; readonly name: string } | undefined;
  /** The object itself, as a method sees it. */
  readonly isSelf: (name: string) => boolean;
  /** Whether methods name fields without the object before them. */
  readonly seesFields: boolean;
  readonly call: (node: SyntaxNode) => Call | undefined;
  readonly element?: (node: SyntaxNode, text: string) => Element | undefined;
  /** A value that stands there as such; undefined for anything else. */
  readonly literal: (node: SyntaxNode, text: string) => { readonly value: JsonValue } | undefined;
  /** The parts of a literal map, by their names. */
  readonly entries: (node: SyntaxNode, text: string) => ReadonlyMap<string, SyntaxNode> | undefined;
  readonly written: (value: JsonValue) => string | undefined;
  /** Several values of which it is one: those of `a ? b : c`. */
  readonly choices: (node: SyntaxNode) => readonly SyntaxNode[] | undefined;
  readonly branching: (node: SyntaxNode, text: string) => Branching | undefined;
  /** Whether a part only joins or turns round conditions, so that what it holds is decided with it. */
  readonly joins: (node: SyntaxNode) => boolean;
  /** Whether a condition turns another round: `!on`. */
  readonly isNegated: (condition: SyntaxNode, text: string) => boolean;
  /** Whether nothing after it is reached: its last statement leaves. */
  readonly leaves: (branch: SyntaxNode) => boolean;
  /** Names in a type. */
  readonly typeNames: (type: SyntaxNode, text: string) => readonly string[];
  /** The name of a function that is declared here. */
  readonly functionName: (node: SyntaxNode, text: string) => string | undefined;
  readonly sdk: (module: string) => Sdk | undefined;
  /** Whether a module is somebody else's, so that nothing from it is a client of ours. */
  readonly isForeign: (module: string, fromPath: string) => boolean;
  /** Files that a module may be, the likeliest first; `has` says whether a path is there. */
  readonly modulePaths: (module: string, fromPath: string, files: KnownPaths) => readonly string[];
  /** Whether a file may introduce a name, by its text alone; absent where one file is one module, and is parsed to tell. */
  readonly mayIntroduce?: (name: string, path: string, files: KnownPaths) => boolean;
  /** Files that see each other's names without an import, and may hold this one. */
  readonly siblingPaths: (name: string, path: string, files: KnownPaths) => readonly string[];
  /** Members by which a constant of an enumeration gives its text. */
  readonly valueMembers: readonly string[];
  /** Methods of clients; the number of arguments tells two apart that have one name. */
  readonly question: (method: string, args: number) => Question | undefined;
  /** Names of arguments that are given by name. */
  readonly argumentNames: { readonly key: readonly string[]; readonly fallback: readonly string[] };
  /** What every question's text holds: a file without any is not parsed. */
  readonly questionText: RegExp;
  readonly generated: GeneratedCode;
}

/** What `sluice codegen` writes in the language. */
export interface GeneratedCode {
  /** Begins a file that it wrote. */
  readonly header: RegExp;
  /** The key and the default of a constant; undefined where it is none. */
  readonly flag: (value: SyntaxNode, text: string, dialect: Dialect) => GeneratedFlag | undefined;
  /** A method of a constant by which a flag is asked for: its place of the default, where it takes one. */
  readonly asks: Readonly<Record<string, { readonly fallback?: number }>>;
  /** What gives the key of a constant, as a member or a call of one. */
  readonly key: string | undefined;
  readonly offer: (asked: OfferAsked) => { readonly written: string; readonly edits: readonly { start: number; end: number; text: string }[] } | undefined;
}

export interface GeneratedFlag {
  readonly key: string;
  readonly asks?: Question["asks"];
  readonly fallback?: JsonValue;
}

/** What the edits that write a constant are made of. */
export interface OfferAsked {
  readonly name: string;
  /** The generated file. */
  readonly generatedPath: string;
  readonly generatedText: string;
  /** The file that asks. */
  readonly path: string;
  readonly text: string;
  readonly root: SyntaxNode;
  readonly literal: SyntaxNode;
  readonly files: KnownPaths;
  /** Whether a name stands for something else at the literal. */
  readonly isTaken: (name: string) => boolean;
}

/** Paths of the code that is looked through. */
export interface KnownPaths {
  readonly has: (path: string) => boolean;
  /** Files whose path ends with this, at a `/`. */
  readonly endingWith: (end: string) => readonly string[];
  readonly inFolder: (folder: string) => readonly string[];
  /** Folders whose path ends with this, at a `/`. */
  readonly foldersEndingWith: (end: string) => readonly string[];
  /** A file's text, also of one that is no code (`go.mod`). */
  readonly read: (path: string) => string | undefined;
}
