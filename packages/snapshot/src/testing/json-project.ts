import type { Condition, FlagForm, SegmentForm } from "@sluice/evaluation";
import type { FileChange, FlagKind } from "@sluice/releases";
import { BlobMissing } from "../adopted-project.ts";
import type { AdoptedFlag, AdoptedProject, AdoptedSegment, ReadProject } from "../adopted-project.ts";

/**
 * A second, much simpler language of definitions for the tests of this package: one JSON text per file, so that what compile does with
 * a project is tested without what the real parser does. A text that is not JSON is a file that cannot be read.
 */
export interface JsonFlag {
  readonly key: string;
  readonly kind?: FlagKind;
  readonly aliases?: readonly string[];
  readonly forms: Readonly<Record<string, FlagForm>>;
}
export interface JsonProject {
  readonly customer: string;
  readonly environments: readonly string[];
  readonly decidedByPeople?: readonly string[];
}

/** Content-addressed texts. Ids are made to differ early, as hashes do. */
export class Texts {
  readonly #byId = new Map<string, string>();
  readonly #idOf = new Map<string, string>();

  put(text: string): string {
    const id = this.#idOf.get(text) ?? [...String(this.#idOf.size + 1).padStart(40, "0")].reverse().join("");
    this.#idOf.set(text, id);
    this.#byId.set(id, text);
    return id;
  }

  get(path: string, id: string): string {
    const text = this.#byId.get(id);
    if (text === undefined) throw new BlobMissing(path, id);
    return text;
  }
}

export function jsonReader(texts: Texts): ReadProject {
  const known = new Map<string, AdoptedProject>();
  return (files) => {
    const name = JSON.stringify(files);
    const project = known.get(name) ?? parse(files, texts);
    known.set(name, project);
    return project;
  };
}

function parse(files: readonly FileChange[], texts: Texts): AdoptedProject {
  const raw = files.filter(([, blob]) => blob !== "").map(([path, blob]) => ({ path, blob, json: read(texts.get(path, blob)) }));
  const project = raw.find(({ path }) => path === "sluice.yaml");
  const settings = project?.json as JsonProject | undefined;
  const segments = new Map<string, AdoptedSegment & { readonly path: string }>();
  for (const { path, blob, json } of raw) {
    if (!path.startsWith("segments/") || json === undefined) continue;
    const { isRuntimeList, ...form } = json as SegmentForm & { readonly isRuntimeList?: true };
    // A getter, since the segments that it asks may stand in later files.
    const files = (): readonly FileChange[] => filesOf(usedSegments([["segment", path.slice(9)]], segments) ?? []);
    segments.set(path.slice(9), {
      form,
      blob,
      path,
      get files() {
        return files();
      },
      ...(isRuntimeList === undefined ? {} : { isRuntimeList }),
    });
  }
  const filesOf = (used: readonly { readonly path: string; readonly blob: string }[]): readonly FileChange[] => [
    ...used.map((each): FileChange => [each.path, each.blob]),
    ["sluice.yaml", project?.blob ?? ""],
  ];
  const flags = new Map<string, AdoptedFlag>();
  const broken: { flag: string; why: "broken" | "brokenSegment" | "brokenProject" }[] = [];
  const unreadable: string[] = [];
  for (const { path, blob, json } of raw.filter(({ path }) => path.startsWith("flags/"))) {
    const flag = json as JsonFlag | undefined;
    const used = flag === undefined ? [] : usedSegments(Object.values(flag.forms).flatMap(conditionsOf), segments);
    if (flag === undefined) unreadable.push(path);
    else if (settings === undefined) broken.push({ flag: flag.key, why: "brokenProject" });
    else if (used === undefined) broken.push({ flag: flag.key, why: "brokenSegment" });
    else {
      const form: readonly FileChange[] = [[path, blob], ...filesOf(used)];
      const about = { key: flag.key, kind: flag.kind ?? "release", ...(flag.aliases === undefined ? {} : { aliases: flag.aliases }) };
      flags.set(flag.key, { ...about, path, files: form, form: (environment) => flag.forms[environment] });
    }
  }
  return {
    ...(settings === undefined ? {} : { customer: settings.customer }),
    environments: settings?.environments ?? [],
    decidedByPeople: settings?.decidedByPeople ?? [],
    flags,
    segments,
    broken,
    unreadable,
  };
}

function read(text: string): unknown {
  return text.startsWith("{") ? JSON.parse(text) : undefined;
}

function conditionsOf(form: FlagForm): readonly Condition[] {
  return [form.eligible, ...(form.rules ?? []).map((rule) => rule.if)].filter((each) => each !== undefined);
}

function usedSegments(
  conditions: readonly Condition[],
  segments: ReadonlyMap<string, AdoptedSegment & { readonly path: string }>,
): readonly (AdoptedSegment & { readonly path: string })[] | undefined {
  const used = new Map<string, AdoptedSegment & { readonly path: string }>();
  const waiting = [...conditions];
  for (let condition = waiting.pop(); condition !== undefined; condition = waiting.pop()) {
    const [tag, ...parts] = condition;
    if (tag === "segment") {
      const segment = segments.get(String(parts[0]));
      if (segment === undefined) return undefined;
      if (!used.has(segment.path) && segment.form.if !== undefined) waiting.push(segment.form.if);
      used.set(segment.path, segment);
    } else waiting.push(...parts.filter((part) => Array.isArray(part)));
  }
  return [...used.values()];
}
