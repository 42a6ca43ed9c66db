import type { Binding, Dialect } from "./dialect.ts";
import { above, type SyntaxNode, type SyntaxTree, within } from "./syntax-tree.ts";

type Names = Map<string, Binding[]>;

/** One file, parsed, with the names that it introduces and where they hold. */
export class SourceModule {
  readonly path: string;
  readonly text: string;
  readonly dialect: Dialect;
  readonly root: SyntaxNode;
  readonly mistake: SyntaxTree["mistake"];
  /** Whether `sluice codegen` wrote it. */
  readonly isGenerated: boolean;
  readonly #scopes = new Map<SyntaxNode, Names>();
  readonly #shapes = new Map<SyntaxNode, Names>();
  /** Modules of which it gives every name on, as `export *` does. */
  readonly givesOn: readonly string[];

  constructor(path: string, text: string, { dialect, tree }: { readonly dialect: Dialect; readonly tree: SyntaxTree }) {
    this.path = path;
    this.text = text;
    this.dialect = dialect;
    this.root = tree.root;
    this.mistake = tree.mistake;
    this.isGenerated = dialect.generated.header.test(text.slice(0, 400));
    this.#scopes.set(this.root, new Map());
    this.givesOn = this.#index();
  }

  /** Everything that a name stands for where it is used; empty where nothing in this file introduces it. */
  lookup(name: string, at: SyntaxNode): readonly Binding[] {
    for (const node of above(at)) {
      const found = this.#scopes.get(node)?.get(name);
      if (found !== undefined) return found;
    }
    return [];
  }

  /** What the file itself introduces by a name, for others. */
  topLevel(name: string): readonly Binding[] {
    return this.#scopes.get(this.root)?.get(name) ?? [];
  }

  /** The constants of a generated file: at its top, or in its one class. */
  *constants(): Generator<Binding> {
    for (const names of [this.#scopes.get(this.root), ...this.#shapes.values()]) for (const bindings of names?.values() ?? []) yield* bindings;
  }

  /** A field of a class, an interface, a struct or an enumeration. */
  field(shape: SyntaxNode, name: string): readonly Binding[] {
    return this.#shapes.get(shape)?.get(name) ?? [];
  }

  /** The class around a place. */
  shapeAround(at: SyntaxNode): SyntaxNode | undefined {
    for (const node of above(at)) if (this.#shapes.has(node)) return node;
    return undefined;
  }

  textOf(node: SyntaxNode): string {
    return this.text.slice(node.start, node.end);
  }

  #index(): readonly string[] {
    const setAgain: Binding[] = [];
    const givesOn: string[] = [];
    for (const node of within(this.root)) {
      if (this.dialect.isScope(node) && !this.#scopes.has(node)) this.#scopes.set(node, new Map());
      for (const { holds, ...binding } of this.dialect.introduced(node, this.text)) {
        if (binding.shape !== undefined && !this.#shapes.has(binding.shape)) this.#shapes.set(binding.shape, new Map());
        if (binding.name === "*" && binding.from !== undefined) givesOn.push(binding.from.module);
        else if (binding.isSetAgain === true) setAgain.push(binding);
        else add(this.#namesFor(holds, node), binding);
      }
    }
    for (const binding of setAgain) this.#addAgain(binding);
    return givesOn;
  }

  #namesFor(holds: "here" | "module" | "field", node: SyntaxNode): Names | undefined {
    if (holds === "module") return this.#scopes.get(this.root);
    const places = holds === "field" ? this.#shapes : this.#scopes;
    for (const around of above(node)) {
      const names = places.get(around);
      if (names !== undefined) return names;
    }
    return undefined;
  }

  /** A name that is set again holds nothing that could be told. */
  #addAgain(binding: Binding): void {
    for (const node of above(binding.node)) {
      const names = this.#scopes.get(node);
      if (names?.has(binding.name) === true) return add(names, binding);
    }
  }
}

function add(names: Names | undefined, binding: Binding): void {
  const known = names?.get(binding.name);
  if (known === undefined) names?.set(binding.name, [binding]);
  else known.push(binding);
}
