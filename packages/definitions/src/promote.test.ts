import { describe, expect, test } from "vitest";
import { flagFilesIn, promoteFlag } from "./index.ts";

const HEAD = "# Photos.\nkey: site.photos\nenvironments:\n";
const flow = { from: "staging", to: "production" };
const PATH = "flags/site.photos.yaml";
const promote = (texts: Readonly<Record<string, string>>): unknown => {
  const done = promoteFlag(flagFilesIn(new Map(Object.entries(texts)))(PATH), flow);
  return "texts" in done ? { ...done, texts: Object.fromEntries(done.texts) } : done;
};
const promoted = (body: string): unknown => promote({ [PATH]: HEAD + body });
const changed = (body: string): unknown => ({ outcome: "changed", texts: { [PATH]: HEAD + body } });

describe("what one environment says, said in another too", () => {
  test("rules come over as they are written, comments between them and all, and nothing else moves", () => {
    const staging =
      "  staging:\n    rules:\n      # our own people first\n      - id: staff\n        if: { email: { endsWith: '@example.com' } }   # by mail\n        serve: on\n    default: off";
    expect(promoted(`  production:\n    default: off # nobody yet\n\n${staging}\n# the end\n`)).toEqual(
      changed(`  production:${staging.slice("  staging:".length)}\n\n${staging}\n# the end\n`),
    );
  });

  test("an environment that the file does not have is put behind the other, in its style", () => {
    expect(promoted("  staging: { default: on }\n  test: { default: on }\ntags: [a]\n")).toEqual(
      changed("  staging: { default: on }\n  production: { default: on }\n  test: { default: on }\ntags: [a]\n"),
    );
    expect(promoted("  staging:\n    default: on\n")).toEqual(changed("  staging:\n    default: on\n  production:\n    default: on\n"));
    expect(promote({ [PATH]: "key: a\nenvironments: { staging: { default: on } }\n" })).toEqual({
      outcome: "changed",
      texts: { [PATH]: "key: a\nenvironments: { staging: { default: on }, production: { default: on } }\n" },
    });
  });

  test("Windows line ends and a byte-order mark stay", () => {
    const text = "\uFEFFkey: a\r\nenvironments:\r\n  staging:\r\n    default: on\r\ntype: boolean\r\n";
    expect(promote({ [PATH]: text })).toEqual({
      outcome: "changed",
      texts: { [PATH]: "\uFEFFkey: a\r\nenvironments:\r\n  staging:\r\n    default: on\r\n  production:\r\n    default: on\r\ntype: boolean\r\n" },
    });
  });

  test("twice is once, and what cannot be done is told apart", () => {
    expect(promoted("  production: { default: on }\n  staging: { default: on }\n")).toMatchObject({ outcome: "same" });
    expect(promoted("  production: { default: on }\n")).toEqual({ outcome: "nothing" });
    expect(promote({ [PATH]: "key: a\n" })).toEqual({ outcome: "nothing" });
    expect(promote({ [PATH]: "key: [\n" })).toEqual({ outcome: "unread", path: PATH });
  });
});

describe("environments in files of their own", () => {
  const [STAGING, PRODUCTION] = ["environments/staging/site.photos.yaml", "environments/production/site.photos.yaml"] as const;
  const alone = "key: site.photos\nenvironments: {}\n";
  const said = "rules:\n  # our own people first\n  - id: staff\n    if: { email: { endsWith: '@example.com' } }   # by mail\n    serve: on\ndefault: off";
  const inside = said.replaceAll(/^/gm, "    ");

  test("what one says comes into the other's, and the top of that file stays", () => {
    expect(promote({ [PATH]: alone, [STAGING]: `# staging's\n\n${said}\n`, [PRODUCTION]: "# Asked of the board.\n\ndefault: off # nobody\n# end\n" })).toEqual({
      outcome: "changed",
      texts: { [PRODUCTION]: `# Asked of the board.\n\n${said}\n# end\n` },
    });
    expect(promote({ [PATH]: alone, [STAGING]: `${said}\n`, [PRODUCTION]: `${said}\n` })).toMatchObject({ outcome: "same" });
  });

  test("one that the flag does not have becomes a file where the other is one, or where other flags have one for it", () => {
    expect(promote({ [PATH]: alone, [STAGING]: `${said}\n` })).toEqual({ outcome: "changed", texts: { [PRODUCTION]: `${said}\n` } });
    const others = { "environments/production/site.maps.yaml": "default: off\n" };
    expect(promote({ [PATH]: `${HEAD}  staging:\n${inside}\n`, ...others })).toEqual({ outcome: "changed", texts: { [PRODUCTION]: `${said}\n` } });
    expect(promote({ [PATH]: `${HEAD}  staging: { default: on }\n`, ...others })).toEqual({ outcome: "changed", texts: { [PRODUCTION]: "default: on\n" } });
  });

  test("comments go from a file into the map of the other, and back", () => {
    expect(promote({ [PATH]: `${HEAD}  production:\n    default: off\ntags: [a]\n`, [STAGING]: `${said}\n` })).toEqual({
      outcome: "changed",
      texts: { [PATH]: `${HEAD}  production:\n${inside}\ntags: [a]\n` },
    });
    expect(promote({ [PATH]: `${HEAD}  staging:   # as tried\n${inside}\n`, [PRODUCTION]: "default: off\r\n" })).toEqual({
      outcome: "changed",
      texts: { [PRODUCTION]: `# as tried\n${said}\n`.replaceAll("\n", "\r\n") },
    });
  });

  test("what is said twice, or cannot be read, is named by its file and not touched", () => {
    expect(promote({ [PATH]: `${HEAD}  staging: { default: on }\n`, [STAGING]: "default: off\n" })).toEqual({ outcome: "twice", path: STAGING });
    expect(promote({ [PATH]: `${HEAD}  staging: { default: on }\n  production: { default: off }\n`, [PRODUCTION]: "default: off\n" })).toEqual({
      outcome: "twice",
      path: PRODUCTION,
    });
    expect(promote({ [PATH]: alone, [STAGING]: "default: on\n", [PRODUCTION]: "default: [\n" })).toEqual({ outcome: "unread", path: PRODUCTION });
    expect(promote({ [PATH]: alone, [STAGING]: "" })).toEqual({ outcome: "unread", path: STAGING });
  });
});
