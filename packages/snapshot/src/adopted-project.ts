import type { FlagGuard } from "@sluice/definitions";
import type { FlagForm, SegmentForm } from "@sluice/evaluation";
import type { BrokenFlag, FileChange, FlagKind } from "@sluice/releases";

/** What compile, adoption and the console need to know of one tree of definition files, however it was parsed. */
export interface AdoptedProject {
  /** Attribute path of the customer key; absent where the project file is missing or broken. */
  readonly customer?: string;
  /** As the project file names them; empty where it is missing or broken. */
  readonly environments: readonly string[];
  /** Environments in which people, not merges, decide who gets a feature. */
  readonly decidedByPeople: readonly string[];
  /** Flags with a valid form: they and everything their form refers to parsed without an error. */
  readonly flags: ReadonlyMap<string, AdoptedFlag>;
  /** Segments with a valid form. */
  readonly segments: ReadonlyMap<string, AdoptedSegment>;
  /** Flags that are there without a valid form; a file that does not even say its key is in `unreadable`. */
  readonly broken: readonly BrokenFlag[];
  /** Paths of flag files whose key cannot be read. */
  readonly unreadable: readonly string[];
}

export interface AdoptedFlag {
  readonly key: string;
  readonly kind: FlagKind;
  readonly description?: string;
  readonly owner?: string;
  readonly tags?: readonly string[];
  /** What is watched while customers get it. */
  readonly guards?: readonly FlagGuard[];
  /** Former keys that its file names. */
  readonly aliases?: readonly string[];
  /** The flag's own file. */
  readonly path: string;
  /** Every file that the form is made of: its own, the segments it uses (through segments too) and the project file. */
  readonly files: readonly FileChange[];
  /** Absent where the project does not serve the flag in that environment. The same object each time it is asked. */
  form(environment: string): FlagForm | undefined;
}

/** The flag of this key; of one flag's earlier files, that flag, whatever it was called then. */
export function flagUnder({ flags }: AdoptedProject, key: string): AdoptedFlag | undefined {
  const known = flags.get(key);
  if (known !== undefined || flags.size !== 1) return known;
  const [only] = flags.values();
  return only;
}

export interface AdoptedSegment {
  readonly form: SegmentForm;
  /** True where members are decided at run time: compile puts them in. */
  readonly isRuntimeList?: true;
  readonly description?: string;
  /** Blob id of the segment's file. */
  readonly blob: string;
  /** Every file that the form is made of: its own, those of the segments that it asks, through segments too, and the project file. */
  readonly files: readonly FileChange[];
}

/**
 * Reads a tree given as `[path, blob id]`. Pure: the same tree gives an equal project. Reading the same list object again is cheap.
 * Throws `BlobMissing` where a text is not at hand.
 */
export type ReadProject = (files: readonly FileChange[]) => AdoptedProject;

/** A blob that the log names is not in the store: restore it from a backup or fetch it from Git again. */
export class BlobMissing extends Error {
  override readonly name = "BlobMissing";
  readonly blob: string;
  constructor(path: string, blob: string) {
    super(`the content ${blob} of ${path} is not in the store`);
    this.blob = blob;
  }
}
