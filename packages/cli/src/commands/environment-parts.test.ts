import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runHere } from "../testing/command-run.ts";

const GUIDE = "style:\n  extends: recommended\n  rules: { life/expires: off, meta/ticket: off, test/both-states: off, key/words: off }\n";
const PROJECT = `project: p\nenvironments: { production: {}, staging: {} }\nteams: { team-site: { github: "@acme/site" } }\n`;
const FLAG = "flags/site/photos.yaml";
const PART = "environments/production/site/photos.yaml";
const head = (more = ""): string =>
  `key: site.photos\ndescription: Shows the photos of a site on its map.\nkind: release\nowner: team-site\ntype: boolean\n${more}environments:\n  staging: { default: on }\n`;
const SERVED = ["rules:", "  # a quarter first", "  - id: some", "    serve: { share: 25, of: on, by: customer }", "default: off"];
const part = `${SERVED.join("\n")}\n`;
const inside = `  production:\n${SERVED.map((line) => `    ${line}\n`).join("")}`;

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-parts-"));
  git("init", "-q", "-b", "main");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function git(...args: readonly string[]): void {
  const who = ["-c", "user.name=Marta Kowalska", "-c", "user.email=marta@example.com", "-c", "commit.gpgsign=false"];
  const { status, stderr } = spawnSync("git", ["-C", folder, ...who, ...args], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
}
/** Files as saved; undefined takes one away. */
function save(files: Readonly<Record<string, string | undefined>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    if (text === undefined) rmSync(join(folder, path));
    else writeFileSync(join(folder, path), text);
  }
}
function commit(files: Readonly<Record<string, string | undefined>>): void {
  save(files);
  git("add", "-A");
  git("commit", "-q", "-m", "flags");
}
async function run(...argv: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly said: string }> {
  const { code, out, said } = await runHere(argv);
  const ended = process.exitCode === undefined ? code : Number(process.exitCode);
  process.exitCode = undefined;
  return { code: ended, out, said };
}
async function told(...more: readonly string[]): Promise<readonly string[]> {
  const { out } = await run("validate", folder, "--json", ...more);
  const { diagnostics } = JSON.parse(out) as { readonly diagnostics: readonly { readonly code: string; readonly file: string; readonly line: number }[] };
  return diagnostics.map(({ code, file, line }) => `${file}:${line} ${code}`);
}

describe("a change of a file that holds one environment", () => {
  test("is planned and reviewed as what it means for that environment", async () => {
    commit({ "sluice.yaml": PROJECT, [FLAG]: head(), [PART]: part });
    save({ [PART]: part.replace("share: 25", "share: 50") });
    const plan = await run("plan", folder, "--json");
    expect(JSON.parse(plan.out)).toMatchObject({ changes: [{ flag: "site.photos", environment: "production", isSame: false }] });
    expect((await run("plan", folder, "--fail-on", "waits")).code).toBe(1);
    expect((await run("review", folder, "--base", "HEAD")).out).toContain("site.photos");
    save({ [PART]: undefined });
    expect(JSON.parse((await run("plan", folder, "--json")).out)).toMatchObject({ changes: [{ environment: "production", isSame: false }] });
  });

  test("into the flag's file and out of it again, saying the same, changes no one", async () => {
    commit({ "sluice.yaml": PROJECT + GUIDE, [FLAG]: head(), [PART]: part });
    save({ [FLAG]: head() + inside, [PART]: undefined });
    expect(await run("plan", folder, "--fail-on", "change")).toEqual({ code: 0, out: "No one changes.", said: "" });
    expect((await run("review", folder, "--base", "HEAD")).out).toContain("No one changes.");
    expect(await told()).toEqual([]);
    commit({});
    save({ [FLAG]: head(), [PART]: part });
    expect(await run("plan", folder, "--fail-on", "change")).toEqual({ code: 0, out: "No one changes.", said: "" });
    expect(await told("--base", "HEAD")).toEqual([]);
  });

  test("is looked at as it is staged, by itself", async () => {
    commit({ "sluice.yaml": PROJECT, [FLAG]: head(), [PART]: part });
    save({ [PART]: "default: onn\n" });
    git("add", "-A");
    save({ [PART]: part });
    expect(await told()).toEqual([]);
    expect(await told("--staged")).toEqual([`${PART}:1 flag/unknown-variant`]);
    git("rm", "-q", "--cached", FLAG);
    expect(await told("--staged")).toEqual([`${PART}:1 flag/part-of-nothing`]);
  });
});

