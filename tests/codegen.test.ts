// Code that `sluice codegen` writes, given to the language's own tools: it compiles and answers, and a flag that is not there does not compile.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { environmentPython, findPython } from "../sdks/python/installation.ts";
import { compileJava, hasJava, javaClassPath } from "./sdk-java/toolchain.ts";
import { goCommand, goFolder, gofmtPath } from "./sdk-go/toolchain.ts";

const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "sluice-codegen-"));
const flags = join(folder, "flags-repository");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly status: number | null;
  readonly text: string;
}
function run(command: string, args: readonly string[], cwd = folder): Ended {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8", env: { ...process.env, GOFLAGS: "-mod=mod", GOTOOLCHAIN: "local" } });
  return { status, text: `${stdout}${stderr}` };
}
const codegen = (...args: readonly string[]): Ended => run(process.execPath, [join(root, "tools/sluice.mjs"), "codegen", ...args]);

/** What would end a comment, begin a tag, or be read as another character by one of the languages. */
const HOSTILE = String.raw`Ends */ no comment \u002a/ \user {@code x} @param <b> & é 🏗️`;
/** One flag of each type, with texts that must not end a literal or a comment. */
const MORE: Readonly<Record<string, string>> = {
  "lab.hostile-text": 'type: string\nvariants: { off: "a\\"b\\\\c\\nd 🏗️", loud: "*/ #{x} `y`" }\noff: off',
  "lab.ratio": "type: number\nvariants: { off: 0.25, high: -1e21 }\noff: off",
  "lab.going": "type: boolean\ntags: [deprecated]",
  // Names that the written code has itself.
  "boolean.flag": "type: boolean",
  "no.context": "type: boolean",
  "lab.layout": "type: object\nvariants: { off: { columns: 1 }, wide: { columns: 3 } }\noff: off",
};
function put(key: string, rest: string): void {
  const path = join(flags, "flags", `${key.replace(".", "/")}.yaml`);
  mkdirSync(dirname(path), { recursive: true });
  const text = `key: ${key}\ndescription: ${HOSTILE}\nkind: release\nowner: team-site\n${rest}\nenvironments: { production: { default: off } }\n`;
  writeFileSync(path, text);
}
beforeAll(() => {
  cpSync(join(root, "examples/shop-floor/flags-repository"), flags, { recursive: true });
  const project = join(flags, "sluice.yaml");
  // The style guide of the demo is not what this is about.
  writeFileSync(project, readFileSync(project, "utf8").replace(/^style:[\s\S]*?(?=^\S|(?![\s\S]))/m, ""));
  for (const [key, rest] of Object.entries(MORE)) put(key, rest);
});

