import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createProgram, runProgram } from "../program.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "sluice-validate-"));
  git("init", "-q", "-b", "main");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function git(...args: readonly string[]): string {
  const who = ["-c", "user.name=Marta Kowalska", "-c", "user.email=12+mkowalska@example.com", "-c", "commit.gpgsign=false"];
  const result = spawnSync("git", ["-C", root, ...who, ...args], { encoding: "utf8" });
  if (result.status !== 0) throw new Error(result.stderr);
  return result.stdout;
}

const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const commit = (subject: string): void => {
  git("add", "-A");
  git("commit", "-q", "-m", subject);
};

const project =
  "project: p\nenvironments: { production: {} }\nteams: { team-billing: {} }\nstyle:\n  extends: recommended\n  rules: { life/expired: off, life/expires: off }\n";
const flag = (key: string, more = ""): string =>
  `# A comment that stays.\nkey:   ${key}   # and this one\ndescription: Lets an accountant export invoices as CSV.\nkind: release\nowner: team-billing\ntype: boolean\nenvironments: { production: { default: off } }\n${more}`;

async function run(...argv: readonly string[]): Promise<{ readonly code: number; readonly text: string; readonly json: () => unknown }> {
  const out: string[] = [];
  const take = (line: string): void => void out.push(line);
  const terminal = { out: take, say: take, json: (value: unknown) => take(JSON.stringify(value)), colour: false };
  const code = await runProgram(createProgram(terminal, []), ["validate", join(root, "flags-repo"), ...argv], terminal);
  process.exitCode = undefined;
  return { code, text: out.join("\n"), json: () => JSON.parse(out.join("\n")) as unknown };
}
interface Report {
  readonly diagnostics: readonly { readonly code: string; readonly file: string }[];
}
interface Sarif {
  readonly runs: readonly [
    {
      readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
      readonly results: readonly {
        readonly ruleId: string;
        readonly ruleIndex: number;
        readonly locations: readonly { readonly physicalLocation: unknown }[];
      }[];
    },
  ];
}
const codes = async (...argv: readonly string[]): Promise<readonly string[]> =>
  ((await run("--json", ...argv)).json() as Report).diagnostics.map(({ code, file }) => `${code} ${file}`);

