import { attributeFindings } from "./attribute-checks.ts";
import type { Mention } from "./condition-reader.ts";
import { DependencyGraph } from "./dependency-graph.ts";
import { exclusionFinding } from "./exclusion.ts";
import { type Diagnostic, FileReport, type Finding, type Span } from "./diagnostic.ts";
import { allMentions } from "./environment-part.ts";
import type { FlagFile } from "./flag-file.ts";
import { listWords, nearest } from "./fields.ts";
import type { Project } from "./project-file.ts";
import type { SegmentFile } from "./segment-file.ts";

/** Segments in segments, and flags behind flags: as deep as evaluation goes. */
const DEPTH_MAX = 8;

/** What the checks over the whole project look at. */
export interface Everything {
  readonly project: Project | undefined;
  readonly segments: ReadonlyMap<string, SegmentFile>;
  readonly flags: ReadonlyMap<string, FlagFile>;
  readonly text: (path: string) => string;
}

/** Names that were all found in a project: the same names need not be looked up again in the same project file. */
const soundIn = new WeakMap<readonly Mention[], Project>();

/** Mistakes that only the whole project shows in one file. */
export class CrossChecks {
  readonly #all: Everything;
  readonly #reports = new Map<string, FileReport>();
  readonly #brokenSegments = new Set<string>();
  readonly #sound = new Map<string, boolean>();
  readonly #segmentKeys: readonly string[];
  readonly #segmentGraph: DependencyGraph;
  readonly #flagGraph: DependencyGraph;

  constructor(all: Everything) {
    this.#all = all;
    this.#segmentKeys = [...all.segments.keys()].sort();
    this.#segmentGraph = new DependencyGraph((name) => segmentNames(all.segments.get(name)?.mentions ?? []));
    this.#flagGraph = new DependencyGraph((name) => flagNames(mentionsIn(all.flags.get(name))));
  }