describe("rules that compare with the state before", () => {
  test("know a flag by what it served, wherever that stood", async () => {
    commit({ "sluice.yaml": PROJECT + GUIDE, [FLAG]: head(), [PART]: part });
    const renamed = head().replace("site.photos", "site.pictures");
    save({ [FLAG]: undefined, [PART]: undefined, "flags/site/pictures.yaml": renamed + inside });
    expect(await told()).toEqual(["flags/site/pictures.yaml:1 key/immutable"]);
    commit({});
    save({
      "flags/site/pictures.yaml": undefined,
      "flags/site/images.yaml": head().replace("site.photos", "site.images"),
      "environments/production/site/images.yaml": part,
    });
    expect(await told()).toEqual(["flags/site/images.yaml:1 key/immutable"]);
  });

  test("know its type where only a part is newer than a commit without one", async () => {
    commit({ "sluice.yaml": PROJECT + GUIDE, [FLAG]: head(), [PART]: part });
    save({ [FLAG]: head().replace("type: boolean", "type: string\nvariants: { on: new, off: old }") });
    expect(await told()).toEqual([`${FLAG}:5 val/type-change`]);
  });
});

describe("rules of style", () => {
  const depth = (more: string): string => `${PROJECT}${GUIDE.replace("key/words: off", "key/words: off, val/prereq-depth: { warn: 1, max: 0 }")}${more}`;

  test("tell what a part brings where it stands there, and a comment in either file takes it back for the flag", async () => {
    const base = { "flags/site/maps.yaml": head().replaceAll("site.photos", "site.maps").replace("photos of a site on its map", "map of a site") };
    const waits = `# asked for by the board\n\nprerequisites:\n  - { flag: site.maps, serves: on }\n${part}`;
    commit({ "sluice.yaml": depth(""), ...base, [FLAG]: head(), [PART]: waits });
    expect(await told()).toEqual([`${PART}:4 val/prereq-depth`]);
    save({ [PART]: `# sluice-disable val/prereq-depth -- the map is on everywhere by May\n${waits}` });
    expect(await told()).toEqual([]);
    save({ [PART]: waits, [FLAG]: `# sluice-disable val/prereq-depth -- the map is on everywhere by May\n${head()}` });
    expect(await told()).toEqual([]);
    save({ [PART]: `# sluice-disable val/prereq-depth\n# sluice-disable meta/owner -- nobody\n${waits}`, [FLAG]: head() });
    expect(await told()).toEqual([`${PART}:1 style/disable-reason`, `${PART}:2 style/disable-unused`, `${PART}:6 val/prereq-depth`]);
  });

  test("of the company's own see the flag as one file would say it", async () => {
    const schema = "{ type: object, properties: { environments: { type: object, required: [production] } } }";
    const custom = `  custom: [{ id: custom/production, severity: warning, schema: ${schema}, message: Say what production serves., fix: Add it. }]\n`;
    commit({ "sluice.yaml": PROJECT + GUIDE + custom, [FLAG]: head(), [PART]: part });
    expect(await told()).toEqual([]);
    save({ [PART]: undefined });
    expect((await told()).map((line) => line.split(" ")[1])).toEqual(["custom/production"]);
  });

  test("are learnt from flags in either form alike, and mended in them", async () => {
    commit({ "sluice.yaml": PROJECT, [FLAG]: head(), [PART]: part });
    const apart = await run("style", "infer", folder);
    save({ [FLAG]: head() + inside, [PART]: undefined });
    expect(await run("style", "infer", folder)).toEqual(apart);
    save({
      "sluice.yaml": PROJECT + GUIDE,
      [FLAG]: head(),
      [PART]: part,
      "flags/site/PlanList.yaml": head().replace("site.photos", "site.PlanList").replace("Shows the photos of a site on its map", "Lists the plans of a site"),
      "environments/production/site/PlanList.yml": part,
    });
    expect((await told()).map((line) => line.split(" ")[1])).toContain("key/case");
    await run("validate", folder, "--fix");
    expect(readFileSync(join(folder, "environments/production/site/plan-list.yml"), "utf8")).toBe(part);
    expect(await told()).toEqual([]);
  });
});

