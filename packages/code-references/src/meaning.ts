import type { JsonValue } from "@sluice/evaluation";
import type { CodeLibrary, ModuleFiles } from "./code-library.ts";
import type { AskingComponent, Binding, Question } from "./dialect.ts";
import type { SourceModule } from "./source-module.ts";
import type { SyntaxNode } from "./syntax-tree.ts";

/** What an expression stands for, as far as code says it. */
export type Meaning =
  /** A value; `isGenerated` where `sluice codegen` wrote it. */
  | { readonly kind: "value"; readonly value: JsonValue; readonly isGenerated: boolean }
  /** A constant of `sluice codegen` that asks by itself. */
  | { readonly kind: "flag"; readonly key: string; readonly asks?: Question["asks"]; readonly fallback?: JsonValue }
  /** A client; `isChecked` where its compiler knows the keys. */
  | { readonly kind: "client"; readonly isChecked: boolean }
  | { readonly kind: "factory" }
  | { readonly kind: "hook"; readonly question: Question }
  | { readonly kind: "component"; readonly component: AskingComponent }
  /** A method of a client, taken out of it. */
  | { readonly kind: "method"; readonly name: string; readonly isChecked: boolean }
  /** A module of this code, as `from` names it. */
  | { readonly kind: "modules"; readonly modules: ModuleFiles; readonly name: string; readonly from: SourceModule }
  | { readonly kind: "sdk"; readonly module: string; readonly language: SourceModule }
  /** An object whose fields are declared there. */
  | { readonly kind: "shape"; readonly shape: SyntaxNode; readonly module: SourceModule }
  /** Something that a call or a declaration of this code gives, of which nothing more is said. */
  | { readonly kind: "unknown" }
  | { readonly kind: "parameter" }
  /** Somebody else's: no client of ours. */
  | { readonly kind: "foreign" };

const UNKNOWN: Meaning = { kind: "unknown" };
const FOREIGN: Meaning = { kind: "foreign" };
/** Names that lead on to other names: more than any code has, and an end for those that lead round. */
const STEPS_MAX = 24;

/** Says what expressions stand for, following names through the files of a library. */
export class Meanings {
  readonly #library: CodeLibrary;
  readonly #known = new Map<Binding, Meaning>();
  readonly #types = new Map<Binding, Meaning>();

  constructor(library: CodeLibrary) {
    this.#library = library;
  }

  /** What an expression stands for. */
  of(expression: SyntaxNode, module: SourceModule, steps = 0): Meaning {
    if (steps > STEPS_MAX) return UNKNOWN;
    const { dialect, text } = module;
    const node = dialect.bare(expression);
    const generated = module.isGenerated ? dialect.generated.flag(node, text, dialect) : undefined;
    if (generated !== undefined) return { kind: "flag", ...generated };
    const literal = dialect.literal(node, text);
    if (literal !== undefined) return { kind: "value", value: literal.value, isGenerated: module.isGenerated };
    const name = dialect.identifier(node, text);
    if (name !== undefined) return this.#ofName(name, node, { module, steps });
    const call = dialect.call(node);
    if (call !== undefined) return this.#ofCall(call.callee, module, steps);
    const member = dialect.member(node, text);
    if (member === undefined) return UNKNOWN;
    return this.#ofMember(this.of(member.object, module, steps + 1), member.name, { node: member.object, module, steps });
  }

  /** What is called, not what the call gives. */
  ofCallee(callee: SyntaxNode, module: SourceModule, steps = 0): Meaning {
    const { dialect, text } = module;
    const bare = dialect.bare(callee);
    const name = dialect.identifier(bare, text);
    if (name !== undefined) return this.#ofName(name, bare, { module, steps });
    const member = dialect.member(bare, text);
    // In Java the call itself names its method.
    if (member === undefined) return dialect.call(bare)?.callee === bare ? UNKNOWN : this.of(bare, module, steps + 1);
    return this.#ofMember(this.of(member.object, module, steps + 1), member.name, { node: member.object, module, steps });
  }

  /** What a name stands for where it is used. */
  ofName(name: string, at: SyntaxNode, module: SourceModule): Meaning {
    return this.#ofName(name, at, { module, steps: 0 });
  }