  get diagnostics(): readonly Diagnostic[] {
    return [...this.#reports.values()].flatMap((report) => report.diagnostics);
  }

  /** What was found in a file so far; undefined where nothing was. */
  found(path: string): FileReport | undefined {
    return this.#reports.get(path);
  }

  report(path: string): FileReport {
    let report = this.#reports.get(path);
    if (report === undefined) {
      report = new FileReport(path, this.#all.text(path));
      this.#reports.set(path, report);
    }
    return report;
  }

  /** Names a file mentions, against what the project has. Segments and flags have their own checks. */
  mentions(path: string, mentions: readonly Mention[]): void {
    const { project } = this.#all;
    if (project === undefined || soundIn.get(mentions) === project) return;
    let isSound = true;
    for (const mention of mentions) {
      if (this.found(path)?.isFull === true) return;
      for (const { span, finding } of nameFindings(mention, project)) {
        isSound = false;
        this.report(path).add(span, finding);
      }
    }
    if (isSound) soundIn.set(mentions, project);
  }

  key(path: string, key: string, span: { readonly start: number; readonly end: number }, expectedPathKey: string): void {
    const pattern = this.#all.project?.keys;
    if (pattern !== undefined && !pattern.test(key)) {
      const better = key
        .slice(0, 200)
        .replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2")
        .toLowerCase()
        .replaceAll(/[^a-z0-9.]+/g, "-")
        .replaceAll(/^[-.]+|[-.]+$/g, "")
        .slice(0, 50);
      this.report(path).add(span, {
        code: "flag/key",
        message: `"${key.slice(0, 100)}" does not follow the project's key pattern.`,
        expected: pattern.words,
        nearest: pattern.test(better) ? better : undefined,
        fix: pattern.test(better) ? `Write "${better}".` : "Rename it, or set keys: in sluice.yaml.",
      });
    } else if (key !== expectedPathKey) {
      this.report(path).add(span, {
        code: "flag/key-path",
        severity: "warning",
        message: `The key "${key}" is defined in ${path}.`,
        expected: `the key ${expectedPathKey}, or a file named after the key`,
        fix: `Move the file to ${path.split("/")[0] ?? ""}/${key.replaceAll(".", "/")}.yaml.`,
      });
    }
  }

  /** Notes segments that are broken by themselves; call it before `segments`. */
  breakSegments(keys: Iterable<string>): void {
    for (const key of keys) this.#brokenSegments.add(key);
  }

  /** Segments used in a file: unknown, broken or circular ones are reported there. False where one is not valid. */
  segments(path: string, mentions: readonly Mention[], depth: 0 | 1): boolean {
    let isValid = true;
    for (const { kind, name, span } of mentions) {
      if (kind !== "segment") continue;
      if (this.found(path)?.isFull === true) return false;
      const finding = this.#segmentFinding(name, depth);
      if (finding === undefined) continue;
      isValid = false;
      this.report(path).add(span, finding);
    }
    return isValid;
  }

  #segmentFinding(name: string, depth: 0 | 1): Finding | undefined {
    const segment = this.#all.segments.get(name);
    if (segment === undefined) {
      const near = nearest(name, this.#all.segments.keys());
      return {
        code: "segment/unknown",
        message: `There is no segment "${name}".`,
        expected: listWords(this.#segmentKeys),
        nearest: near,
        fix: near === undefined ? `Add segments/${name}.yaml, or name another.` : `Write "${near}".`,
      };
    }
    const { circle, height } = this.#segmentGraph.chainOf(name);
    if (circle !== undefined)
      return { code: "segment/cycle", message: `Segments go in a circle here: ${circle.join(" → ")}.`, fix: "Break the circle: a segment cannot need itself." };
    if (height + depth > DEPTH_MAX)
      return {
        code: "segment/cycle",
        message: `The segment "${name}" leads to segments more than ${DEPTH_MAX} deep.`,
        fix: "Put conditions together: at most eight segments may follow each other.",
      };
    if (!this.#isSound(name))
      return {
        code: "segment/broken",
        message: `The segment "${name}" that is used here has a mistake.`,
        fix: `Mend ${segment.path}; what uses it then works again by itself.`,
      };
    return undefined;
  }

  /** Whether a segment of an acyclic graph, and everything below it, is there and has no mistake. */
  #isSound(name: string): boolean {
    const known = this.#sound.get(name);
    if (known !== undefined) return known;
    const segment = this.#all.segments.get(name);
    const isSound = segment !== undefined && !this.#brokenSegments.has(name) && segmentNames(segment.mentions).every((below) => this.#isSound(below));
    this.#sound.set(name, isSound);
    return isSound;
  }

  /** Flags of one exclusion group must exclude each other; where two do not, both say so, so that both keep what is served. */
  exclusions(): void {
    const parts = [...this.#all.flags.values()].flatMap((flag) => (flag.exclusion === undefined ? [] : [{ flag, part: flag.exclusion }]));
    parts.sort((a, b) => (a.part.group < b.part.group ? -1 : a.part.group > b.part.group ? 1 : a.part.from - b.part.from));
    // In the order of their beginnings a part overlaps with some earlier one exactly where it does with the one that ends last.
    let furthest = parts[0];
    for (const one of parts.slice(1)) {
      if (furthest === undefined || furthest.part.group !== one.part.group) {
        furthest = one;
        continue;
      }
      for (const [own, other] of [
        [one, furthest],
        [furthest, one],
      ] as const) {
        const finding = exclusionFinding(own.part, other.part, other.flag.key ?? "");
        if (finding !== undefined) this.report(own.flag.path).add(own.part.span, finding);
      }
      if (one.part.to > furthest.part.to) furthest = one;
    }
  }

  /** Prerequisites of a flag: unknown ones, variants that never come, circles, and chains that are too long. False where one is not valid. */
  prerequisites(flag: FlagFile): boolean {
    let isValid = true;
    for (const { path, mentions } of [flag, ...flag.parts])
      for (const mention of mentions) {
        if (mention.kind !== "flag") continue;
        if (this.found(path)?.isFull === true) return false;
        for (const { span, finding } of this.#prerequisiteFindings(mention, flag.key ?? "")) {
          isValid = false;
          this.report(path).add(span, finding);
        }
      }
    return isValid;
  }

  /** The flag of a former key. */
  #keyOf(name: string): string | undefined {
    for (const [key, { aliases }] of this.#all.flags) if (aliases.some((alias) => alias.name === name)) return key;
    return undefined;
  }

  /** Flags in a row below a flag, by prerequisites. */
  heightOf(flag: string): number {
    return this.#flagGraph.chainOf(flag).height;
  }

  #prerequisiteFindings({ name, span, serves = [] }: Mention, flag: string): readonly { readonly span: Span; readonly finding: Finding }[] {
    const other = this.#all.flags.get(name);
    if (other === undefined) {
      const near = this.#keyOf(name) ?? nearest(name, this.#all.flags.keys());
      return [
        {
          span,
          finding: {
            code: "prerequisite/unknown",
            message: this.#keyOf(name) === undefined ? `There is no flag "${name}".` : `"${name}" is the former key of a flag.`,
            nearest: near,
            fix: near === undefined ? "Name a flag of this project." : `Write "${near}".`,
          },
        },
      ];
    }
    const { circle, height } = this.#flagGraph.chainOf(name);
    // A circle elsewhere is reported where it is; this flag, which only leads into it, has no valid prerequisite either.
    if (circle !== undefined)
      return [
        {
          span,
          finding: {
            code: "prerequisite/cycle",
            message: `Prerequisites go in a circle: ${circle.join(" → ")}.`,
            fix: circle.includes(flag) ? "Take one of them out: a flag cannot wait for itself." : "Mend the circle, or do not wait for it.",
          },
        },
      ];
    if (height + 1 > DEPTH_MAX)
      return [
        {
          span,
          finding: {
            code: "prerequisite/cycle",
            message: `"${name}" leads to prerequisites more than ${DEPTH_MAX} deep.`,
            fix: "Wait for fewer flags in a row: at most eight.",
          },
        },
      ];
    // Where the other file is not readable its variants are not known; it says so itself.
    if (other.elsewhere === undefined) return [];
    const variants = Object.keys(other.elsewhere.variants ?? { on: true, off: false });
    return serves
      .filter((each) => !variants.includes(each.name))
      .map((each) => {
        const near = nearest(each.name, variants);
        return {
          span: each.span,
          finding: {
            code: "prerequisite/unknown-variant",
            message: `The flag "${name}" has no variant "${each.name}", so this would wait for ever.`,
            expected: listWords(variants),
            nearest: near,
            fix: near === undefined ? "Name one of its variants." : `Write "${near}".`,
          },
        };
      });
  }
}

const mentionsIn = (flag: FlagFile | undefined): readonly Mention[] => (flag === undefined ? NONE : allMentions(flag));

function nameFindings(mention: Mention, project: Project): readonly { readonly span: Span; readonly finding: Finding }[] {
  const { kind, name, span } = mention;
  switch (kind) {
    case "environment": {
      if (project.environments.some(({ key }) => key === name)) return NOTHING;
      const keys = project.environments.map(({ key }) => key);
      return [{ span, finding: unknownEnvironment(name, keys) }];
    }
    case "owner":
      return project.teams.length === 0 || project.teams.includes(name) ? NOTHING : [{ span, finding: unknownOwner(name, project.teams) }];
    case "attribute": {
      if (project.attributes === undefined) return NOTHING;
      const declared = project.attributes.find((attribute) => attribute.name === name);
      if (declared !== undefined) return (mention.uses ?? []).flatMap((use) => attributeFindings(declared, use));
      const names = [...new Set([...project.attributes.map((attribute) => attribute.name), project.customer, "targetingKey"])];
      return names.includes(name) ? [] : [{ span, finding: unknownAttribute(name, names) }];
    }
    case "segment":
    case "flag":
      return NOTHING;
  }
}

function unknownEnvironment(name: string, keys: readonly string[]): Finding {
  const near = nearest(name, keys);
  return {
    code: "flag/unknown-environment",
    message: `The project has no environment "${name}".`,
    expected: listWords(keys),
    nearest: near,
    fix: near === undefined ? "Name one of them, or add it to sluice.yaml." : `Write "${near}".`,
  };
}

function unknownOwner(name: string, teams: readonly string[]): Finding {
  const near = nearest(name, teams);
  return {
    code: "flag/unknown-owner",
    message: `"${name}" is not one of the project's teams.`,
    expected: listWords(teams),
    nearest: near,
    fix: near === undefined ? "Name one of them, or add it under teams: in sluice.yaml." : `Write "${near}".`,
  };
}

function unknownAttribute(name: string, names: readonly string[]): Finding {
  const near = nearest(name, names);
  return {
    code: "condition/unknown-attribute",
    message: `The attribute "${name}" is not declared in sluice.yaml, so this would never match anybody.`,
    expected: listWords(names),
    nearest: near,
    fix: near === undefined ? "Declare it under attributes: in sluice.yaml." : `Write "${near}".`,
  };
}

const NONE: readonly Mention[] = [];
const NO_NAMES: readonly string[] = [];
const NOTHING: readonly { readonly span: Span; readonly finding: Finding }[] = [];

/** Keys of the segments that are mentioned, each once, sorted. */
export const segmentNames: (mentions: readonly Mention[]) => readonly string[] = namesOnce("segment", (mentions) =>
  [...new Set(mentions.filter(({ kind }) => kind === "segment").map(({ name }) => name))].sort(),
);

const flagNames: (mentions: readonly Mention[]) => readonly string[] = namesOnce("flag", (mentions) =>
  mentions.filter(({ kind }) => kind === "flag").map(({ name }) => name),
);

/** Mentions are read once for each text of a file, and so are the names among them. */
function namesOnce(kind: Mention["kind"], read: (mentions: readonly Mention[]) => readonly string[]): (mentions: readonly Mention[]) => readonly string[] {
  const known = new WeakMap<readonly Mention[], readonly string[]>();
  return (mentions) => {
    if (!mentions.some((mention) => mention.kind === kind)) return NO_NAMES;
    const before = known.get(mentions);
    if (before !== undefined) return before;
    const names = read(mentions);
    known.set(mentions, names);
    return names;
  };
}
