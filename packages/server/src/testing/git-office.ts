import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { customerHash } from "@sluice/evaluation";
import type { ChangePreview, ChangeSent, EditBody } from "@sluice/contract";
import type { Role } from "@sluice/releases";
import { GitDesk } from "../edits/adapters/git-desk.ts";
import { SLUICE_AUTHOR } from "../edits/editing.ts";
import { type PullRequests, plainGit } from "../edits/pull-requests.ts";
import { GitSource } from "../source/adapters/git-source.ts";
import { DAY_ONE, Office } from "./office.ts";

export const PHOTOS = "flags/site/photos.yaml";
export const PROJECT =
  "project: p\nenvironments: { production: {}, staging: {} }\nteams: { team-x: {}, team-y: {} }\nedits: { facts: direct, staging: direct }\nstyle:\n  extends: recommended\n  rules: { key/words: off, life/expires: off, meta/ticket: off, test/both-states: off }\n";
export const PHOTOS_FILE = `# Photos, asked for by many.
key: site.photos
description: Shows the photos of a site on its map.   # for people
kind: release
owner: team-x
tags: [photos]
type: boolean
environments:
  production:
    rules:
      # our own people first
      - id: staff
        if: { email: { endsWith: "@example.com" } }
        serve: on
    default: off   # nobody yet
  staging: { default: on }
`;
/** Customers whose names must never be seen outside. */
export const CANARIES: readonly (readonly [id: string, name: string])[] = [
  ["canary-alpha", "Canary Alpha GmbH"],
  ["canary-beta", "Canary Beta Ltd"],
];

const identity = ["-c", "user.name=Mara", "-c", "user.email=mara@example.com", "-c", "commit.gpgsign=false"];

/** A Git host with an API: where its repositories stand on disk, and how it is reached. */
export interface Host {
  /** Holds `acme/flags.git`. */
  readonly folder: string;
  readonly url: string;
  readonly signIn: () => Promise<string>;
  readonly pullRequests: PullRequests;
}

/** A bare repository, as a Git host has it, somebody's clone of it, and the API over it. */
export class GitOffice {
  readonly folder: string;
  readonly remote: string;
  readonly clone: string;
  /** What the office reads its definitions from: whoever reads the same mirror shares it, since its fetches are one line. */
  readonly source: GitSource;
  readonly office: Office;

  /** `pushTimeoutMs`: how long the server waits for its pushes. */
  constructor(files: Readonly<Record<string, string>>, host?: Host, pushTimeoutMs = 30_000) {
    this.folder = host?.folder ?? mkdtempSync(join(tmpdir(), "sluice-edits-"));
    this.remote = join(this.folder, "acme/flags.git");
    this.clone = join(this.folder, "clone");
    mkdirSync(this.remote, { recursive: true });
    this.git(this.remote, "init", "--quiet", "--bare", "--initial-branch=main", ".");
    this.git(this.folder, "clone", "--quiet", this.remote, this.clone);
    this.git(this.clone, "checkout", "--quiet", "-B", "main");
    this.push({ "sluice.yaml": PROJECT, [PHOTOS]: PHOTOS_FILE, ...files }, "begin");
    const reached = host === undefined ? { url: this.remote } : { url: host.url, signIn: host.signIn };
    const options = { ...reached, branch: "main", folder: "", mirror: join(this.folder, "mirror") };
    const pullRequests = host?.pullRequests ?? plainGit;
    const editing = { desk: new GitDesk(options, { pushTimeoutMs }), pullRequests, committer: SLUICE_AUTHOR };
    this.source = new GitSource(options);
    this.office = new Office(this.source, new Map([["", editing]]));
  }

