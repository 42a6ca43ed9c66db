import type { Environment } from "./environments.ts";
import { GUARDED_FLAG, GUARDS } from "./guarded.ts";
import type { World } from "./world.ts";

export const FLAGS: readonly string[] = ["site.plan", "site.photos", "site.weather", "billing.export"];

const PROJECT = `project: simulated
environments:
  production: { name: Production }
  staging: { name: Staging }
attributes:
  customer: { type: string }
  plan: { type: string }
`;

/** A text that stands in the rules of one environment only: nobody of another may ever receive it (I6, filtered). */
export const markOf = (environment: Environment): string => `only-${environment}`;

interface FlagShape {
  readonly on: boolean;
  readonly segment: boolean;
}

function environmentForm(environment: Environment, { on, segment }: FlagShape): string {
  const serve = on ? "on" : "off";
  const some = segment ? `      - id: some\n        if: { segment: everybody }\n        serve: ${serve}\n` : "";
  const marked = `      - id: marked\n        if: { plan: { equals: ${markOf(environment)} } }\n        serve: ${serve}\n`;
  return `  ${environment}:\n    rules:\n${some}${marked}    default: ${serve}\n`;
}

/** `more`: what the file says beside what every flag says. */
function flagFile(key: string, more: string, production: FlagShape, staging: FlagShape = production): string {
  return `key: ${key}
description: A flag of the simulated company.
kind: release
owner: team-site
created: 2026-11-02
expires: 2027-12-31
type: boolean
variants: { on: true, off: false }
off: off
${more}environments:
${environmentForm("production", production)}${environmentForm("staging", staging)}`;
}

const pathOf = (key: string): string => `flags/${key.replace(".", "/")}.yaml`;

/** The repository's files, as commits change them. */
export class Repository {
  readonly files = new Map<string, string>([
    ["sluice.yaml", PROJECT],
    ["segments/everybody.yaml", "key: everybody\ndescription: All customers.\nif: { customer: { exists: true } }\n"],
  ]);
  readonly #world: World;
  readonly #commits: string[] = [];

  constructor(world: World) {
    this.#world = world;
    for (const key of FLAGS) this.files.set(pathOf(key), flagFile(key, this.#guardsOf(key), { on: true, segment: key === "site.photos" }));
    this.#commit("begin");
  }

  #guardsOf(key: string): string {
    const { watched } = this.#world;
    return watched === undefined || key !== GUARDED_FLAG ? "" : GUARDS[watched];
  }

  #commit(subject: string): void {
    this.#commits.push(this.#world.source.commit(this.files, { author: "Mara", subject, atMs: 0 }));
  }

  change(): void {
    const { scheduler, source } = this.#world;
    const key = scheduler.pick(FLAGS);
    const chance = scheduler.unit();
    const drawn = (): FlagShape => ({ on: scheduler.chance(0.7), segment: scheduler.chance(0.3) });
    if (chance < 0.55) this.files.set(pathOf(key), flagFile(key, this.#guardsOf(key), drawn(), drawn()));
    else if (chance < 0.65) this.files.set(pathOf(key), "key: [broken\n");
    else if (chance < 0.72)
      this.files.set(
        "segments/everybody.yaml",
        scheduler.chance(0.5) ? "key: everybody\nif: { nonsense }\n" : "key: everybody\nif: { customer: { exists: true } }\n",
      );
    else if (chance < 0.8) this.files.delete(pathOf(key));
    else if (chance < 0.9) {
      // A force-push to something older.
      source.moveTo(scheduler.pick(this.#commits));
      return;
    } else this.files.set(pathOf(key), flagFile(key, this.#guardsOf(key), { on: true, segment: false }));
    this.#commit("change");
  }
}