describe("code for TypeScript, in a program of its own", () => {
  const application = join(folder, "typescript");
  const types = (name: string): readonly string[] => [join(root, ".build/types", name, "index.d.ts")];
  /** What the compiler says, by line: an empty text where it says nothing. */
  const compile = (imports: string, lines: readonly string[]): readonly string[] => {
    writeFileSync(join(application, "application.tsx"), `${imports}\n${lines.join("\n")}\n`);
    const { text } = run(join(root, "node_modules/.bin/tsc"), ["-p", application, "--pretty", "false"]);
    return lines.map((_line, at) => text.split("\n").find((said) => said.includes(`application.tsx(${at + 2},`)) ?? "");
  };
  const imports =
    'import { createClient } from "@sluice/node"; import { createClient as createPage, type BrowserClient } from "@sluice/browser"; import { Flag, useFlag, useFlagDetails } from "@sluice/react"; import { inMemoryClient } from "@sluice/react/testing"; import { inMemoryClient as onServer } from "@sluice/node/testing"; const server = createClient({ url: "", key: "" }); const page: BrowserClient = createPage({ url: "", environment: "" });';
  /** With a flag in each place that there is, and with one that is misspelt or of another type. */
  const asks = (boolean: string, text: string): readonly string[] => [
    `export const a: boolean = server.getBoolean(${boolean}, false, { targetingKey: "u" });`,
    `export const b: string = server.forRequest().getStringDetails(${text}, "plain").value;`,
    `export const c: readonly string[] = server.explain(${text});`,
    `server.track("export", {}, { flag: ${boolean} });`,
    `export const d: string = page.getString(${text}, "plain");`,
    `export const e: string | undefined = page.getDetails(${text})?.variant;`,
    `export const F = (): string => useFlag(${text}, "plain");`,
    `export const G = (): unknown => useFlagDetails(${boolean});`,
    `export const h = <Flag name=${boolean} fallback="off">on</Flag>;`,
    `export const j = inMemoryClient({ [${boolean}]: true }).getString(${text}, "plain");`,
    `export const k = onServer({ [${text}]: "plain" }).withFlag(${boolean}, true, () => 1);`,
    `export const i = <Flag name=${text} default="plain">{(shown) => shown.toUpperCase()}</Flag>;`,
  ];
  beforeAll(() => {
    mkdirSync(application, { recursive: true });
    for (const name of ["js-server", "react"]) run(join(root, "node_modules/.bin/tsc"), ["-b", join(root, "sdks", name)]);
    const compilerOptions = {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      jsx: "react-jsx",
      module: "preserve",
      target: "es2024",
      lib: ["es2024", "dom", "esnext.disposable"],
      types: [],
      paths: {
        "@sluice/node": types("js-server"),
        "@sluice/node/testing": [join(root, ".build/types/js-server/testing/index.d.ts")],
        "@sluice/browser": types("js-browser"),
        "@sluice/react": types("react"),
        "@sluice/react/testing": [join(root, ".build/types/react/testing/index.d.ts")],
        "react/jsx-runtime": [join(root, "node_modules/@types/react/jsx-runtime.d.ts")],
        react: [join(root, "node_modules/@types/react/index.d.ts")],
      },
    };
    writeFileSync(join(application, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["application.tsx", "flags.ts"] }));
    expect(codegen("ts", flags, "--out", join(application, "flags.ts"))).toMatchObject({ status: 0 });
  }, 240_000);

  test("lets clients, hooks and components of every SDK ask for flags that there are", () => {
    const right = asks('"diary.photo-pins"', '"diary.headline"');
    expect(compile(imports, right)).toEqual(right.map(() => ""));
    expect(run(join(root, "node_modules/.bin/tsc"), ["-p", application]).text).toBe("");
  });

  test("lets none of them ask for a misspelt flag, or for one of another type", () => {
    const misspelt = asks('"diary.photo-pin"', '"diary.headlin"');
    expect(compile(imports, misspelt)).toEqual(misspelt.map(() => expect.stringMatching(/error TS2\d{3}/)));
    const others = asks('"diary.headline"', '"diary.photo-pins"');
    // Whatever takes a flag of any type takes these.
    const isOfAnyType = (line: string): boolean => /explain|track|getDetails|useFlagDetails/.test(line);
    expect(compile(imports, others)).toEqual(others.map((line) => (isOfAnyType(line) ? "" : expect.stringMatching(/error TS2\d{3}/))));
  });

  test("is not needed: without it a key is any text", () => {
    const text = readFileSync(join(application, "tsconfig.json"), "utf8");
    writeFileSync(join(application, "tsconfig.json"), text.replace(',"flags.ts"', ""));
    const any = asks('"no.such-flag"', '"no.such-flag"');
    expect(compile(imports, any)).toEqual(any.map(() => ""));
    writeFileSync(join(application, "tsconfig.json"), text);
  });
});

