import { projectPath, sourcePlace } from "@sluice/definitions";
import type { FileChange } from "@sluice/releases";
import type { CommitStory, PastCommit, Source, SourceTree } from "./source.ts";

/** A source beside the main one, with its files where they stand in the project: `flags/pay.yaml` of `shop` is `flags/@shop/pay.yaml`. */
export class FurtherSource implements Source {
  readonly name: string;
  readonly #source: Source;

  constructor(name: string, source: Source) {
    this.name = name;
    this.#source = source;
  }

  fetch(): Promise<string | undefined> {
    return this.#source.fetch();
  }

  /** Without what the main source alone says, such as a `sluice.yaml` for checks of its own. */
  async tree(commit: string): Promise<SourceTree> {
    const { files } = await this.#source.tree(commit);
    return {
      files: files.flatMap(([path, id]): readonly FileChange[] => {
        const whole = projectPath(this.name, path);
        return whole === undefined ? [] : [[whole, id]];
      }),
    };
  }

  blobs(ids: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    return this.#source.blobs(ids);
  }

  story(commit: string): Promise<CommitStory | undefined> {
    return this.#source.story(commit);
  }

  async past(commit: string, paths: readonly string[], max: number): Promise<readonly PastCommit[] | undefined> {
    const own = ownPaths(this.name, paths);
    // A history of no file would be that of the whole repository.
    return own.length === 0 ? [] : this.#source.past(commit, own, max);
  }

  pin(commit: string): Promise<void> {
    return this.#source.pin(commit);
  }
}

/** Of a project's paths those that stand in this source, as they stand there. */
export function ownPaths(source: string | undefined, paths: readonly string[]): readonly string[] {
  return paths.map(sourcePlace).flatMap((place) => (place.source === source ? [place.path] : []));
}
