import type { EditBody } from "@sluice/contract";
import type { JsonValue } from "@sluice/evaluation";
import { afterAll, expect, test } from "vitest";
import { parse } from "yaml";
import { type Said, vectorProjects } from "../../../../conformance/diagnostics/vectors.ts";
import { GitOffice } from "../testing/git-office.ts";
import { closeOffices } from "../testing/office.ts";

const made: GitOffice[] = [];
afterAll(async () => {
  await closeOffices();
  for (const one of made) one.remove();
});

interface Flag {
  readonly key: unknown;
  readonly description: unknown;
  readonly owner: unknown;
  readonly expires: unknown;
  readonly environments: Readonly<Record<string, { readonly default: unknown; readonly rules?: readonly Readonly<Record<string, JsonValue>>[] }>>;
}
const FLAG = "v.n000";
const differs = (a: unknown, b: unknown): boolean => JSON.stringify(a) !== JSON.stringify(b);

/** The change by which a person would make this mistake in the console; undefined for one that its fields cannot hold. */
function editOf(good: Flag, bad: Flag): EditBody | undefined {
  const facts = (["description", "owner", "expires"] as const).filter((name) => differs(good[name], bad[name]));
  const environments = Object.keys(good.environments).filter((name) => differs(good.environments[name], bad.environments?.[name]));
  const [fact, environment] = [facts[0], environments[0]];
  const rest = { ...bad, ...Object.fromEntries([...facts, "environments"].map((name) => [name, good[name as keyof Flag]])) };
  if (differs(rest, good) || facts.length + environments.length !== 1) return undefined;
  if (fact !== undefined) {
    const value = bad[fact];
    return typeof value === "string" && (fact !== "expires" || /^\d{4}-\d{2}-\d{2}$/.test(value))
      ? { kind: "facts", flag: FLAG, set: { [fact]: value } }
      : undefined;
  }
  const [was, is] = [good.environments[environment ?? ""], bad.environments[environment ?? ""]];
  if (is === undefined || environment === undefined || differs({ ...was, default: 0, rules: 0 }, { ...is, default: 0, rules: 0 })) return undefined;
  const more = typeof is.default === "string" && differs(was?.default, is.default) ? { default: is.default } : undefined;
  if (more !== undefined) return differs(was?.rules, is.rules) ? undefined : { kind: "serving", flag: FLAG, environment, ...more };
  const rules = (is.rules ?? []).map(({ serve = null, ...rule }) => ({ ...rule, serve }));
  const isRule = (is.rules ?? []).every(
    ({ id = "", serve, ...rule }) => serve !== undefined && typeof id === "string" && Object.keys(rule).every((name) => name === "if"),
  );
  return isRule && differs(was?.rules, is.rules) ? { kind: "serving", flag: FLAG, environment, rules } : undefined;
}

/** YAML that this parser cannot read is nothing that the console could be given. */
function flagOf(text: string): Flag | undefined {
  try {
    return parse(text) as Flag;
  } catch {
    return undefined;
  }
}

test("a change that would bring a mistake is refused in the words that a commit of it is told in", { timeout: 240_000 }, async () => {
  const asked = new Map<string, number>();
  for (const { files, base, said } of vectorProjects().filter((project) => project.base !== "")) {
    const good = flagOf(base);
    if (good === undefined) throw new Error("the good flag is no YAML");
    const right = [...files].filter(([path]) => !said.some(({ file }) => file === path));
    const git = new GitOffice({ ...Object.fromEntries(right), "flags/v/n000.yaml": base });
    made.push(git);
    await git.start();
    for (const one of said) {
      const bad = flagOf(files.get(one.file) ?? "");
      const own = one.file.replace(/^flags\/v\/n(\d+)\.yaml$/, "$1");
      const edit = bad && editOf(good, { ...bad, ...(bad.key === `v.n${own}` ? { key: FLAG } : {}) });
      const before = asked.get(one.code) ?? 0;
      // Each costs a look at Git: two of a kind say what ten would.
      if (edit === undefined || before >= 2) continue;
      const { refusals, warnings } = await git.preview("engineer", [edit]);
      const words = ({ code, severity, message }: Pick<Said, "code" | "severity" | "message">): unknown => [code, severity, message.replaceAll(own, "000")];
      expect(
        (one.severity === "error" ? refusals : warnings).map((told) =>
          words({ code: told.code ?? "", severity: told.severity ?? "error", message: told.message }),
        ),
      ).toContainEqual(words(one));
      if (one.severity === "error") expect(refusals).toHaveLength(1);
      asked.set(one.code, before + 1);
    }
    expect(git.branches).toEqual(["main"]);
  }
  expect(asked.size).toBeGreaterThan(12);
});
