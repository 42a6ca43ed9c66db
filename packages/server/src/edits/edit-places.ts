import type { Problem } from "@sluice/contract";
import { keyOfPath, sourcePlace } from "@sluice/definitions";
import type { Result } from "@sluice/evaluation";
import { treeOf } from "@sluice/snapshot";
import type { ControlPlane } from "../control-plane.ts";
import type { Source } from "../source/source.ts";
import type { Editing, EditingBySource } from "./editing.ts";
import { refuse } from "./refusal.ts";

/** The repository that a change goes to. */
export interface EditPlace {
  /** Of a further source; absent for the main one. */
  readonly name?: string;
  readonly source: Source;
  readonly editing: Editing;
}

/** Which repository holds which flag. */
export class EditPlaces {
  readonly #plane: ControlPlane;
  readonly #editing: EditingBySource;

  constructor(plane: ControlPlane, editing: EditingBySource) {
    this.#plane = plane;
    this.#editing = editing;
  }

  /** False where nothing at all is edited from here. */
  get isOn(): boolean {
    return this.#editing.size > 0;
  }

  /** The place of a source; `undefined` where it is not edited from here, or not served any more. */
  named(name: string | undefined): EditPlace | undefined {
    const editing = this.#editing.get(name ?? "");
    return editing && { ...(name === undefined ? {} : { name }), source: this.#plane.adoption.source(name), editing };
  }

  /** Where the files of all these flags are; a flag that nobody has adopted is looked for in the main source. Problems: changeRefused, editingOff. */
  of(flags: readonly string[]): Result<EditPlace, Problem> {
    const names = new Set<string | undefined>();
    for (const flag of new Set(flags)) {
      const paths = this.#paths(flag);
      if (paths.length > 1)
        return refuse("changeRefused", `${flag} is defined twice: in ${paths.join(" and in ")}.`, "Delete one of the two in Git; then it can be edited here.");
      names.add(sourcePlace(paths[0] ?? "").source);
    }
    const [name] = names;
    if (names.size > 1)
      return refuse(
        "changeRefused",
        `The change is about several repositories: ${wordsOf(names)}.`,
        "Send what is in each of them by itself: a commit is in one.",
      );
    const place = this.named(name);
    if (place !== undefined) return { ok: true, value: place };
    const what = name === undefined ? "The definitions of this server are" : `The source ${name} is`;
    return refuse("editingOff", `${what} a folder, not a Git repository.`, "Edit the files themselves: they are served as they are saved.");
  }

  #paths(flag: string): readonly string[] {
    const { decisions, texts } = this.#plane;
    const tree = treeOf(decisions.files);
    const valid = texts.read(tree).flags.get(flag)?.path;
    // A broken file is found by its name.
    return valid === undefined ? tree.map(([path]) => path).filter((path) => path.startsWith("flags/") && keyOfPath(path) === flag) : [valid];
  }
}

const wordsOf = (names: ReadonlySet<string | undefined>): string => [...names].map((name) => name ?? "the main one").join(", ");