  /** What a declared type says of whatever has it. */
  ofType(type: SyntaxNode, module: SourceModule, steps = 0): Meaning {
    const names = module.dialect.typeNames(type, module.text);
    const meanings = names.map((name) => this.#typeNamed(name, type, { module, steps }));
    return (
      meanings.find(({ kind }) => kind === "client") ??
      meanings.find(({ kind }) => kind === "shape") ??
      (meanings.length > 0 && meanings.every(({ kind }) => kind === "foreign") ? FOREIGN : UNKNOWN)
    );
  }

  #typeNamed(name: string, at: SyntaxNode, { module, steps }: Around): Meaning {
    const [first = "", ...rest] = name.split(".");
    const bindings = this.#bindingsOf(first, at, module);
    for (const { binding, module: where } of bindings) {
      if (binding.from !== undefined) {
        const { from } = binding;
        const sdk = where.dialect.sdk(from.module);
        const last = rest.at(-1) ?? from.name;
        if (sdk !== undefined) return sdk.types.includes(last) ? { kind: "client", isChecked: false } : FOREIGN;
        const modules = this.#library.modulesOf(from.module, where);
        const found = this.#exported(modules, last, steps + 1);
        if (found !== undefined) return this.#typeOf(found.binding, found.module, steps);
        return modules.paths.length === 0 && where.dialect.isForeign(from.module, where.path) ? FOREIGN : UNKNOWN;
      }
      return this.#typeOf(binding, where, steps);
    }
    return UNKNOWN;
  }