describe("sluice validate in a Git repository", () => {
  beforeEach(() => {
    write("flags-repo/sluice.yaml", project);
    write("flags-repo/flags/billing/invoice-export.yaml", flag("billing.invoice-export"));
    write("flags-repo/flags/billing/old_one.yaml", flag("billing.old_one"));
    write("flags-repo/flags/billing/letters-sent.yaml", flag("billing.letters-sent"));
    commit("three flags");
    git("rm", "-q", "flags-repo/flags/billing/letters-sent.yaml");
    commit("two flags");
  });

  test("a new flag is renamed by --fix, an older one is not, and every other byte stays", async () => {
    write("flags-repo/flags/billing/InvoiceMail.yaml", flag("billing.InvoiceMail"));
    expect(await codes()).toContain("key/case flags/billing/InvoiceMail.yaml");
    const { code, text } = await run("--fix");
    expect(text).toContain("mended  1 place");
    expect(code).toBe(1);
    expect(existsSync(join(root, "flags-repo/flags/billing/InvoiceMail.yaml"))).toBe(false);
    expect(read("flags-repo/flags/billing/invoice-mail.yaml")).toBe(flag("billing.invoice-mail"));
    expect(read("flags-repo/flags/billing/old_one.yaml")).toBe(flag("billing.old_one"));
    expect(text).toContain("Add billing.old-one beside it");
  });

  test("a key that was removed is not used again, and what is in the base commit is not new", async () => {
    write("flags-repo/flags/billing/letters-sent.yaml", flag("billing.letters-sent"));
    expect(await codes()).toContain("key/never-reused flags/billing/letters-sent.yaml");
    expect(await codes("--base", "HEAD~1")).not.toContain("key/never-reused flags/billing/letters-sent.yaml");
  });

  test("a key that changes in place, a type that changes and a committer's name are noticed", async () => {
    write("flags-repo/flags/billing/invoice-export.yaml", flag("billing.csv-export"));
    write("flags-repo/flags/billing/old_one.yaml", flag("billing.old_one").replace("type: boolean", "type: string\nvariants: { on: a, off: b }"));
    write("flags-repo/flags/billing/letters-mkowalska.yaml", flag("billing.letters-mkowalska"));
    const found = await codes();
    expect(found).toContain("key/immutable flags/billing/invoice-export.yaml");
    expect(found).toContain("val/type-change flags/billing/old_one.yaml");
    expect(found).toContain("key/no-person flags/billing/letters-mkowalska.yaml");
  });

  test("the baseline turns errors into warnings, is made smaller by --fix, and may not grow", async () => {
    write("flags-repo/style-baseline.yaml", "key/case:\n  - billing.gone\n  - billing.old_one\n");
    commit("a baseline");
    expect((await run()).code).toBe(0);
    expect((await run("--fix")).code).toBe(0);
    expect(read("flags-repo/style-baseline.yaml")).toMatch(/^# .*\nkey\/case:\n {2}- billing\.old_one\n$/);
    write("flags-repo/flags/billing/new_one.yaml", flag("billing.new_one"));
    write("flags-repo/style-baseline.yaml", "key/case:\n  - billing.new_one\n  - billing.old_one\n");
    expect(await codes()).toContain("style/baseline-grown style-baseline.yaml");
  });

  test("a base that Git does not know is an answer, not a stack", async () => {
    expect(await run("--base", "origin/nowhere")).toMatchObject({ code: 2, text: expect.stringContaining("Git knows no commit origin/nowhere") });
  });

  test("SARIF, GitHub commands and GitLab's report name paths from the repository's root", async () => {
    const sarif = (await run("--format", "sarif")).json() as Sarif;
    expect(sarif).toMatchObject({ version: "2.1.0", runs: [{ tool: { driver: { name: "sluice" } } }] });
    const result = sarif.runs[0].results.find(({ ruleId }) => ruleId === "key/case");
    expect(sarif.runs[0].tool.driver.rules[result?.ruleIndex ?? -1]?.id).toBe("key/case");
    expect(result?.locations[0]?.physicalLocation).toEqual({
      artifactLocation: { uri: "flags-repo/flags/billing/old_one.yaml" },
      region: { startLine: 2, startColumn: 8, endLine: 2, endColumn: 23 },
    });
    const github = (await run("--format", "github")).text.split("\n").find((line) => line.includes("key/case"));
    expect(github).toMatch(/^::error file=flags-repo\/flags\/billing\/old_one\.yaml,line=2,col=8,endLine=2,endColumn=23,title=key\/case::The key /);
    const quality = (await run("--format", "code-quality")).json() as readonly { readonly fingerprint: string }[];
    expect(quality).toContainEqual(
      expect.objectContaining({
        check_name: "key/case",
        severity: "major",
        location: { path: "flags-repo/flags/billing/old_one.yaml", lines: { begin: 2, end: 2 } },
      }),
    );
    expect(new Set(quality.map(({ fingerprint }) => fingerprint)).size).toBe(quality.length);
  });

  test("a file of Windows keeps its mark and its line ends when a field is put in", async () => {
    write("flags-repo/sluice.yaml", project.replace(", life/expires: off", ""));
    const windows = `\uFEFF${flag("billing.invoice-export").replace("kind", "created: 2026-11-02\nkind").replaceAll("\n", "\r\n")}`;
    write("flags-repo/flags/billing/invoice-export.yaml", windows);
    await run("--fix");
    expect(read("flags-repo/flags/billing/invoice-export.yaml")).toBe(
      windows.replace("created: 2026-11-02\r\n", "created: 2026-11-02\r\nexpires: 2027-01-01\r\n"),
    );
  });
});

describe("sluice validate outside Git", () => {
  test("does without what Git knows", async () => {
    rmSync(join(root, ".git"), { recursive: true });
    write("flags-repo/sluice.yaml", project);
    write("flags-repo/flags/billing/letters-mkowalska.yaml", flag("billing.letters-mkowalska"));
    expect(await run()).toMatchObject({ code: 0 });
  });
});
