import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson } from "@sluice/evaluation";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FLAG_FIELDS } from "./flag-file.ts";
import { formatFile } from "./format-file.ts";
import { initFiles, lowerFlag, lowerSegment, parseProject } from "./index.ts";

const FLAG = `# yaml-language-server: $schema=../x.json
# Owned by the people of billing.

# It serves nobody yet.
off: off
variants: { on: true, off: false }   # as usual
key: a
   # indented: still of the key
# Until the ledger is there.
kind: release


description: |
  Two lines,

  kept with spaces   
type: boolean
owner: team-x  
zz: 1
environments:
  # Nobody in production.
  production: { default: off }

# The end.
`;

test("fields come into their order, each with the comments above it, and everything else stays", () => {
  expect(formatFile("flags/a.yaml", FLAG)).toEqual({
    outcome: "changed",
    text: `# yaml-language-server: $schema=../x.json
# Owned by the people of billing.

key: a
   # indented: still of the key

description: |
  Two lines,

  kept with spaces   
# Until the ledger is there.
kind: release
owner: team-x
type: boolean
variants: { on: true, off: false }   # as usual
# It serves nobody yet.
off: off
environments:
  # Nobody in production.
  production: { default: off }
zz: 1

# The end.
`,
  });
});

test("a file that cannot be put in order is left as it is, and said to be so", () => {
  for (const text of ["key: [\n", "- a\n", "", "{ key: a, kind: release }\n", "---\nkey: a\n", "kind: a\nkind: b\n"])
    expect(formatFile("flags/a.yaml", text)).toEqual({ text, outcome: "unread" });
});

test("Windows line ends stay, and what ends without one gets one", () => {
  expect(formatFile("segments/s.yaml", "if: { a: { equals: b } }\r\nkey: s").text).toBe("key: s\r\nif: { a: { equals: b } }\r\n");
});

const comments = (text: string): readonly string[] => (text.match(/#.*$/gm) ?? []).map((line) => line.trimEnd()).sort();

const COMPLETE = ["fixtures/complete", "../../examples/shop-floor/flags-repository"].map((folder) => join(import.meta.dirname, "..", folder));

function filesOf(root: string): ReadonlyMap<string, string> {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && entry.name.endsWith(".yaml"));
  return new Map(entries.map((entry) => [join(entry.parentPath, entry.name).slice(root.length + 1), readFileSync(join(entry.parentPath, entry.name), "utf8")]));
}

/** What is served, as one text. */
function served(files: ReadonlyMap<string, string>): string {
  const parsed = parseProject({ files });
  const flags = [...parsed.flags].map(([key, flag]) => [key, ...[...flag.environments].map((environment) => lowerFlag(flag, environment) ?? null)]);
  return canonicalJson(JSON.parse(JSON.stringify([flags, [...parsed.segments].map(([key, segment]) => [key, lowerSegment(segment)])])));
}

test.each(COMPLETE)("all that %s serves is the same, every comment is kept, and formatting twice changes nothing", (root) => {
  const files = filesOf(root);
  const formatted = new Map([...files].map(([path, text]) => [path, formatFile(path, text).text]));
  expect(served(formatted)).toBe(served(files));
  for (const [path, text] of formatted) {
    expect(comments(text), path).toEqual(comments(files.get(path) ?? ""));
    expect(formatFile(path, text), path).toEqual({ text, outcome: "same" });
  }
});

test("what init writes is in the usual form", () => {
  for (const [path, text] of initFiles("2026-11-28")) expect(formatFile(path, text).outcome, path).toBe("same");
});

const filler = fc.constantFrom("", "# c", "  # deep", "#", "   ", "# sluice-disable key/length -- old");
const value = fc.constantFrom("x", "on   ", "[a,\n  b]", "|\n  two\n\n  lines  ", '"a\n  # no comment"', "{ a: 1 } # here", ">-\n   folded\n   # text", "");
const document = fc
  .shuffledSubarray([...FLAG_FIELDS], { minLength: 1 })
  .chain((keys) =>
    fc.tuple(...keys.map((key) => fc.tuple(fc.array(filler, { maxLength: 3 }), value).map(([above, it]) => [...above, `${key}: ${it}`].join("\n")))),
  )
  .chain((blocks) => fc.tuple(fc.constant(blocks.join("\n")), fc.array(filler, { maxLength: 2 }), fc.constantFrom("\n", "\r\n")))
  .map(([body, footer, end]) => [body, ...footer].join("\n").replaceAll("\n", end));

test("whatever the order, comments and texts: nothing is lost, and twice is once", () => {
  let changed = 0;
  fc.assert(
    fc.property(document, (text) => {
      const { text: once, outcome } = formatFile("flags/a.yaml", text);
      if (outcome === "changed") changed += 1;
      expect(formatFile("flags/a.yaml", once).text).toBe(once);
      expect(comments(once.replaceAll("\r", ""))).toEqual(comments(text.replaceAll("\r", "")));
    }),
    { numRuns: 500 },
  );
  expect(changed).toBeGreaterThan(200);
});

test("what another tool keeps below environments/ is left as it is", () => {
  const values = "replicas:   3   \n\n\nimage: nginx\n";
  expect(formatFile("environments/production/values.yaml", values)).toEqual({ text: values, outcome: "same" });
  expect(formatFile("environments/production/a.yaml", "default:   off   \n\n\n").outcome).toBe("changed");
});
