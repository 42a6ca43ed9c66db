import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const AUTHOR = {
  GIT_AUTHOR_NAME: "Ada Example",
  GIT_AUTHOR_EMAIL: "ada@plumbline.example",
  GIT_COMMITTER_NAME: "Ada Example",
  GIT_COMMITTER_EMAIL: "ada@plumbline.example",
};

const PROJECT = `project: fault-drill
environments:
  production: { name: Production }
  staging: { name: Staging }
teams:
  team-drill: { name: Drill }
customer: customer
attributes:
  customer: { type: string, description: Key of the company. }
  plan: { type: string, values: [starter, pro], description: What the company has booked. }
`;

/** Text of a boolean flag that answers `variant` in production. */
export function flagText(key: string, variant: "on" | "off"): string {
  return `key: ${key}
description: A switch of the fault drill, number ${key}.
kind: ops
owner: team-drill
created: 2026-10-01
type: boolean
variants: { on: true, off: false }
off: off
codeDefault: on
environments:
  production:
    rules:
      - id: starters
        if: { plan: { in: [starter] } }
        serve: on
    default: ${variant}
  staging: { default: on }
`;
}

/** The file that a key like `area-1.flag-2` lives in. */
export function flagPath(key: string): string {
  return join("flags", `${key.replace(".", "/")}.yaml`);
}

/** Keys `area-0.flag-0`, `area-1.flag-1`, …, ten areas. */
export function flagKeys(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `area-${index % 10}.flag-${index}`);
}

/** A working repository of flags, committed to as an engineer would. */
export class FlagRepository {
  readonly folder: string;

  constructor(folder: string, keys: readonly string[]) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    this.git("init", "--quiet", "--initial-branch=main");
    this.write("sluice.yaml", PROJECT);
    for (const key of keys) this.write(flagPath(key), flagText(key, "on"));
    this.commit("Flags of the drill");
  }

  git(...args: readonly string[]): string {
    return execFileSync("git", [...args], {
      cwd: this.folder,
      encoding: "utf8",
      env: { ...process.env, ...AUTHOR, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
      maxBuffer: 1 << 26,
    });
  }

  write(path: string, text: string | Uint8Array): void {
    const whole = join(this.folder, path);
    mkdirSync(dirname(whole), { recursive: true });
    rmSync(whole, { force: true });
    writeFileSync(whole, text);
  }

  remove(path: string): void {
    rmSync(join(this.folder, path), { force: true });
  }

  /** Commits everything; the new commit's id. */
  commit(subject: string): string {
    this.git("add", "--all");
    this.git("commit", "--quiet", "--message", subject);
    return this.git("rev-parse", "HEAD").trim();
  }
}
