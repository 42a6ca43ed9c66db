import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { editFlagText } from "./edit-flag.ts";
import { environmentText } from "./environment-text.ts";
import type { FlagEdit } from "./flag-edit.ts";

const PATH = "flags/site/photos.yaml";

function edited(text: string, ...edits: readonly FlagEdit[]): string {
  const done = editFlagText(PATH, text, edits);
  if (!done.ok) throw new Error(done.why);
  return done.text;
}
const facts = (set: Extract<FlagEdit, { readonly kind: "facts" }>["set"]): FlagEdit => ({ kind: "facts", set });
const serving = (rest: Partial<Extract<FlagEdit, { readonly kind: "serving" }>>): FlagEdit => ({ kind: "serving", environment: "production", ...rest });

const FILE = `# Photos of a site, asked for by customers.
key: site.photos
description: Photos on the map   # shown to people
kind: release
owner: team-site
tags:
  # first things
  - beta   # for a while
  - photos
type: boolean
environments:
  production:
    rules:
      # our own people first
      - id: staff
        if: { email: { endsWith: "@example.com" } }   # by mail

      # then the small ones
      - id: small
        if:
          plan: { in: [starter] }
        serve: { share: 25, of: on }
      -
        serve: on # everybody
    default: off   # nobody yet
  staging: { default: on }
# the end
`.replace(`# by mail\n`, "# by mail\n        serve: on\n");

