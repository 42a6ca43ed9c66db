import { grammarsFor } from "@sluice/code-references";
import type { Diagnostic } from "@sluice/definitions";
import { lookAtCode } from "../code-look.ts";
import { CommandFailed } from "../failure.ts";
import type { OpenProject } from "./open-project.ts";

/** Whether a file is code that may ask for flags. */
export const isCodePath = (path: string): boolean => grammarsFor([path]).length > 0;

/** Code beside a project's flags, in its folder or below it, as an editor has it. Only what is open is told; all of it is looked through. */
export class OpenCode {
  readonly #project: () => OpenProject;
  /** Texts of open documents, by path. */
  readonly #typed = new Map<string, string>();
  #diagnostics: readonly Diagnostic[] = [];

  constructor(project: () => OpenProject) {
    this.#project = project;
  }

  edit(path: string, text: string): void {
    this.#typed.set(path, text);
  }

  close(path: string): void {
    this.#typed.delete(path);
  }

  get paths(): readonly string[] {
    return [...this.#typed.keys()];
  }

  text(path: string): string | undefined {
    return this.#typed.get(path);
  }

  /** What the last look found of the files that are open. */
  get diagnostics(): readonly Diagnostic[] {
    return this.#diagnostics.filter(({ file }) => this.#typed.has(file));
  }

  /** Looks again, as `sluice style check` does. Nothing is found while `sluice.yaml` has mistakes, which are told there. */
  async look(): Promise<void> {
    const { folder, parsed, tombstones } = this.#project();
    try {
      this.#diagnostics = (await lookAtCode(folder, { parsed, tombstones, base: undefined, typed: this.#typed })).diagnostics;
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      this.#diagnostics = [];
    }
  }
}
