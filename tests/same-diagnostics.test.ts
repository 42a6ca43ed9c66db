// One engine: the same bad definition is told in the same words, at the same place, wherever somebody is told of it.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SourceProblem } from "@sluice/contract";
import { nodeClock, nodeRandom } from "@sluice/ports/node";
import { ControlPlane, MemorySource } from "@sluice/server";
import { MemoryDatabase, MemoryStore } from "@sluice/store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Said, type VectorProject, vectorProjects } from "../conformance/diagnostics/vectors.ts";
import { writeFiles } from "../packages/cli/src/flag-folder.ts";
import { AppWorld, closeAppWorlds } from "../packages/server/src/testing/app-world.ts";
import { EditorClient } from "./editor-client.ts";

const repository = join(import.meta.dirname, "..");
const sluice = join(repository, "tools/sluice.mjs");
const root = mkdtempSync(join(tmpdir(), "sluice-same-"));
const projects = vectorProjects();
const folderOf = ({ name }: VectorProject): string => join(root, name);

const env = { ...process.env, SLUICE: `${process.execPath} ${sluice}`, NO_COLOR: "1" };
const git = (folder: string, ...args: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } => {
  const settings = ["-c", "user.name=V", "-c", "user.email=v@example.com", "-c", "commit.gpgsign=false"];
  return spawnSync("git", ["-C", folder, ...settings, ...args], { encoding: "utf8", env, maxBuffer: 2 ** 26 });
};
const run = (...args: readonly string[]): string => spawnSync(process.execPath, [sluice, ...args], { encoding: "utf8", env, maxBuffer: 2 ** 26 }).stdout;

