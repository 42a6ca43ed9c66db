import { fileURLToPath } from "node:url";
import type { Diagnostic } from "@sluice/definitions";
import type { Timers } from "@sluice/ports";
import { uriOf } from "./editor-forms.ts";
import { isCodePath, OpenCode } from "./open-code.ts";
import { folderAbove, type OpenProject, pathWithin } from "./open-project.ts";

interface Parts {
  readonly timers: Timers;
  /** A look waits for so long a pause. */
  readonly pauseMs: number;
  readonly project: (folder: string) => OpenProject;
  readonly tell: (uri: string, found: readonly Diagnostic[]) => void;
}

/** A document of code that is open, with what was found of it. */
interface OpenDocument {
  readonly folder: string;
  readonly path: string;
  readonly text: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** Code that is open in the editor, by the folder of its project: looked at a pause after the last change, one look at a time. */
export class CodeDesk {
  readonly #parts: Parts;
  readonly #open = new Map<string, OpenCode>();
  readonly #waiting = new Set<string>();
  readonly #looking = new Set<string>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** False for a document that is no code of a project. */
  edit(uri: string, text: string): boolean {
    const placed = placeOf(uri);
    if (placed === undefined) return false;
    const { folder, path } = placed;
    const known = this.#open.get(folder) ?? new OpenCode(() => this.#parts.project(folder));
    this.#open.set(folder, known);
    known.edit(path, text);
    this.lookLater(folder);
    return true;
  }

  /** The same, of a document that is closed. */
  close(uri: string): boolean {
    const placed = placeOf(uri);
    if (placed === undefined) return false;
    const code = this.#open.get(placed.folder);
    code?.close(placed.path);
    if (code?.paths.length === 0) this.#open.delete(placed.folder);
    this.#parts.tell(uri, []);
    return true;
  }

  forget(folder: string): void {
    this.#open.delete(folder);
  }

  at(uri: string): OpenDocument | undefined {
    const placed = placeOf(uri);
    const code = placed && this.#open.get(placed.folder);
    const text = placed && code?.text(placed.path);
    if (placed === undefined || code === undefined || text === undefined) return undefined;
    return { ...placed, text, diagnostics: code.diagnostics.filter(({ file }) => file === placed.path) };
  }

  /** Looks at a project's code where some of it is open. */
  lookLater(folder: string): void {
    if (!this.#open.has(folder) || this.#waiting.has(folder)) return;
    this.#waiting.add(folder);
    this.#parts.timers.after(this.#parts.pauseMs, () => {
      this.#waiting.delete(folder);
      if (this.#looking.has(folder)) return this.lookLater(folder);
      void this.#look(folder);
    });
  }

  async #look(folder: string): Promise<void> {
    const code = this.#open.get(folder);
    if (code === undefined) return;
    this.#looking.add(folder);
    try {
      await code.look();
      for (const path of code.paths)
        this.#parts.tell(
          uriOf(folder, path),
          code.diagnostics.filter(({ file }) => file === path),
        );
    } finally {
      this.#looking.delete(folder);
    }
  }
}

function placeOf(uri: string): { readonly folder: string; readonly path: string } | undefined {
  if (!uri.startsWith("file:") || !isCodePath(uri)) return undefined;
  const path = fileURLToPath(uri);
  const folder = folderAbove(path);
  return folder === undefined ? undefined : { folder, path: pathWithin(folder, path) };
}