  /** Each declared type is followed once, for types name each other and themselves. */
  #typeOf(binding: Binding, module: SourceModule, steps: number): Meaning {
    const known = this.#types.get(binding);
    if (known !== undefined) return known;
    this.#types.set(binding, UNKNOWN);
    const meaning = this.#followType(binding, module, steps);
    this.#types.set(binding, meaning);
    return meaning;
  }

  #followType(binding: Binding, module: SourceModule, steps: number): Meaning {
    if (module.isGenerated && binding.name === "TypedFlags") return { kind: "client", isChecked: true };
    // Another name for a type: `type Flags = SluiceClient`.
    if (binding.type !== undefined && binding.value === undefined && steps < STEPS_MAX) {
      const other = this.ofType(binding.type, module, steps + 1);
      if (other.kind !== "unknown") return other;
    }
    return binding.shape === undefined ? UNKNOWN : { kind: "shape", shape: binding.shape, module };
  }

  #ofName(name: string, at: SyntaxNode, around: Around): Meaning {
    const { module, steps } = around;
    if (steps > STEPS_MAX) return UNKNOWN;
    if (module.dialect.isSelf(name)) {
      const shape = module.shapeAround(at);
      return shape === undefined ? UNKNOWN : { kind: "shape", shape, module };
    }
    const found = this.#bindingsOf(name, at, module);
    return this.#ofBindings(found, steps);
  }

  /** One binding says what a name is; of several only that it is a client, where one of them is. */
  #ofBindings(found: readonly Found[], steps: number): Meaning {
    const [first] = found;
    if (first === undefined) return UNKNOWN;
    if (found.length === 1) return this.#ofBinding(first.binding, first.module, steps + 1);
    const meanings = found.map(({ binding, module }) => this.#ofBinding(binding, module, steps + 1));
    return meanings.find(({ kind }) => kind === "client") ?? UNKNOWN;
  }

  #bindingsOf(name: string, at: SyntaxNode, module: SourceModule): readonly Found[] {
    const own = module.lookup(name, at);
    if (own.length > 0) return own.map((binding) => ({ binding, module }));
    const shape = module.shapeAround(at);
    const field = shape !== undefined && module.dialect.seesFields ? module.field(shape, name) : [];
    if (field.length > 0) return field.map((binding) => ({ binding, module }));
    const beside = this.#library.siblings(name, module).flatMap((sibling) => sibling.topLevel(name).map((binding) => ({ binding, module: sibling })));
    return beside.length > 0 ? beside : this.#givenWhole(name, at, module);
  }

  /** What a module gives of which this one imports every name. */
  #givenWhole(name: string, at: SyntaxNode, module: SourceModule): readonly Found[] {
    for (const other of module.givesOn) {
      const sdk = module.dialect.sdk(other);
      if (sdk?.types.includes(name) === true || sdk?.factories.includes(name) === true)
        return [{ binding: { name, node: at, from: { module: other, name } }, module }];
      const found = this.#exported(this.#library.modulesOf(other, module), name, 1);
      if (found !== undefined) return [found];
    }
    return [];
  }

  /** Each binding is followed once: names that are set from each other lead round, and apart again at every turn. */
  #ofBinding(binding: Binding, module: SourceModule, steps: number): Meaning {
    const known = this.#known.get(binding);
    if (known !== undefined) return known;
    this.#known.set(binding, UNKNOWN);
    const meaning = this.#follow(binding, module, steps);
    this.#known.set(binding, meaning);
    return meaning;
  }

  #follow(binding: Binding, module: SourceModule, steps: number): Meaning {
    const { from, type, value, property, shape } = binding;
    if (from !== undefined) return this.#imported(from, module, steps);
    const declared = type === undefined ? UNKNOWN : this.ofType(type, module, steps + 1);
    if (declared.kind === "client") return declared;
    if (declared.kind === "shape" && property !== undefined && value === undefined)
      return this.#ofMember(declared, property, { node: binding.node, module, steps });
    if (value !== undefined) {
      const meaning = this.of(value, module, steps + 1);
      const held = property === undefined ? meaning : this.#ofMember(meaning, property, { node: value, module, steps });
      if (held.kind !== "unknown") return held;
    }
    if (declared.kind !== "unknown") return declared;
    if (shape !== undefined) return { kind: "shape", shape, module };
    return binding.isParameter === true ? { kind: "parameter" } : UNKNOWN;
  }

  #imported({ module: name, name: imported }: { readonly module: string; readonly name: string }, module: SourceModule, steps: number): Meaning {
    const { dialect } = module;
    if (dialect.sdk(name) !== undefined) return imported === "*" ? { kind: "sdk", module: name, language: module } : this.#ofSdk(name, imported, module);
    const modules = this.#library.modulesOf(name, module);
    if (imported === "*") {
      return modules.paths.length === 0 && dialect.isForeign(name, module.path) ? FOREIGN : { kind: "modules", modules, name, from: module };
    }
    const found = this.#exported(modules, imported, steps + 1);
    if (found !== undefined) return this.#given(found, steps);
    // A module inside the module: Python's `from app import flags`.
    const inner = this.#library.modulesOf(`${name}${name.endsWith(".") ? "" : "."}${imported}`, module);
    if (inner.paths.length > 0) return { kind: "modules", modules: inner, name: `${name}.${imported}`, from: module };
    const innerSdk = dialect.sdk(`${name}.${imported}`);
    if (innerSdk !== undefined) return { kind: "sdk", module: `${name}.${imported}`, language: module };
    return modules.paths.length === 0 && dialect.isForeign(name, module.path) ? FOREIGN : UNKNOWN;
  }

  /** What a module gives to others: the function `typed` of generated TypeScript makes a client whose keys are known. */
  #given({ binding, module }: Found, steps: number): Meaning {
    if (module.isGenerated && binding.name === "typed") return { kind: "factory" };
    return this.#ofBinding(binding, module, steps + 1);
  }

  #ofSdk(name: string, imported: string, module: SourceModule): Meaning {
    const sdk = module.dialect.sdk(name);
    const question = sdk?.hooks?.[imported];
    if (question !== undefined) return { kind: "hook", question };
    const component = sdk?.components?.[imported];
    if (component !== undefined) return { kind: "component", component };
    return sdk?.factories.includes(imported) === true ? { kind: "factory" } : FOREIGN;
  }

  #ofMember(object: Meaning, name: string, { node, module, steps }: Around & { readonly node: SyntaxNode }): Meaning {
    switch (object.kind) {
      case "client":
        return { kind: "method", name, isChecked: object.isChecked };
      case "factory":
        // `OpenFeature.getClient`, `SluiceClient.create`: what gives a client by a method.
        return object;
      case "sdk":
        return this.#ofSdk(object.module, name, object.language);
      case "flag":
        return name === module.dialect.generated.key ? { kind: "value", value: object.key, isGenerated: true } : UNKNOWN;
      case "modules": {
        const found = this.#exported(object.modules, name, steps + 1);
        if (found !== undefined) return this.#given(found, steps);
        const inner = `${object.name}.${name}`;
        const modules = this.#library.modulesOf(inner, object.from);
        return modules.paths.length === 0 ? UNKNOWN : { kind: "modules", modules, name: inner, from: object.from };
      }
      case "shape":
        return this.#ofBindings(
          object.module.field(object.shape, name).map((binding) => ({ binding, module: object.module })),
          steps,
        );
      case "value":
        // A constant of an enumeration gives its text by a member of its own.
        if (typeof object.value === "string" && module.dialect.valueMembers.includes(name)) return object;
        return this.#ofEntry(node, name, { module, steps });
      case "unknown":
        return this.#ofEntry(node, name, { module, steps });
      case "foreign":
        return FOREIGN;
      case "hook":
      case "component":
      case "method":
      case "parameter":
        return UNKNOWN;
    }
  }

  /** `KEYS.export`, where KEYS is a literal map of this code. */
  #ofEntry(object: SyntaxNode, name: string, { module, steps }: Around): Meaning {
    const map = this.#mapAt(object, module, steps + 1);
    const value = map?.module.dialect.entries(map.node, map.module.text)?.get(name);
    return map === undefined || value === undefined ? UNKNOWN : this.of(value, map.module, steps + 1);
  }

  #mapAt(expression: SyntaxNode, module: SourceModule, steps: number): { readonly node: SyntaxNode; readonly module: SourceModule } | undefined {
    if (steps > STEPS_MAX) return undefined;
    const node = module.dialect.bare(expression);
    if (module.dialect.entries(node, module.text) !== undefined) return { node, module };
    const name = module.dialect.identifier(node, module.text);
    const found = name === undefined ? [] : this.#bindingsOf(name, node, module);
    const [only] = found;
    if (only === undefined || found.length !== 1) return undefined;
    const { binding } = only;
    if (binding.from !== undefined) {
      const given = this.#exported(this.#library.modulesOf(binding.from.module, only.module), binding.from.name, steps + 1);
      return given?.binding.value === undefined ? undefined : this.#mapAt(given.binding.value, given.module, steps + 1);
    }
    return binding.value === undefined || binding.property !== undefined ? undefined : this.#mapAt(binding.value, only.module, steps + 1);
  }

  #ofCall(callee: SyntaxNode, module: SourceModule, steps: number): Meaning {
    const { dialect, text } = module;
    const meaning = this.ofCallee(callee, module, steps + 1);
    if (meaning.kind === "factory") return { kind: "client", isChecked: this.#isTyped(callee, module) };
    // `OpenFeatureAPI.getInstance().getClient()`: what gives clients is got by a call itself.
    if (meaning.kind === "method" && /^(?:get|new)_?client$/i.test(meaning.name)) return { kind: "client", isChecked: false };
    if (meaning.kind === "value" && dialect.member(dialect.bare(callee), text) !== undefined) return meaning;
    return meaning.kind === "foreign" ? UNKNOWN : meaning.kind === "shape" && meaning.shape.kind.startsWith("class") ? meaning : UNKNOWN;
  }

  /** Whether a client comes from `typed` of generated code. */
  #isTyped(callee: SyntaxNode, module: SourceModule): boolean {
    const { dialect, text } = module;
    const bare = dialect.bare(callee);
    const name = dialect.identifier(bare, text) ?? dialect.member(bare, text)?.name;
    return (
      name !== undefined &&
      this.#bindingsOf(name, bare, module).some(({ binding }) => binding.from?.name === "typed" && dialect.sdk(binding.from.module) === undefined)
    );
  }

  /** The binding that modules give to others by a name, also on behalf of another one. */
  #exported(modules: ModuleFiles, name: string, steps: number): Found | undefined {
    if (steps > STEPS_MAX) return undefined;
    for (const module of modules.holding(name)) {
      const [binding] = module.topLevel(name);
      if (binding !== undefined) {
        if (binding.from === undefined || binding.from.name === "*") return { binding, module };
        if (module.dialect.sdk(binding.from.module) !== undefined) return { binding, module };
        return this.#exported(this.#library.modulesOf(binding.from.module, module), binding.from.name, steps + 1) ?? { binding, module };
      }
      for (const other of module.givesOn) {
        const found = this.#exported(this.#library.modulesOf(other, module), name, steps + 1);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }
}

interface Around {
  readonly module: SourceModule;
  readonly steps: number;
}

interface Found {
  readonly binding: Binding;
  readonly module: SourceModule;
}