describe("an edit of a flag's file", () => {
  test("changes a sentence where it stands, and its comment stays", () => {
    expect(edited(FILE, facts({ description: "Photos on every page" }))).toBe(FILE.replace("Photos on the map", "Photos on every page"));
    expect(edited(FILE, facts({ description: "Off: no #photos" }))).toBe(FILE.replace("Photos on the map", '"Off: no #photos"'));
    expect(edited("key: a\ndescription: >\n  folded\n  text\n\nkind: ops\n", facts({ description: "Short" }))).toBe(
      "key: a\ndescription: Short\n\nkind: ops\n",
    );
  });

  test("puts a field where the order of fields has it, takes one away, and leaves what is as it shall be", () => {
    expect(edited(FILE, facts({ expires: "2027-02-28" }))).toBe(FILE.replace("- photos\n", "- photos\nexpires: 2027-02-28\n"));
    expect(edited(FILE, facts({ ticket: null }))).toBe(FILE);
    expect(edited(FILE, facts({ tags: [] }))).toBe(FILE.replace(/tags:\n.*\n.*\n.*\n/, ""));
    expect(edited("key: a\nticket: A-1", facts({ ticket: null }))).toBe("key: a");
    expect(edited("key: a\r\nkind: ops\r\n", facts({ owner: "team-x" }))).toBe("key: a\r\nkind: ops\r\nowner: team-x\r\n");
    expect(edited("key: a", facts({ owner: "team-x" }))).toBe("key: a\nowner: team-x");
    expect(edited("{ key: a, owner: x }\n", facts({ owner: "z", ticket: "A-1" }))).toBe("{ key: a, owner: z, ticket: A-1 }\n");
    expect(edited("{ key: a, owner: x, ticket: A-1 }\n", facts({ ticket: null }))).toBe("{ key: a, owner: x }\n");
  });

  test("keeps tags that stay, with their comments, and puts new ones behind them", () => {
    expect(edited(FILE, facts({ tags: ["map", "beta"] }))).toBe(FILE.replace("  - photos\n", "  - map\n"));
    expect(edited("key: a\ntags: [x, y]\n", facts({ tags: ["y", "z"] }))).toBe("key: a\ntags: [y, z]\n");
    expect(edited("key: a\ntags: [] # none\n", facts({ tags: ["z"] }))).toBe("key: a\ntags: [z] # none\n");
  });

  test("leaves the quotes of what says it already", () => {
    const text = "key: a\ndescription: 'as it was'\nenvironments: { production: { default: 'on' } }\n";
    expect(edited(text, facts({ description: "as it was" }), serving({ default: "on" }))).toBe(text);
  });

  test("gives variants other values", () => {
    const text = "key: a\ntype: string\nvariants:\n  blue: '#00f' # sky\n  off: none\n";
    expect(edited(text, { kind: "variants", set: { blue: "#11f", red: "#f00" } })).toBe(
      'key: a\ntype: string\nvariants:\n  blue: "#11f" # sky\n  off: none\n  red: "#f00"\n',
    );
    expect(edited(text, { kind: "variants", set: { blue: null } })).toBe("key: a\ntype: string\nvariants:\n  off: none\n");
    expect(edited("key: a\ntype: boolean\noff: off\n", { kind: "variants", set: { late: true } })).toBe(
      "key: a\ntype: boolean\nvariants: { on: true, off: false, late: true }\noff: off\n",
    );
  });

  test("moves, drops and adds rules; those that stay keep every byte of theirs", () => {
    const [head, tail] = [FILE.slice(0, FILE.indexOf("      # our own")), FILE.slice(FILE.indexOf("    default: off"))];
    const staff = '      # our own people first\n      - id: staff\n        if: { email: { endsWith: "@example.com" } }   # by mail\n        serve: on\n';
    const small = "\n      # then the small ones\n      - id: small\n        if:\n          plan: { in: [starter] }\n        serve: { share: 25, of: on }\n";
    const rest = "      -\n        serve: on # everybody\n";
    expect(FILE).toBe(head + staff + small + rest + tail);
    expect(edited(FILE, serving({ rules: [{ keep: 0 }, { keep: 1 }, { keep: 2 }] }))).toBe(FILE);
    expect(edited(FILE, serving({ rules: [{ keep: 1 }, { keep: 0 }] }))).toBe(head + small + staff + tail);
    const made = { id: "nz", description: "New Zealand", if: { country: { in: ["NZ"] } }, serve: { share: 10, of: "on" } };
    expect(edited(FILE, serving({ rules: [{ keep: 0 }, made] }))).toBe(
      `${head}${staff}      - id: nz\n        description: New Zealand\n        if: { country: { in: [NZ] } }\n        serve: { share: 10, of: on }\n${tail}`,
    );
    expect(edited(FILE, serving({ rules: [], default: "on" }))).toBe(`${head.replace("    rules:\n", "")}${tail.replace("default: off", "default: on")}`);
    expect(editFlagText(PATH, FILE, [serving({ rules: [{ keep: 3 }] })])).toEqual({ ok: false, why: "unknownRule" });
  });

  test("gives an environment that the file does not list its default, and rules on one line where it stands on one", () => {
    expect(edited(FILE, { kind: "serving", environment: "test", default: "on" })).toBe(
      FILE.replace("staging: { default: on }", "staging: { default: on }\n  test: { default: on }"),
    );
    expect(edited(FILE, { kind: "serving", environment: "staging", rules: [{ serve: "off" }] })).toBe(
      FILE.replace("staging: { default: on }", "staging: { default: on, rules: [{ serve: off }] }"),
    );
  });

  test("takes one environment over from another text, comments and all, whatever its line ends", () => {
    const other = FILE.replace("nobody yet", "as it was").replace("share: 25", "share: 5").replaceAll("\n", "\r\n");
    expect(edited(FILE, { kind: "environmentOf", environment: "production", said: environmentText(PATH, other, "production") })).toBe(
      FILE.replace("share: 25", "share: 5").replace("nobody yet", "as it was"),
    );
    const said = environmentText(PATH, FILE, "production");
    expect(edited("key: a\nenvironments: { staging: { default: on } }\n", { kind: "environmentOf", environment: "production", said })).toContain(
      "production: { rules: [{ id: staff",
    );
    expect(editFlagText(PATH, FILE, [{ kind: "environmentOf", environment: "test", said: undefined }])).toEqual({ ok: false, why: "notTouched" });
  });

  test("refuses what it cannot do without loss, and changes nothing then", () => {
    expect(editFlagText(PATH, "key: &a x\nowner: *a\n", [facts({ owner: "y" })])).toEqual({ ok: false, why: "unread" });
    expect(editFlagText(PATH, "key: [\n", [facts({ owner: "y" })])).toEqual({ ok: false, why: "unread" });
    expect(editFlagText(PATH, "{ key: a, # why\n owner: x }\n", [facts({ owner: "z", ticket: null })])).toEqual({
      ok: true,
      text: "{ key: a, # why\n owner: z }\n",
    });
    expect(editFlagText(PATH, "? key\n: a\n? owner\n: x\n", [facts({ ticket: "A-1" })])).toEqual({ ok: false, why: "notTouched" });
  });
});