describe("commands that write files", () => {
  test("put a part in order, keep its comments, and call a right one right", async () => {
    commit({
      "sluice.yaml": PROJECT,
      [FLAG]: head(),
      [PART]: "# The board's.\n\ndefault: off   \n\n\n# a quarter first\nrules:\n  - id: some\n    serve: on\n",
    });
    const { out } = await run("fmt", folder);
    expect(out.split("\n")[0]).toBe(`wrote  ${PART}`);
    expect(readFileSync(join(folder, PART), "utf8")).toBe("# The board's.\n\n# a quarter first\nrules:\n  - id: some\n    serve: on\ndefault: off\n");
    expect((await run("fmt", folder, "--check")).code).toBe(0);
  });

  test("give a new flag files for the environments that stand apart, with the line that editors read", async () => {
    const make = (key: string): ReturnType<typeof run> =>
      run("new", "flag", key, "--folder", folder, "--owner", "team-site", "--description", "Shows the plan of a site.");
    commit({ "sluice.yaml": PROJECT, [FLAG]: head(), [PART]: part });
    expect((await make("site.plans")).code).toBe(0);
    expect(readFileSync(join(folder, "environments/production/site/plans.yaml"), "utf8")).toBe("default: off\n");
    expect(readFileSync(join(folder, "flags/site/plans.yaml"), "utf8")).toMatch(/environments:\n {2}staging: \{ default: off \}\n$/);
    await run("schema", "--write", folder);
    save({
      "environments/staging/site/plans.yaml": "default: off\n",
      "flags/site/plans.yaml": undefined,
      "environments/production/site/plans.yaml": undefined,
    });
    expect((await make("site.plans")).code).toBe(1);
    save({
      "environments/staging/site/plans.yaml": undefined,
      "environments/staging/site/photos.yaml": "default: on\n",
      [FLAG]: head().replace(/environments:[\s\S]*/, "environments: {}\n"),
    });
    expect((await make("site.plans")).code).toBe(0);
    expect(readFileSync(join(folder, "flags/site/plans.yaml"), "utf8")).toMatch(/environments: \{\}\n$/);
    expect(readFileSync(join(folder, "environments/staging/site/plans.yaml"), "utf8")).toMatch(
      /^(?:# yaml-language-server: \$schema=\.\.\/\.\.\/\.\.\/\.sluice-schemas\/environment\.json\n)?default: off\n$/,
    );
    expect(await told()).toEqual([]);
  });

  test("leave the owners of folders of environments to people", async () => {
    commit({ "sluice.yaml": PROJECT, [FLAG]: head(), [PART]: part, CODEOWNERS: "/environments/production/ @acme/board\n" });
    expect((await run("codeowners", folder, "--write")).code).toBe(0);
    expect(readFileSync(join(folder, "CODEOWNERS"), "utf8")).toMatch(
      /^\/environments\/production\/ @acme\/board\n\n# sluice:begin.*\n\/flags\/ @acme\/site\n# sluice:end\n$/,
    );
  });
});