  async start(): Promise<this> {
    await this.office.start();
    await this.office.plane.adoption.lookNow();
    await this.office.store.saveCustomers(CANARIES.map(([id, name]) => ({ id, key: id, name })));
    const environments = Object.entries(this.office.plane.decisions.environments);
    const set = CANARIES.map(([id]) => ({
      id,
      track: "standard" as const,
      tags: [],
      hashes: Object.fromEntries(environments.map(([environment, { salt }]) => [environment, customerHash(salt, id)])),
    }));
    await this.office.store.append([{ command: "canaries", atMs: DAY_ONE, facts: { kind: "customersChanged", set }, personal: { by: "admin" } }], undefined);
    this.office.plane.hint();
    await this.office.plane.freshen();
    return this;
  }

  git(folder: string, ...args: readonly string[]): string {
    return execFileSync("git", ["-C", folder, ...identity, ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env["PATH"], HOME: this.folder, GIT_CONFIG_NOSYSTEM: "1" },
    }).trimEnd();
  }

  /** Somebody's commit, pushed as any engineer does. */
  push(files: Readonly<Record<string, string | undefined>>, subject: string): string {
    for (const [path, text] of Object.entries(files)) this.write(path, text);
    this.git(this.clone, "add", "--all");
    this.git(this.clone, "commit", "--quiet", "-m", subject);
    this.git(this.clone, "push", "--quiet", "origin", "main");
    return this.git(this.clone, "rev-parse", "HEAD");
  }

  /** A file of the clone, as saved; undefined takes it away. */
  write(path: string, text: string | Uint8Array | undefined): void {
    const whole = join(this.clone, path);
    mkdirSync(dirname(whole), { recursive: true });
    if (text === undefined) rmSync(whole);
    else writeFileSync(whole, text);
  }

  /** What a file says on a branch of the host; with every byte of its end. */
  text(path: string, at = "main"): string {
    return execFileSync("git", ["-C", this.remote, "show", `${at}:${path}`], { encoding: "utf8" });
  }

  get branches(): readonly string[] {
    return this.git(this.remote, "for-each-ref", "--format=%(refname:short)", "refs/heads").split("\n");
  }

  /** Hooks of the host's before and after it takes a push; branch protection is such a one, and reads each ref from its input. */
  hook(before: string, after = "exit 0"): void {
    for (const [name, script] of [
      ["pre-receive", before],
      ["post-receive", after],
    ] as const) {
      const path = join(this.remote, "hooks", name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, `#!/bin/sh\n${script}\n`);
      chmodSync(path, 0o755);
    }
  }

  protect(): void {
    this.hook('while read -r old new ref; do [ "$ref" != refs/heads/main ] || { echo "GH006: Protected branch update failed" >&2; exit 1; }; done');
  }

  async preview(role: Role, edits: readonly EditBody[]): Promise<ChangePreview> {
    const { status, text } = await this.office.ask(role, "POST", "/api/changes/preview", { edits });
    if (status !== 200) throw new Error(`${status} ${text}`);
    return JSON.parse(text) as ChangePreview;
  }

  async submit(role: Role, edits: readonly EditBody[], more: Readonly<Record<string, unknown>> = {}): Promise<ChangeSent> {
    const { status, text } = await this.trySubmit(role, edits, more);
    if (status !== 200) throw new Error(`${status} ${text}`);
    return JSON.parse(text) as ChangeSent;
  }

  async trySubmit(
    role: Role,
    edits: readonly EditBody[],
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<{ readonly status: number; readonly text: string }> {
    const base = "base" in more ? {} : { base: (await this.preview(role, edits)).base };
    return this.office.ask(role, "POST", "/api/changes", { edits, ...base, ...more });
  }

  /** Every byte that the host was given, packed and loose, in all refs. */
  everything(): string {
    const objects = this.git(this.remote, "cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)").split("\n");
    const texts = objects.flatMap((line) => {
      const [id = "", kind] = line.split(" ");
      return kind === "tree" ? this.git(this.remote, "ls-tree", id) : this.git(this.remote, "cat-file", kind ?? "blob", id);
    });
    return [...texts, ...this.branches].join("\n");
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