if (goCommand === undefined) console.log("skipped: code for Go, because there is no Go toolchain on this machine.");
describe.skipIf(goCommand === undefined)("code for Go", () => {
  const application = join(folder, "application");
  const go = (...args: readonly string[]): Ended => run(goCommand ?? "go", args, application);
  const main = (asks: string): void =>
    writeFileSync(
      join(application, "main.go"),
      `package main\n\nimport (\n\t"fmt"\n\n\tsluice "github.com/sluice-flags/sluice-go"\n\t"example.com/application/flags"\n)\n\nfunc main() {\n\tclient := sluice.New(sluice.Options{URL: "http://127.0.0.1:1", Key: "k"})\n\tdefer client.Close()\n\tuser := sluice.NewContext("ada", nil)\n\t${asks}\n}\n`,
    );
  beforeAll(() => {
    mkdirSync(join(application, "flags"), { recursive: true });
    const version = /^go .*$/m.exec(readFileSync(join(goFolder, "go.mod"), "utf8"))?.[0] ?? "";
    const needs = "require github.com/sluice-flags/sluice-go v0.0.0\nreplace github.com/sluice-flags/sluice-go => ";
    writeFileSync(join(application, "go.mod"), `module example.com/application\n${version}\n${needs}${goFolder}\n`);
    expect(codegen("go", flags, "--out", join(application, "flags/flags.go"))).toMatchObject({ status: 0 });
  });

  test("is as gofmt writes it, passes vet, and answers the code's defaults where nothing was received", { timeout: 240_000 }, () => {
    expect(run(gofmtPath(), ["-l", application])).toEqual({ status: 0, text: "" });
    main(
      'fmt.Printf("%v %q %v %v\\n", flags.DiaryPhotoPins.In(client, user), flags.LabHostileText.In(client, user), flags.LabRatio.In(client, user), flags.LabLayout.In(client, user, 7))',
    );
    expect(go("vet", "./...")).toEqual({ status: 0, text: "" });
    expect(go("run", ".").text).toContain('false "a\\"b\\\\c\\nd 🏗️" 0.25 7\n');
  });

  test("does not compile where a flag is misspelt, or taken for another type", { timeout: 240_000 }, () => {
    main("fmt.Println(flags.DiaryPhotoPin.In(client, user))");
    expect(go("vet", ".")).toMatchObject({ status: 1, text: expect.stringContaining("undefined: flags.DiaryPhotoPin") });
    main("var n float64 = flags.DiaryPhotoPins.In(client, user)\n\tfmt.Println(n)");
    expect(go("vet", ".")).toMatchObject({ status: 1, text: expect.stringMatching(/cannot use .* as float64/) });
  });
});

const python = findPython();
if (python === undefined) console.log("skipped: code for Python, because there is no Python 3.10 or newer on this machine.");
describe.skipIf(python === undefined)("code for Python", () => {
  let inside = "";
  const mypy = (asks: string): Ended => {
    writeFileSync(
      join(folder, "application.py"),
      `import flags\nfrom sluice import Options, SluiceClient, create_client\n\n\ndef ask(client: SluiceClient) -> None:\n    ${asks}\n`,
    );
    return run(inside, ["-m", "mypy", "--strict", "application.py", "flags.py"]);
  };
  beforeAll(() => {
    inside = environmentPython(python ?? "python3");
    expect(codegen("python", flags, "--out", join(folder, "flags.py"))).toMatchObject({ status: 0 });
  }, 240_000);

  test("passes mypy's strict mode, and answers the code's defaults where nothing was received", () => {
    expect(mypy('on: bool = flags.DIARY_PHOTO_PINS.value(client, {"targetingKey": "ada"}); print(on)').text).toContain("Success: no issues found");
    const asks = "flags.DIARY_PHOTO_PINS.value(c), flags.LAB_HOSTILE_TEXT.value(c), flags.LAB_RATIO.value(c), flags.LAB_LAYOUT.value(c, 7)";
    const program = `import flags\nfrom sluice import create_client\nc = create_client(url="http://127.0.0.1:1", key="k")\nprint(ascii((${asks})))\nc.close()\n`;
    expect(run(inside, ["-c", program]).text).toContain(String.raw`(False, 'a"b\\c\nd \U0001f3d7\ufe0f', 0.25, 7)`);
  });

  test("is an error where a flag is misspelt, or taken for another type", () => {
    expect(mypy("flags.DIARY_PHOTO_PIN.value(client)").text).toContain('has no attribute "DIARY_PHOTO_PIN"');
    expect(mypy("n: str = flags.DIARY_PHOTO_PINS.value(client)").text).toMatch(/Incompatible types in assignment/);
  });
});

