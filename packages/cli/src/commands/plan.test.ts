import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createProgram, runProgram } from "../program.ts";
import { runCommand, runHere } from "../testing/command-run.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-plan-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function put(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

const flag = (plans: string): string =>
  `key: export\ndescription: Exports.\nkind: release\nowner: team-x\ntype: boolean\nenvironments: { production: { rules: [{ id: paying, if: { plan: { in: [${plans}] } }, serve: on }], default: off } }\n`;

beforeAll(() => {
  put("flags-of-us/sluice.yaml", "project: p\nenvironments: { production: {} }\n");
  put("flags-of-us/flags/export.yaml", flag("pro"));
  const git = (...args: readonly string[]): unknown => spawnSync("git", ["-C", folder, "-c", "user.name=M", "-c", "user.email=m@example.com", ...args]);
  git("init", "-q");
  git("add", "-A");
  git("commit", "-q", "-m", "flags");
  put("everybody.json", JSON.stringify([{ name: "Canary AG", plan: "team" }, { name: "Beta", plan: "pro" }, { plan: "free" }]));
});

async function run(...more: readonly string[]): Promise<{ readonly code: number; readonly out: string }> {
  const out: string[] = [];
  const take = (line: string): void => void out.push(line);
  const terminal = { out: take, say: take, json: (value: unknown) => take(JSON.stringify(value)), colour: false };
  const code = await runProgram(createProgram(terminal, []), ["plan", join(folder, "flags-of-us"), ...more], terminal);
  const ended = process.exitCode === undefined ? code : Number(process.exitCode);
  process.exitCode = undefined;
  return { code: ended, out: out.join("\n") };
}
const counted = ["--contexts", join(folder, "everybody.json")];

test("the same files change no one", async () => {
  expect(await run("--fail-on", "change")).toEqual({ code: 0, out: "No one changes." });
});

test("more people are counted without their names, wait for a person, and can fail a build", async () => {
  put("flags-of-us/flags/export.yaml", flag("pro, team"));
  const text = await run(...counted, "--fail-on", "waits");
  expect(text.code).toBe(1);
  expect(text.out.split("\n")).toEqual([
    "export in production: 1 of 3 would get something else: 1 on.",
    "    Waits for a person to decide.",
    "    More may get on by the rule paying.",
    `Counted over the 3 contexts of ${counted[1] ?? ""}; what people have decided is not in it.`,
  ]);
  const markdown = await run(...counted, "--format", "markdown");
  expect([markdown.code, markdown.out.split("\n")[0]]).toEqual([0, "- **`export`** in production: 1 of 3 would get something else: 1 on."]);
  const json = await run(...counted, "--json");
  expect(JSON.parse(json.out)).toMatchObject({ counted: 3, changes: [{ flag: "export", counts: { asked: 3, changes: 1, gets: [["on", 1]] } }] });
  for (const { out } of [text, markdown, json]) expect(out).not.toMatch(/Canary|Beta/);
});

test("where nobody is counted it goes by the rules, and says so", async () => {
  const { code, out } = await run();
  expect([code, out]).toEqual([0, expect.stringContaining("Nobody was counted: this is by the flags' rules.")]);
});

test("a server that is named is asked with the files that differ, and its counts are said with holds, the page and what they rest on", async () => {
  put("flags-of-us/flags/export.yaml", flag("pro, team"));
  const change = { environment: "production", flag: "export", how: "changes", isSame: false, waits: ["More may get on by the rule paying."], notes: [] };
  const counts = { asked: 412, changes: 38, onHold: 4, gets: [["on", 38]] };
  const plan = { commit: "c1", customers: 412, broken: [], changes: [{ ...change, counts, page: "/#/home" }] };
  const { sent, out, code } = await runCommand(["plan", join(folder, "flags-of-us"), "--fail-on", "waits"], () => ({ body: plan }));
  process.exitCode = undefined;
  expect(code).toBe(1);
  expect(sent).toEqual([{ method: "POST", url: "/api/plan", body: { files: { "flags/export.yaml": flag("pro, team") } } }]);
  expect(out.replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, "https://flags.example").split("\n")).toEqual([
    "export in production: 38 of 412 would get something else: 38 on. 4 of them are on hold.",
    "    Waits for a person to decide.",
    "    More may get on by the rule paying.",
    "    https://flags.example/#/home",
    "Counted over the 412 customers of https://flags.example, by their key alone: what is not known of them is named.",
  ]);
});