/** A field of a file with everything on its lines, as people write it. */
interface Piece {
  readonly key: string;
  readonly text: string;
}

const indent = fc.constantFrom("", " ", "  ", "   ");
const gap = fc.constantFrom("", "\n", "# words: of a [person]\n", "#\n", "   \n", "# - not an item\n\n");
const aside = fc.constantFrom("", " # aside: 1", "   #x", "  ");
const value = fc.constantFrom(
  "team-site",
  "'it''s'",
  '"a \\" b"',
  "many words, here",
  ">-\n    folded\n    text",
  "|\n    kept\n      as it is",
  "x\n    on two lines",
);
const list = fc.constantFrom("[a, b]", "[ a ,b ]", "\n    - a\n    - b", "\n    # two\n    - a # why\n\n    - 'b'", "\n    -   a\n    -\n      b");
const served = fc.constantFrom(
  "\n    production:\n        rules:\n          - serve: on\n            id: x\n        default: off",
  "\n    staging: { default: on }\n    production: { default: off, rules: [] }",
  "{ production: { default: off } }",
);

/** Files in every manner that was thought of: indentation of the whole, comments, quotes, blocks and brackets, line ends, a mark, no last line end. */
const files = fc
  .record({
    indent,
    gaps: fc.array(gap, { minLength: 7, maxLength: 7 }),
    asides: fc.array(aside, { minLength: 7, maxLength: 7 }),
    description: value,
    owner: value,
    tags: list,
    served,
    order: fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6, maxLength: 6 }),
    lineEnd: fc.constantFrom("\n", "\r\n"),
    mark: fc.constantFrom("", "\uFEFF"),
    isEnded: fc.boolean(),
  })
  .map((how) => {
    const fields: readonly Piece[] = [
      { key: "key", text: "site.photos" },
      { key: "description", text: how.description },
      { key: "kind", text: "release" },
      { key: "owner", text: how.owner },
      { key: "tags", text: how.tags },
      { key: "environments", text: how.served },
    ];
    const isBlock = (text: string): boolean => text.includes("\n");
    const pieces = how.order.flatMap((at, place): readonly Piece[] => {
      const field = fields[at];
      if (field === undefined) return [];
      const space = field.text.startsWith("\n") ? "" : " ";
      const body = `${how.indent}${field.key}:${space}${field.text.replaceAll("\n", `\n${how.indent}`)}${isBlock(field.text) ? "" : how.asides[place]}\n`;
      return [
        { key: "", text: how.gaps[place] ?? "" },
        { key: field.key, text: body },
      ];
    });
    const all = [...pieces, { key: "", text: how.isEnded ? (how.gaps[6] ?? "") : "" }].map(({ key, text }) => ({
      key,
      text: text.replaceAll("\n", how.lineEnd),
    }));
    const last = all.at(-2);
    const trimmed =
      how.isEnded || last === undefined ? all : [...all.slice(0, -2), { ...last, text: last.text.slice(0, -how.lineEnd.length) }, { key: "", text: "" }];
    return { pieces: trimmed, text: how.mark + trimmed.map(({ text }) => text).join(""), mark: how.mark };
  });

