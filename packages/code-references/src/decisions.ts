import type { Asked } from "./questions.ts";
import type { SourceModule } from "./source-module.ts";
import { above, type SyntaxNode, within } from "./syntax-tree.ts";

/** Keys that each question may ask for; several where its key is one of several. */
export type KeysAsked = ReadonlyMap<SyntaxNode, readonly string[]>;

/** Tells in which flags' branches questions of one module are decided. */
export class Decisions {
  readonly #module: SourceModule;
  readonly #keys: KeysAsked;
  /** Of each branching part: the flags that it decides by. */
  readonly #decided = new Map<SyntaxNode, readonly string[]>();

  constructor(module: SourceModule, keys: KeysAsked) {
    this.#module = module;
    this.#keys = keys;
  }

  /** Flags in whose branch a question is asked, or what it answered is decided by; the outermost first. */
  around(asked: Asked): readonly string[] {
    const found = [...this.#outer(asked.node)];
    for (const use of this.#usesOfAnswer(asked)) found.push(...this.#outer(use));
    return [...new Set(found)];
  }

  /** Conditions by which the variable that holds an answer decides. */
  #usesOfAnswer(asked: Asked): readonly SyntaxNode[] {
    const { dialect, root, text } = this.#module;
    const names = new Set<string>();
    const uses: SyntaxNode[] = [];
    for (const node of above(asked.node)) {
      for (const binding of dialect.introduced(node, text))
        if (binding.value !== undefined && this.#isAnswer(binding.value, asked.node)) names.add(binding.name);
      if (dialect.isScope(node)) break;
    }
    if (names.size === 0) return uses;
    for (const node of within(root)) {
      const name = dialect.identifier(node, text);
      if (name === undefined || !names.has(name) || !this.#isDecision(node)) continue;
      const [binding, ...more] = this.#module.lookup(name, node);
      if (binding?.value !== undefined && more.length === 0 && this.#isAnswer(binding.value, asked.node)) uses.push(node);
    }
    return uses;
  }

  /** Whether a value is a question's answer, or a part of it: `details.value`. */
  #isAnswer(value: SyntaxNode, question: SyntaxNode): boolean {
    const { dialect, text } = this.#module;
    const bare = dialect.bare(value);
    if (bare === question) return true;
    const member = dialect.member(bare, text);
    return member !== undefined && this.#isAnswer(member.object, question);
  }

  /** Whether something is decided by a name: it stands in a condition. */
  #isDecision(node: SyntaxNode): boolean {
    let inner = node;
    for (const outer of above(node)) {
      const branching = this.#module.dialect.branching(outer, this.#module.text);
      if (branching?.condition === inner) return true;
      if (branching === undefined && !this.#module.dialect.joins(outer)) return false;
      inner = outer;
    }
    return false;
  }

  /** Flags in whose branches a part stands, the outermost first. */
  #outer(node: SyntaxNode): readonly string[] {
    const { dialect, text } = this.#module;
    const found: string[] = [];
    let inner = node;
    // What is shown is no condition.
    let isJoined = dialect.element?.(node, text) === undefined;
    for (const outer of above(node)) {
      const branching = dialect.branching(outer, text);
      // `a && b` decides by both at once; `a && <p>{b && …}</p>` does not.
      const isOneCondition = isJoined && dialect.joins(outer);
      if (branching?.branches.includes(inner) === true && !isOneCondition) found.unshift(...this.#decidedBy(outer, branching.condition));
      found.unshift(...this.#guards(inner, outer));
      const element = dialect.element?.(outer, text);
      if (element?.body !== undefined && element.body === outer && inner !== element.opening) found.unshift(...(this.#keys.get(outer) ?? []));
      isJoined &&= dialect.joins(outer);
      inner = outer;
    }
    return found;
  }

  /** Flags by which a statement before this one leaves where they are off: `if (!on) return`. `if (on) return` is one of several ways beside each other. */
  #guards(inner: SyntaxNode, outer: SyntaxNode): readonly string[] {
    const { dialect, text } = this.#module;
    const at = outer.children.indexOf(inner);
    if (at <= 0 || !isBlock(outer)) return [];
    return outer.children.slice(0, at).flatMap((statement) => {
      const branching = dialect.branching(statement, text);
      const [only, ...more] = branching?.branches ?? [];
      const isGuard = branching !== undefined && only !== undefined && more.length === 0 && dialect.leaves(only);
      return isGuard && dialect.isNegated(branching.condition, text) ? this.#decidedBy(statement, branching.condition) : [];
    });
  }

  /** Flags that a condition asks for, by a question or by what one answered. */
  #decidedBy(branching: SyntaxNode, condition: SyntaxNode): readonly string[] {
    const known = this.#decided.get(branching);
    if (known !== undefined) return known;
    const found: string[] = [];
    for (const node of within(condition)) {
      const own = this.#keys.get(node);
      if (own !== undefined) found.push(...own);
      const name = this.#module.dialect.identifier(node, this.#module.text);
      if (name !== undefined) found.push(...this.#keysOfName(name, node));
    }
    const keys = [...new Set(found)];
    this.#decided.set(branching, keys);
    return keys;
  }

  #keysOfName(name: string, at: SyntaxNode): readonly string[] {
    const [binding, ...more] = this.#module.lookup(name, at);
    if (binding?.value === undefined || more.length > 0) return [];
    for (const [question, keys] of this.#keys) if (this.#isAnswer(binding.value, question)) return keys;
    return [];
  }
}

/** Whether the parts of a node are statements, one after the other. */
const isBlock = ({ kind }: SyntaxNode): boolean =>
  /(?:^|_)(?:block|program|module|body|statement_list|source_file|constructor_body)$|^(?:switch_case|expression_case|switch_block_statement_group)$/.test(kind);