test("attributes that the server does not know of its customers are named, and no text of a file becomes a link", async () => {
  put("flags-of-us/flags/export.yaml", flag("pro, team"));
  const change = { environment: "production", flag: "export", how: "changes", isSame: false, waits: [], notes: [], page: "/#/home" };
  const answer = (counts: object) => () => ({ body: { customers: 412, broken: [], changes: [{ ...change, counts: { asked: 412, onHold: 0, ...counts } }] } });
  const none = await runCommand(["plan", join(folder, "flags-of-us")], answer({ changes: 0, gets: [], unknown: ["plan", "targetingKey"] }));
  expect(none.out.split("\n")[0]).toBe(
    "export in production: none of the 412 asked would get anything else by their key alone. More may: it goes by plan and the user too, which are not known of customers.",
  );
  const some = await runCommand(
    ["plan", join(folder, "flags-of-us"), "--format", "markdown"],
    answer({ changes: 1, gets: [["[free](http://evil.example) @everyone", 1]], unknown: ["plan"] }),
  );
  expect(some.out.split("\n")[0]).toBe(
    "- **`export`** in production: 1 of 412 would get something else: 1 \\[free\\](http://evil.example) @\u200beveryone. More may: it goes by plan too, which is not known of customers.",
  );
});

test("a change of sluice.yaml that changes who decides is not called no change", async () => {
  put("flags-of-us/flags/export.yaml", flag("pro"));
  put("flags-of-us/sluice.yaml", "project: p\nenvironments: { production: { decidedByPeople: false } }\n");
  const said = ["In production merges decide from now on who gets a release, and no longer people.", "No flag says anything else."];
  expect(await run("--fail-on", "change")).toEqual({ code: 1, out: said.join("\n") });
  expect(JSON.parse((await run("--json")).out)).toMatchObject({ changes: [], project: [said[0]] });
  put("flags-of-us/sluice.yaml", "project: p\nenvironments: { production: {} }\n");
});

test("a project in a folder called flags is compared with itself, and a branch with what it began from", async () => {
  const home = mkdtempSync(join(tmpdir(), "sluice-plan-"));
  const project = join(home, "flags");
  const git = (...args: readonly string[]): unknown => spawnSync("git", ["-C", home, "-c", "user.name=M", "-c", "user.email=m@example.com", ...args]);
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), text);
  };
  const commit = (): unknown => [git("add", "-A"), git("commit", "-q", "-m", "flags")];
  const planned = async (...more: readonly string[]): Promise<string> => (await runHere(["plan", project, ...more])).out;
  const other = flag("pro").replace("key: export", "key: other");
  git("init", "-q", "-b", "main");
  expect((await runHere(["plan", project])).said).toMatch(/There is no folder/);
  write("sluice.yaml", "project: p\nenvironments: { production: {} }\n");
  write("flags/export.yaml", flag("pro"));
  write("flags/other.yaml", other);
  expect((await runHere(["plan", project])).said).toMatch(/Git knows no commit HEAD here\.\s+Commit what is served now/);
  commit();
  expect(await planned()).toBe("No one changes.");
  git("checkout", "-q", "-b", "mine");
  write("flags/export.yaml", flag("pro, team"));
  commit();
  git("checkout", "-q", "main");
  write("flags/other.yaml", other.replace("[pro]", "[pro, free]"));
  write("flags/third.yaml", flag("pro").replace("key: export", "key: third"));
  commit();
  git("checkout", "-q", "mine");
  // What others have merged since is neither taken back nor gone.
  expect((await planned("--base", "main")).split("\n").slice(0, -1)).toEqual([
    "export in production: who gets what may change.",
    "    Waits for a person to decide.",
    "    More may get on by the rule paying.",
  ]);
  rmSync(home, { recursive: true, force: true });
});

test("a server that knows no customer yet has counted nobody, and does not say that none would change", async () => {
  put("flags-of-us/flags/export.yaml", flag("pro, team"));
  const change = { environment: "production", flag: "export", how: "changes", isSame: false, waits: [], notes: [], page: "/#/flag" };
  const counts = { asked: 0, changes: 0, onHold: 0, gets: [], unknown: ["plan"] };
  const { out } = await runCommand(["plan", join(folder, "flags-of-us")], () => ({ body: { customers: 0, broken: [], changes: [{ ...change, counts }] } }));
  expect(out).toContain("export in production: who gets what may change.");
  expect(out).toMatch(/\nNobody was counted: http:\S+ knows no customer yet/);
});

test("a server that refuses is no reason to go on without it", async () => {
  const { out, said, code } = await runCommand(["plan", join(folder, "flags-of-us")], () => ({
    status: 401,
    body: { error: { code: "notSignedIn", message: "Nobody is signed in.", fix: "Sign in." } },
  }));
  expect([code, out]).toEqual([1, ""]);
  expect(said).toContain("Nobody is signed in.");
});

test("a commit that Git does not know and files with mistakes are refused with what to do", async () => {
  expect(await run("--base", "nowhere")).toMatchObject({ code: 2, out: expect.stringContaining("git fetch") });
  put("flags-of-us/flags/export.yaml", flag("pro").replace("serve: on", "serve: onn"));
  expect(await run()).toMatchObject({ code: 1, out: expect.stringContaining('The flag has no variant "onn"') });
});
