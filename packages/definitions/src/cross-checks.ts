import type { Mention } from "./condition-reader.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { FileReport } from "./diagnostic.ts";
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

/** Mistakes that only the whole project shows in one file. */
export class CrossChecks {
  readonly #all: Everything;
  readonly #reports = new Map<string, FileReport>();

  constructor(all: Everything) {
    this.#all = all;
  }

  get diagnostics(): readonly Diagnostic[] {
    return [...this.#reports.values()].flatMap((report) => report.diagnostics);
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
    if (project === undefined) return;
    const attributes = project.attributes && [...project.attributes.map(({ name }) => name), project.customer, "targetingKey"];
    for (const { kind, name, span } of mentions) {
      if (kind === "environment" && !project.environments.some(({ key }) => key === name)) {
        const keys = project.environments.map(({ key }) => key);
        const near = nearest(name, keys);
        this.report(path).add(span, { code: "flag/unknown-environment", message: `The project has no environment "${name}".`, expected: listWords(keys), nearest: near, fix: near === undefined ? "Name one of them, or add it to sluice.yaml." : `Write "${near}".` });
      }
      if (kind === "owner" && project.teams.length > 0 && !project.teams.includes(name)) {
        const near = nearest(name, project.teams);
        this.report(path).add(span, { code: "flag/unknown-owner", message: `"${name}" is not one of the project's teams.`, expected: listWords(project.teams), nearest: near, fix: near === undefined ? "Name one of them, or add it under teams: in sluice.yaml." : `Write "${near}".` });
      }
      if (kind === "attribute" && attributes !== undefined && !attributes.includes(name)) {
        const near = nearest(name, attributes);
        this.report(path).add(span, { code: "condition/unknown-attribute", message: `The attribute "${name}" is not declared in sluice.yaml, so this would never match anybody.`, expected: listWords(attributes), nearest: near, fix: near === undefined ? "Declare it under attributes: in sluice.yaml." : `Write "${near}".` });
      }
    }
  }

  key(path: string, key: string, span: { readonly start: number; readonly end: number }, expectedPathKey: string): void {
    const pattern = this.#all.project?.keys;
    if (pattern !== undefined && !pattern.test(key)) {
      const better = key.replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2").toLowerCase().replaceAll(/[^a-z0-9.]+/g, "-").replaceAll(/^[-.]+|[-.]+$/g, "").slice(0, 50);
      this.report(path).add(span, { code: "flag/key", message: `"${key}" does not follow the project's key pattern.`, expected: "dotted, dashed lower-case words, at most 50 characters, unless sluice.yaml says otherwise under keys:", nearest: pattern.test(better) ? better : undefined, fix: pattern.test(better) ? `Write "${better}".` : "Rename it, or set keys: in sluice.yaml." });
    } else if (key !== expectedPathKey) {
      this.report(path).add(span, { code: "flag/key-path", severity: "warning", message: `The key "${key}" is defined in ${path}.`, expected: `the key ${expectedPathKey}, or a file named after the key`, fix: `Move the file to ${path.split("/")[0] ?? ""}/${key.replaceAll(".", "/")}.yaml.` });
    }
  }

  /** Segments used in a file: unknown, broken or circular ones are reported there. False where one is not valid. */
  segments(path: string, mentions: readonly Mention[]): boolean {
    let isValid = true;
    for (const { kind, name, span } of mentions) {
      if (kind !== "segment") continue;
      const problem = this.#segmentProblem(name, []);
      if (problem === undefined) continue;
      isValid = false;
      const near = problem === "unknown" ? nearest(name, this.#all.segments.keys()) : undefined;
      if (problem === "unknown") this.report(path).add(span, { code: "segment/unknown", message: `There is no segment "${name}".`, expected: listWords([...this.#all.segments.keys()].sort()), nearest: near, fix: near === undefined ? `Add segments/${name}.yaml, or name another.` : `Write "${near}".` });
      else if (problem === "broken") this.report(path).add(span, { code: "segment/broken", message: `The segment "${name}" that is used here has a mistake.`, fix: `Mend ${this.#all.segments.get(name)?.path ?? name}; this flag then works again by itself.` });
      else this.report(path).add(span, { code: "segment/cycle", message: `Segments go in a circle here: ${problem}.`, fix: "Break the circle: a segment cannot need itself." });
    }
    return isValid;
  }

  #segmentProblem(name: string, above: readonly string[]): "unknown" | "broken" | string | undefined {
    if (above.includes(name)) return [...above.slice(above.indexOf(name)), name].join(" → ");
    const segment = this.#all.segments.get(name);
    if (segment === undefined) return "unknown";
    if (segment.form === undefined || above.length >= DEPTH_MAX) return "broken";
    for (const mention of segment.mentions) {
      if (mention.kind !== "segment") continue;
      const below = this.#segmentProblem(mention.name, [...above, name]);
      if (below !== undefined) return below === "unknown" ? "broken" : below;
    }
    return undefined;
  }

  /** Prerequisites of a flag: unknown ones, circles, and chains that are too long. False where one is not valid. */
  prerequisites(flag: FlagFile): boolean {
    let isValid = true;
    for (const { kind, name, span } of flag.mentions) {
      if (kind !== "flag") continue;
      if (!this.#all.flags.has(name)) {
        const near = nearest(name, this.#all.flags.keys());
        this.report(flag.path).add(span, { code: "prerequisite/unknown", message: `There is no flag "${name}".`, nearest: near, fix: near === undefined ? "Name a flag of this project." : `Write "${near}".` });
        isValid = false;
        continue;
      }
      const circle = this.#circle(name, [flag.key ?? ""]);
      if (circle === undefined) continue;
      isValid = false;
      this.report(flag.path).add(span, { code: "prerequisite/cycle", message: `Prerequisites ${circle}.`, fix: "Take one of them out: a flag cannot wait for itself." });
    }
    return isValid;
  }

  #circle(name: string, above: readonly string[]): string | undefined {
    if (above.includes(name)) return `go in a circle: ${[...above.slice(above.indexOf(name)), name].join(" → ")}`;
    if (above.length > DEPTH_MAX) return `are more than ${DEPTH_MAX} deep: ${[...above, name].join(" → ")}`;
    for (const mention of this.#all.flags.get(name)?.mentions ?? []) {
      if (mention.kind !== "flag") continue;
      const below = this.#circle(mention.name, [...above, name]);
      if (below !== undefined) return below;
    }
    return undefined;
  }
}