if (!hasJava) console.log("skipped: code for Java, because there is no JDK on this machine.");
describe.skipIf(!hasJava)("code for Java", () => {
  let sdk = "";
  const application = join(folder, "java");
  const out = join(application, "com/example/flags/Flags.java");
  /** Every warning is an error; what is asked stands in a main method. */
  const javac = (asks: string): Ended => {
    writeFileSync(
      join(application, "Main.java"),
      `import com.example.flags.Flags;\nimport io.github.sluiceflags.Context;\nimport io.github.sluiceflags.SluiceClient;\nimport io.github.sluiceflags.SluiceOptions;\n\nclass Main {\n  public static void main(String[] args) {\n    Context user = Context.of("ada");\n    try (SluiceClient client = SluiceClient.create(SluiceOptions.builder().url("http://127.0.0.1:1").key("k").build())) {\n      ${asks}\n    }\n  }\n}\n`,
    );
    return run("javac", [
      "--release",
      "17",
      "-encoding",
      "US-ASCII",
      "-Xlint:all",
      "-Werror",
      "-d",
      join(application, "classes"),
      ...javaClassPath(sdk),
      out,
      join(application, "Main.java"),
    ]);
  };
  beforeAll(async () => {
    sdk = await compileJava();
    mkdirSync(join(application, "com/example/flags"), { recursive: true });
    expect(codegen("java", flags, "--package", "com.example.flags", "--out", out)).toMatchObject({ status: 0 });
  }, 240_000);

  test("compiles without a warning, in ASCII, and answers the code's defaults where nothing was received", () => {
    const asks =
      'System.out.println(Flags.DIARY_PHOTO_PINS.in(client, user) + "|" + Flags.LAB_HOSTILE_TEXT.in(client, user).startsWith("a\\"b\\\\c\\nd ") + "|" + Flags.LAB_RATIO.in(client, user) + "|" + Flags.LAB_LAYOUT.in(client, user, 7));';
    expect(javac(asks)).toEqual({ status: 0, text: "" });
    expect(run("java", ["-XX:TieredStopAtLevel=1", ...javaClassPath(join(application, "classes"), sdk), "Main"]).text).toMatch(/^false\|true\|0\.25\|7$/m);
  });

  test("does not compile where a flag is misspelt, is taken for another type, or is to go", () => {
    expect(javac("Flags.DIARY_PHOTO_PIN.in(client, user);")).toMatchObject({ status: 1, text: expect.stringContaining("cannot find symbol") });
    expect(javac("double n = Flags.DIARY_PHOTO_PINS.in(client, user);")).toMatchObject({
      status: 1,
      text: expect.stringContaining("cannot be converted to double"),
    });
    expect(javac("Flags.LAB_GOING.in(client, user);")).toMatchObject({ status: 1, text: expect.stringContaining("LAB_GOING in Flags has been deprecated") });
  });

  test("is checked in a pipeline, and a package that Java does not have is refused", () => {
    expect(codegen("java", flags, "--package", "com.example.flags", "--out", out, "--check")).toMatchObject({ status: 0 });
    expect(codegen("java", flags, "--package", "com.example.other", "--out", out, "--check")).toMatchObject({ status: 1 });
    for (const name of ["com.example.class", "Com.example", "com..x", "9a", "new"])
      expect(codegen("java", flags, "--package", name, "--out", join(folder, "x.java")), name).toMatchObject({ status: 2 });
  });
});

test("two flags that one name would stand for are named, and nothing is written", () => {
  const other = join(folder, "two");
  mkdirSync(join(other, "flags"), { recursive: true });
  writeFileSync(join(other, "sluice.yaml"), 'project: p\nenvironments: { production: {} }\nkeys: "[a-z._-]+"\n');
  for (const key of ["a.b-c", "a.b_c"])
    writeFileSync(
      join(other, "flags", `${key}.yaml`),
      `key: ${key}\ndescription: A.\nkind: release\nowner: team-x\ntype: boolean\nenvironments: { production: { default: off } }\n`,
    );
  const out = join(folder, "two.py");
  const said = codegen("python", other, "--out", out);
  expect([said.status, existsSync(out)]).toEqual([1, false]);
  expect(said.text).toContain("a.b-c and a.b_c would both be called A_B_C.");
  expect(codegen("go", flags, "--out", join(folder, "x.go"), "--package", "func")).toMatchObject({ status: 2 });
});