beforeAll(() => {
  for (const project of projects) {
    const folder = folderOf(project);
    writeFiles(folder, new Map(), project.files);
    for (const args of [
      ["init", "-q"],
      ["add", "-A"],
      ["commit", "-q", "-m", "as it is"],
    ])
      expect(git(folder, ...args).status).toBe(0);
  }
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A mistake in one line, to compare by. */
const line = ({ file, line: at, column, severity, code, message }: Said): string => `${file}:${at}:${column} ${severity} ${code} ${message}`;
const lines = (said: readonly Said[]): readonly string[] => said.map(line).sort();

/** The command line's own answer, with everything that it says of a mistake. */
interface Told extends Said {
  readonly expected?: string;
  readonly nearest?: string;
  readonly fix: string;
}
const validated = new Map<string, readonly Told[]>();
const toldBy = (project: VectorProject): readonly Told[] => validated.get(project.name) ?? [];

/** Places that have one text for a mistake hold its message, what was expected, the nearest name and the fix, in this order. */
const inOneText = ({ message, expected, nearest, fix }: Told): string =>
  `${message}${expected === undefined ? "" : ` Expected: ${expected}.`}${nearest === undefined ? "" : ` Did you mean ${nearest}?`} Fix: ${fix}`;
const whole = (project: VectorProject): readonly string[] => lines(toldBy(project).map((one) => ({ ...one, message: inOneText(one) })));

test("there are 300 bad definitions and more, the six typical mistakes and names with a space and a slash among them", () => {
  const said = projects.flatMap((project) => project.said);
  expect(said.length).toBeGreaterThanOrEqual(300);
  expect(new Set(said.map(line)).size).toBe(said.length);
  const codes = new Set(said.map(({ code }) => code));
  for (const code of ["yaml/syntax", "segment/unknown", "condition/unknown-attribute", "flag/variant-type", "share/weights", "field/unknown"])
    expect(codes).toContain(code);
  expect(codes.size).toBeGreaterThan(60);
  const words = said.map(({ message }) => message).join("\n");
  for (const part of ["60 + 60 = 120", '"v n', '"v/n']) expect(words).toContain(part);
});

describe.each(projects.map((project) => [project.name, project] as const))("the mistakes of %s", (_, project) => {
  test("are those written beside them, on the command line", () => {
    const { diagnostics } = JSON.parse(run("validate", folderOf(project), "--json")) as { readonly diagnostics: readonly Told[] };
    validated.set(project.name, diagnostics);
    expect(lines(diagnostics)).toEqual(lines(project.said));
    const [first, ...rest] = project.said;
    if (first !== undefined) expect(lines(diagnostics)).not.toEqual(lines([{ ...first, column: first.column + 1 }, ...rest]));
  });

  test("are the same to whoever commits them", () => {
    const refused = spawnSync(
      "git",
      ["-C", folderOf(project), "-c", `core.hooksPath=${join(repository, "examples/pre-commit")}`, "commit", "--allow-empty", "-m", "more"],
      {
        encoding: "utf8",
        env: { ...env, GIT_AUTHOR_NAME: "V", GIT_AUTHOR_EMAIL: "v@example.com", GIT_COMMITTER_NAME: "V", GIT_COMMITTER_EMAIL: "v@example.com" },
        maxBuffer: 2 ** 26,
      },
    );
    const heads = `${refused.stdout}\n${refused.stderr}`.split("\n").flatMap((text) => {
      const found = /^(\S+):(\d+):(\d+) {2}(error|warning) {2}(.+) {2}(\S+)$/.exec(text);
      if (found === null) return [];
      const [, file = "", at, column, severity, message = "", code = ""] = found;
      return [{ file, line: Number(at), column: Number(column), severity: severity === "error" ? ("error" as const) : ("warning" as const), code, message }];
    });
    expect(lines(heads)).toEqual(lines(project.said));
    expect(refused.status).not.toBe(0);
  });

  test("are the same in the review of a pull request", () => {
    const out = join(root, `${project.name}.sarif`);
    run("review", folderOf(project), "--base", "HEAD", "--sarif", out);
    const { runs } = JSON.parse(readFileSync(out, "utf8")) as { readonly runs: readonly { readonly results: readonly SarifResult[] }[] };
    const results = runs.flatMap((one) => one.results).map((result) => saidIn(result));
    expect(lines(results)).toEqual(whole(project));
  });

  test("are the same on the server that takes the commit", async () => {
    for (const part of partsOf(project)) {
      const told = await adopted(part.files);
      const fixes = new Map(toldBy(project).map((one) => [line(one), one.fix]));
      expect(lines(told)).toEqual(lines(part.said));
      for (const one of told) expect(one.fix, line(one)).toBe(fixes.get(line(one)));
    }
  });
});

test("are the same in an editor, for all files of a project when one is opened", async () => {
  const editor = new EditorClient(root, [sluice, "lsp", "--stdio"]);
  await editor.start({});
  for (const project of projects) {
    const within = (uri: string): boolean => uri.startsWith(`${editor.uri(project.name)}/`);
    const shown = (): readonly Said[] =>
      [...editor.shown].flatMap(([uri, all]) =>
        !within(uri)
          ? []
          : all.map(({ range: { start }, severity, code = "", message }) => ({
              file: decodeURI(uri.slice(editor.uri(project.name).length + 1)),
              line: start.line + 1,
              column: start.character + 1,
              severity: severity === 1 ? ("error" as const) : ("warning" as const),
              code,
              message,
            })),
      );
    await editor.open(join(project.name, "sluice.yaml"), project.files.get("sluice.yaml") ?? "");
    await editor.until(() => shown().length >= project.said.length);
    expect(lines(shown()), project.name).toEqual(whole(project));
  }
  await editor.stop();
});

/** Programs with mistakes, each of which says in a comment which: every language a folder of code. */
const planted = join(repository, "packages/code-references/fixtures/planted");
const languages = readdirSync(planted).sort();
const programs = new Map(
  languages.flatMap((language) =>
    readdirSync(join(planted, language)).map((name) => [`${language}/${name}`, readFileSync(join(planted, language, name), "utf8")] as const),
  ),
);
const plantedIn = (path: string, text: string): readonly string[] =>
  text.split("\n").flatMap((words, index) => {
    const rules = /(?:\/\/|\{?\/\*|#) bug: ([\w/, -]+?)\s*(?:\*\/|$)/.exec(words)?.[1] ?? "";
    return rules.split(", ").flatMap((rule) => (rule === "" ? [] : [`${path}:${index + 1} ${rule}`]));
  });

const opsFlag = (key: string, more: string): readonly [string, string] => [
  `flags/${key.replace(".", "/")}.yaml`,
  `key: ${key}\ndescription: What it does is said here.\n${more}environments: { production: { default: off } }\n`,
];
const release = "kind: release\nowner: team-x\nexpires: 2030-01-01\ntype: boolean\n";
const askedFor = new Map<string, string>([
  [
    "sluice.yaml",
    `project: p\nenvironments: { production: {} }\nstyle: { rules: { code/one-decision-point: { warn: 4, max: 15 } } }\ncode: { folders: [${languages.join(", ")}] }\n`,
  ],
  opsFlag("billing.export", `${release}aliases: [billing.old-export]\n`),
  opsFlag("billing.price-text", "kind: release\nowner: team-x\nexpires: 2030-01-01\ntype: string\nvariants: { off: plain, on: bold }\noff: off\n"),
  opsFlag("diary.pins", release),
  opsFlag("ops.shed-load", "kind: ops\nowner: team-y\npermanent: It sheds load.\nreviewBy: 2030-01-01\ntype: boolean\ncodeDefault: on\n"),
]);

describe("mistakes in code that a change brings", () => {
  const folder = join(root, "code");
  const inCode = ({ code }: Pick<Said, "code">): boolean => code.startsWith("code/");
  let reviewed: readonly string[] = [];
  afterAll(async () => expect((await closeAppWorlds()).failures).toEqual([]));

  test("are those that its programs say, in the review on the command line", () => {
    const [path, text] = opsFlag("billing.export-button", release);
    writeFiles(folder, new Map(), new Map([...askedFor, [path, text]]));
    const commit = (subject: string): void => {
      git(folder, "add", "-A");
      expect(git(folder, "commit", "-q", "-m", subject).status).toBe(0);
    };
    git(folder, "init", "-q");
    commit("flags");
    rmSync(join(folder, path));
    commit("one less");
    writeFiles(folder, new Map(), programs);
    const out = join(root, "code.sarif");
    run("review", folder, "--base", "HEAD", "--sarif", out);
    const { runs } = JSON.parse(readFileSync(out, "utf8")) as { readonly runs: readonly { readonly results: readonly SarifResult[] }[] };
    const said = runs.flatMap((one) => one.results).map((result) => saidIn(result));
    reviewed = lines(said.filter(inCode));
    expect(
      said
        .filter(inCode)
        .map(({ file, line: at, code }) => `${file}:${at} ${code}`)
        .sort(),
    ).toEqual([...programs].flatMap(([file, own]) => plantedIn(file, own)).sort());
  });

  test("are the same to whoever commits them", () => {
    git(folder, "add", "-A");
    // What stands on disk and is not committed is nobody's yet.
    writeFiles(folder, new Map(), new Map([["ts/later.ts", programs.get("ts/invoices.ts") ?? ""]]));
    const { diagnostics } = JSON.parse(run("validate", folder, "--staged", "--json")) as { readonly diagnostics: readonly Told[] };
    expect(lines(diagnostics.map((one) => ({ ...one, message: inOneText(one) })).filter(inCode))).toEqual(reviewed);
    rmSync(join(folder, "ts/later.ts"));
  });

  test("are the same in the check of the GitHub App", async () => {
    const [path, text] = opsFlag("billing.export-button", release);
    const world = await AppWorld.open({ files: Object.fromEntries([...askedFor, [path, text]]) });
    world.push("main", { [path]: "" });
    world.push("programs", Object.fromEntries(programs));
    world.pull(1, "programs");
    await world.told(1);
    const annotations = world.github.checkRuns.flatMap((check) => check.annotations ?? []);
    const said = annotations.map(({ path: file, start_line: at, start_column: column, annotation_level: level, title, message }) => ({
      file: String(file),
      line: Number(at),
      column: Number(column ?? 1),
      severity: level === "failure" ? ("error" as const) : ("warning" as const),
      code: String(title),
      message: String(message),
    }));
    // A commit has another name there.
    const withoutCommit = (one: string): string => one.replaceAll(/ in [0-9a-f]{7,}/g, " in …");
    expect(lines(said).map(withoutCommit)).toEqual(reviewed.map(withoutCommit));
    expect(reviewed.length).toBeGreaterThan(40);
  });
});

interface SarifResult {
  readonly ruleId: string;
  readonly level: "error" | "warning";
  readonly message: { readonly text: string };
  readonly locations: readonly {
    readonly physicalLocation: {
      readonly artifactLocation: { readonly uri: string };
      readonly region: { readonly startLine: number; readonly startColumn: number };
    };
  }[];
}
function saidIn({ ruleId, level, message, locations }: SarifResult): Said {
  const place = locations[0]?.physicalLocation;
  return {
    file: decodeURI(place?.artifactLocation.uri ?? ""),
    line: place?.region.startLine ?? 0,
    column: place?.region.startColumn ?? 0,
    severity: level,
    code: ruleId,
    message: message.text,
  };
}

/** A server names fifty mistakes of each sort: a project with more is looked at in parts, each with everything that is right in it. */
const PART_MAX = 45;
function partsOf({ files, said }: VectorProject): readonly { readonly files: ReadonlyMap<string, string>; readonly said: readonly Said[] }[] {
  const wrong = [...new Set(said.map(({ file }) => file))];
  const right = [...files].filter(([path]) => !wrong.includes(path));
  const parts: { files: Map<string, string>; said: Said[] }[] = [];
  for (const path of wrong) {
    const own = said.filter(({ file }) => file === path);
    let part = parts.at(-1);
    if (part === undefined || part.said.length + own.length > PART_MAX) parts.push((part = { files: new Map(right), said: [] }));
    part.files.set(path, files.get(path) ?? "");
    part.said.push(...own);
  }
  return parts;
}

/** What a server says of a commit that it takes. */
async function adopted(files: ReadonlyMap<string, string>): Promise<readonly (SourceProblem & Said)[]> {
  const source = new MemorySource();
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  const world = {
    clock: nodeClock,
    timers: { after: () => ({ cancel: () => {} }) },
    random: nodeRandom,
    disk: { read: async () => undefined, replace: async () => {}, openJournal: async () => Promise.reject(new Error("no journal here")) },
    http: { request: async () => Promise.reject(new Error("no network here")), stream: () => ({ close: () => {} }) },
    log,
  };
  const plane = new ControlPlane({ world, store: new MemoryStore(new MemoryDatabase(nodeRandom), nodeRandom), source, project: "vectors", pollMs: 60_000 });
  await plane.start();
  source.commit(files, { author: "V", subject: "as it is", atMs: 0 });
  await plane.adoption.lookNow();
  const { problems, style = [] } = plane.adoption.health;
  await plane.stop();
  return [...problems, ...style].map((one) => ({ ...one, code: one.code ?? "", severity: one.severity ?? "error" }));
}
