import { describe, expect, test } from "vitest";
import { promoteText } from "./promote.ts";

const HEAD = "# Photos.\nkey: site.photos\nenvironments:\n";
const flow = { from: "staging", to: "production" };
const promoted = (body: string): unknown => promoteText("flags/site.photos.yaml", HEAD + body, flow);
const changed = (body: string): unknown => ({ outcome: "changed", text: HEAD + body });

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
    expect(promoteText("f.yaml", "key: a\nenvironments: { staging: { default: on } }\n", flow)).toEqual({
      outcome: "changed",
      text: "key: a\nenvironments: { staging: { default: on }, production: { default: on } }\n",
    });
  });

  test("Windows line ends and a byte-order mark stay", () => {
    const text = "\uFEFFkey: a\r\nenvironments:\r\n  staging:\r\n    default: on\r\ntype: boolean\r\n";
    expect(promoteText("f.yaml", text, flow)).toEqual({
      outcome: "changed",
      text: "\uFEFFkey: a\r\nenvironments:\r\n  staging:\r\n    default: on\r\n  production:\r\n    default: on\r\ntype: boolean\r\n",
    });
  });

  test("twice is once, and what cannot be done is told apart", () => {
    expect(promoted("  production: { default: on }\n  staging: { default: on }\n")).toMatchObject({ outcome: "same" });
    expect(promoted("  production: { default: on }\n")).toEqual({ outcome: "nothing" });
    expect(promoteText("f.yaml", "key: a\n", flow)).toEqual({ outcome: "nothing" });
    expect(promoteText("f.yaml", "key: [\n", flow)).toEqual({ outcome: "unread" });
  });
});