const words = fc.oneof(
  fc.constantFrom(
    "A sentence.",
    "off",
    "yes",
    "1",
    "null",
    "# no",
    "a: b",
    "- a",
    "'",
    '"',
    "{a}",
    "é ☃",
    "x ",
    " x",
    "%a",
    "@b",
    "`c`",
    "!d",
    "&e",
    "*f",
    "|",
    ">",
    "?",
    "~",
    "2026-01-01",
    "0x1",
    "a\tb",
  ),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }).filter((text) => !/\p{C}|[\u2028\u2029]/u.test(text)),
);

describe("every byte outside the edit", () => {
  test("stays, in files of every manner, for every sentence", () => {
    let tried = 0;
    fc.assert(
      fc.property(files, fc.constantFrom("description", "owner", "ticket"), words, ({ pieces, text, mark }, key, sentence) => {
        const done = editFlagText(PATH, text, [facts({ [key]: sentence })]);
        if (!done.ok) throw new Error(`${done.why}: ${JSON.stringify(text)}`);
        tried += 1;
        expect(parse(done.text.replace("\uFEFF", ""))[key]).toBe(sentence);
        const at = pieces.findIndex((piece) => piece.key === key);
        const [before, after] = at < 0 ? holeIn(text, done.text) : [mark + joined(pieces.slice(0, at)), joined(pieces.slice(at + 1))];
        expect(done.text.startsWith(before)).toBe(true);
        expect(done.text.endsWith(after)).toBe(true);
        expect(done.text.length).toBeGreaterThanOrEqual(before.length + after.length);
      }),
      { numRuns: 400 },
    );
    expect(tried).toBe(400);
  });

  test("stays where tags or what an environment serves is edited", () => {
    fc.assert(
      fc.property(files, fc.shuffledSubarray(["a", "b", "c", "on", "d e"]), ({ pieces, text, mark }, tags) => {
        for (const [key, edit] of [
          ["tags", facts({ tags })],
          ["environments", serving({ default: "on", rules: [] })],
        ] as const) {
          const done = editFlagText(PATH, text, [edit]);
          if (!done.ok) throw new Error(`${done.why}: ${JSON.stringify(text)}`);
          const at = pieces.findIndex((piece) => piece.key === key);
          const json = parse(done.text.replace("\uFEFF", ""));
          if (key === "tags") expect(new Set(json.tags ?? [])).toEqual(new Set(tags));
          else expect(json.environments.production).toEqual({ default: "on" });
          const end = joined(pieces.slice(at + 1));
          const isLast = end === "" && !text.endsWith("\n");
          expect(done.text.startsWith((mark + joined(pieces.slice(0, at))).replace(isLast ? /\r?\n$/ : /^(?!)/, ""))).toBe(true);
          expect(done.text.endsWith(end)).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  const demo = join(import.meta.dirname, "../../../../examples/shop-floor/flags-repository/flags");
  test.skipIf(!existsSync(demo))("stays in every flag of the demo company", () => {
    const paths = readdirSync(demo, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".yaml"));
    for (const path of paths) {
      const text = readFileSync(join(demo, path), "utf8");
      const next = edited(text, facts({ description: "Another sentence, here." }));
      const lines = text.split("\n");
      expect(next.split("\n").filter((line) => !lines.includes(line))).toEqual(["description: Another sentence, here."]);
      expect(edited(next, facts({ description: parse(text).description }))).toBe(edited(text, facts({ description: parse(text).description })));
    }
    expect(paths.length).toBeGreaterThan(40);
  });
});

const joined = (pieces: readonly Piece[]): string => pieces.map(({ text }) => text).join("");

/** A field that comes is one stretch put in: what stands before it and behind it is all there was. */
function holeIn(text: string, next: string): readonly [string, string] {
  let start = 0;
  while (start < text.length && text[start] === next[start]) start += 1;
  return [text.slice(0, start), text.slice(start)];
}
