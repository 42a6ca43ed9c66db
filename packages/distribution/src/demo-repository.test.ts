import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { type ParsedProject, parseProject } from "@sluice/definitions";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeDemoRepository } from "./demo-repository.ts";

const DAY_MS = 24 * 60 * 60_000;
const template = join(import.meta.dirname, "../../../examples/shop-floor/flags-repository");
/** The day that the files of the template are dated for. */
const TODAY = "2026-11-24";
const NOW_MS = Date.parse(`${TODAY}T09:00:00Z`);
const folder = mkdtempSync(join(tmpdir(), "sluice-demo-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const git = (name: string, ...args: readonly string[]): string =>
  execFileSync("git", ["-C", join(folder, name), ...args], { encoding: "utf8", maxBuffer: 64 << 20 }).trim();

function made(name: string, options: { readonly seed?: string; readonly nowMs: number }): string {
  makeDemoRepository(join(folder, name), template, options);
  return git(name, "rev-parse", "main");
}

function textsIn(path: string): Map<string, string> {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && !entry.parentPath.includes("/.git"));
  return new Map(files.map((file) => [relative(path, join(file.parentPath, file.name)), readFileSync(join(file.parentPath, file.name), "utf8")]));
}

const parsedOn = (name: string, today: string): ParsedProject => parseProject({ files: textsIn(join(folder, name)) }, { facts: { today, before: new Map() } });

interface Logged {
  readonly commit: string;
  readonly seconds: number;
  /** As it stands on the author's clock, with its weekday, Monday 1. */
  readonly day: string;
  readonly weekday: number;
  readonly name: string;
  readonly email: string;
  readonly subject: string;
  /** `A`, `M` or `D` and the path. */
  readonly files: readonly (readonly [status: string, path: string])[];
}

/** Oldest first. */
function logged(name: string): readonly Logged[] {
  const text = git(name, "log", "--reverse", "--name-status", "--date=format:%Y-%m-%d %u", "--format=%x01%H%x09%at%x09%ad%x09%an%x09%ae%x09%s");
  return text
    .split("\u0001")
    .slice(1)
    .map((entry) => {
      const [head = "", ...rest] = entry.trim().split("\n");
      const [commit = "", seconds = "", date = "", author = "", email = "", subject = ""] = head.split("\t");
      const [day = "", weekday = ""] = date.split(" ");
      const files = rest
        .filter((line) => line !== "")
        .map((line) => line.split("\t"))
        .map(([status = "", path = ""]) => [status, path] as const);
      return { commit, seconds: Number(seconds), day, weekday: Number(weekday), name: author, email, subject, files };
    });
}

function grouped(of: readonly Logged[], by: (one: Logged) => string): readonly (readonly Logged[])[] {
  const groups = new Map<string, Logged[]>();
  for (const one of of) groups.set(by(one), [...(groups.get(by(one)) ?? []), one]);
  return [...groups.values()];
}

const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

describe("the demo company's repository", () => {
  let tip = "";
  let commits: readonly Logged[] = [];
  beforeAll(() => {
    tip = made("first", { nowMs: NOW_MS });
    commits = logged("first");
  });

  test("holds the files of the template, all committed", () => {
    expect(textsIn(join(folder, "first"))).toEqual(textsIn(template));
    expect(git("first", "status", "--porcelain")).toBe("");
    expect(git("first", "fsck", "--strict")).toBe("");
  });

  test("has 61 flags of five teams and every kind, and the validator and the style guide say nothing about them", () => {
    const { flags, project, diagnostics, tests } = parsedOn("first", TODAY);
    expect(diagnostics).toEqual([]);
    expect(flags.size).toBe(61);
    expect(project?.teams).toEqual(["team-site", "team-billing", "team-platform", "team-safety", "team-accounts"]);
    expect(new Set([...flags.values()].map(({ owner }) => owner))).toEqual(new Set(project?.teams));
    const ofKind = (kind: string): number => [...flags.values()].filter((flag) => flag.kind === kind).length;
    expect({ release: ofKind("release"), experiment: ofKind("experiment"), ops: ofKind("ops"), permission: ofKind("permission") }).toEqual({
      release: 44,
      experiment: 6,
      ops: 7,
      permission: 4,
    });
    expect(tests.results.filter(({ outcome }) => outcome === "passed").length).toBe(68);
    const texts = [...textsIn(join(folder, "first"))].filter(([path]) => path.startsWith("flags/")).map(([, text]) => text);
    for (const part of [
      "segment: ",
      "split: ",
      "share: ",
      "prerequisites:",
      "type: object",
      "type: number",
      "type: string",
      "eligible:",
      "exclusion:",
      "schema:",
    ])
      expect(texts.filter((text) => text.includes(part)).length, part).toBeGreaterThan(0);
    expect(texts.join("")).not.toContain("sluice-disable");
  });

  test("is the same for the same seed in the same week, to the last byte, and another for another seed", () => {
    expect(made("again", { nowMs: NOW_MS })).toBe(tip);
    expect(made("later that week", { nowMs: NOW_MS + 5 * DAY_MS })).toBe(tip);
    expect(made("another", { seed: "another", nowMs: NOW_MS })).not.toBe(tip);
    expect(git("another", "rev-parse", "main^{tree}")).toBe(git("first", "rev-parse", "main^{tree}"));
  });

  test("is as fresh at any other time, with no flag expired and no review due", () => {
    const weeks = 60 * 7 * DAY_MS;
    made("next year", { nowMs: NOW_MS + weeks });
    expect(git("next year", "log", "-1", "--format=%ad", "--date=short")).toBe("2028-01-17");
    const { flags, diagnostics } = parsedOn("next year", "2028-01-18");
    expect([diagnostics, flags.size]).toEqual([[], 61]);
    made("long ago", { nowMs: Date.parse("2024-02-29T12:00:00Z") });
    expect(parsedOn("long ago", "2024-02-29").diagnostics).toEqual([]);
  });

  test("tells a year, in order, by people of the company, on days and at hours at which they work unless something is wrong", () => {
    expect(commits[0]).toMatchObject({ day: "2025-11-25", name: "Mara Lindqvist" });
    expect(commits.at(-1)?.seconds).toBeLessThan(NOW_MS / 1000);
    expect(commits.at(-1)?.day).toBe("2026-11-23");
    expect(commits.filter(({ seconds }, index) => seconds < (commits[index - 1]?.seconds ?? 0))).toEqual([]);
    expect(new Set(commits.map(({ email }) => email.split("@")[1]))).toEqual(new Set(["plumbline.example"]));
    expect(new Set(commits.map(({ name }) => name)).size).toBe(14);
    const reviewed = commits.filter(({ subject }) => /\(#\d+\)$/.test(subject));
    expect(reviewed.map(({ subject }) => Number(/\(#(\d+)\)$/.exec(subject)?.[1]))).toEqual(reviewed.map((_, index) => index + 1));
    expect(reviewed.filter(({ weekday }) => weekday > 5)).toEqual([]);
    expect(commits.length - reviewed.length).toBeGreaterThan(20);
  });

  test("makes, grows and removes flags as often as the histories that were measured", () => {
    const paths = commits
      .flatMap(({ seconds, files }) => files.map(([status, path]) => ({ seconds, status, path })))
      .filter(({ path }) => path.startsWith("flags/"));
    const removed = paths.filter(({ status }) => status === "D");
    expect(removed.length).toBeGreaterThan(140);
    const lives = removed.map(
      ({ path, seconds }) => (seconds - (paths.find((made_) => made_.path === path && made_.status === "A")?.seconds ?? Number.NaN)) / (DAY_MS / 1000),
    );
    // Four companies: 37 to 56 days.
    expect(median(lives)).toBeGreaterThan(35);
    expect(median(lives)).toBeLessThan(58);
    const grown = commits.filter(({ subject }) => /: \d+ % of|: on for everybody/.test(subject));
    const ramps = grouped(grown, ({ subject }) => subject.split(":")[0] ?? "").filter((steps) => steps.at(-1)?.subject.includes("on for everybody"));
    // DuckDuckGo: 3 steps to everybody in the median, 10 at most, and 7 days from the first share.
    expect(median(ramps.map((steps) => steps.length))).toBe(3);
    expect(Math.max(...ramps.map((steps) => steps.length))).toBeLessThanOrEqual(10);
    const days = ramps.filter((steps) => steps.length > 1).map((steps) => ((steps.at(-1)?.seconds ?? 0) - (steps[0]?.seconds ?? 0)) / 86_400);
    expect(median(days)).toBeGreaterThan(4);
    expect(median(days)).toBeLessThan(9);
    const off = commits.filter(({ subject }) => subject.endsWith(": off")).length;
    expect(off).toBeGreaterThan(15);
    const weeks = grouped(commits, ({ seconds }) => String(Math.floor((NOW_MS / 1000 - seconds) / (7 * 86_400)))).map((of) => of.length);
    expect(weeks.length).toBe(52);
    expect(median(weeks)).toBeGreaterThan(12);
    expect(Math.max(...weeks)).toBeLessThan(90);
  });

  test("makes every flag on the day that its file says, by somebody of the team that owns it", () => {
    const teams = new Map<string, Set<string>>();
    for (const [path, text] of textsIn(template)) {
      if (!path.startsWith("flags/")) continue;
      const [birth, ...later] = commits.filter(({ files }) => files.some(([, changed]) => changed === path));
      const created = /^created: (.*)$/m.exec(text)?.[1] ?? "";
      expect(birth?.day, path).toBe(created <= "2025-11-25" ? "2025-11-25" : created);
      const owner = /^owner: (.*)$/m.exec(text)?.[1] ?? "";
      for (const { name } of later) teams.set(owner, (teams.get(owner) ?? new Set()).add(name));
    }
    const names = [...teams.values()].flatMap((each) => [...each]);
    expect(names.length).toBe(new Set(names).size);
  });

  test("is valid at every moment", () => {
    execFileSync("git", ["clone", "--quiet", "--shared", join(folder, "first"), join(folder, "moments")], { stdio: "ignore" });
    for (const { commit } of commits.filter((_, index) => index % 90 === 0)) {
      git("moments", "checkout", "--quiet", commit);
      const { diagnostics } = parseProject({ files: textsIn(join(folder, "moments")) });
      expect(
        diagnostics.filter(({ isStyle }) => !isStyle),
        commit,
      ).toEqual([]);
    }
  });

  test("is left alone where it is there already", () => {
    writeFileSync(join(folder, "first/flags/mine.yaml"), "mine");
    makeDemoRepository(join(folder, "first"), template, { nowMs: NOW_MS + 90 * DAY_MS });
    expect(git("first", "rev-parse", "main")).toBe(tip);
    expect(readFileSync(join(folder, "first/flags/mine.yaml"), "utf8")).toBe("mine");
    rmSync(join(folder, "first/flags/mine.yaml"));
  });
});
