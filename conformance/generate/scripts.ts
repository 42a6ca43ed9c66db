// Decoding and patches: conversations with a runner whose replies are written by hand.
import type { Reply } from "../protocol.ts";
import {
  ask,
  BROKEN,
  DEFAULT_ON,
  KILLED,
  load,
  loadText,
  NO,
  NOTHING,
  OFF,
  ON,
  patch,
  type ScriptCase,
  STATIC_OFF,
  STATIC_ON,
  UNKNOWN,
  whole,
  YES,
} from "./conversation.ts";
import { hashes } from "./hash-scripts.ts";

const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);

/** Snapshots that are refused: then there is none. */
const refused: readonly (readonly [string, string])[] = [
  ["an empty text", ""],
  ["half a text", JSON.stringify(whole).slice(0, 40)],
  ["a list", "[]"],
  ["null", "null"],
  ["a number", "7"],
  ["a text after the end", `${JSON.stringify(whole)}x`],
  ["a single-quoted text", "{'format':1}"],
  ...Object.keys(whole).map((name): readonly [string, string] => [`no ${name}`, JSON.stringify({ ...whole, [name]: undefined })]),
  ...Object.keys(whole).map((name): readonly [string, string] => [`${name} is null`, JSON.stringify({ ...whole, [name]: null })]),
  ...(
    [
      ["format", 0],
      ["format", "1"],
      ["format", 1.5],
      ["seq", -1],
      ["seq", "5"],
      ["seq", 2 ** 53],
      ["epoch", 5],
      ["salt", ["s"]],
      ["environment", "x".repeat(1025)],
      ["flags", []],
      ["segments", []],
      ["kills", []],
      ["kills", { k: null }],
      ["kills", { k: {} }],
      ["kills", { k: { flags: "f" } }],
      ["kills", { k: { flags: ["f", 5] } }],
      ["journals", { j: -1 }],
      ["journals", { j: "1" }],
      ["replaces", "e0"],
      ["replaces", Array.from({ length: 101 }, (_, at) => `e${at}`)],
      ["seen", ["e0"]],
      ["seen", { e0: "1" }],
      ["seen", { e0: -1 }],
      ["seen", Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`e${at}`, 1]))],
      ["customer", 5],
      ["note", nested(300)],
    ] as const
  ).map(([name, value]): readonly [string, string] => [`${name} is ${JSON.stringify(value).slice(0, 40)}`, JSON.stringify({ ...whole, [name]: value })]),
];

/** Snapshots that are read, and what the flag `f` of each answers. */
const accepted: readonly (readonly [string, object, Reply])[] = [
  ["the least there can be", {}, STATIC_ON],
  ["a format of the future", { format: 2 }, STATIC_ON],
  ["an epoch that was seen and is not replaced", { seen: { e0: 7 } }, STATIC_ON],
  ["unknown members", { regions: ["eu"], signature: "x" }, STATIC_ON],
  ["a flag that is null", { flags: { f: null } }, BROKEN],
  ["a flag that is a text", { flags: { f: "on" } }, BROKEN],
  ["variants that are a list", { flags: { f: { variants: [] } } }, BROKEN],
  ["a default that is a number", { flags: { f: { default: 1 } } }, BROKEN],
  ["a salt that is a number", { flags: { f: { default: "on", salt: 1 } } }, BROKEN],
  ["another flag that is broken", { flags: { f: { default: "on" }, g: 7 } }, STATIC_ON],
  ["a segment that is broken", { segments: { s: 7 } }, STATIC_ON],
  ["names that every object has", { flags: { f: { default: "on" }, constructor: { default: "on" }, ["__proto__"]: 7 } }, STATIC_ON],
  ["a kill of a flag that is not there", { kills: { k: { flags: ["g"] } } }, STATIC_ON],
  ["a kill of no flag", { kills: { k: { flags: [] } } }, STATIC_ON],
  ["a kill whose scope cannot be read", { kills: { k: { flags: ["f"], scope: 7 } } }, KILLED],
  ["a kill with members of the future", { kills: { k: { flags: ["f"], why: "x", scope: { regions: [] } } } }, KILLED],
];

const kill = { set: { kills: { k: { flags: ["f"] } } } };
const lift = { drop: { kills: ["k"] } };
const edit = { set: { flags: { f: {} } } };
const child = { flags: { f: { default: "on" }, g: { default: "on", prerequisites: [{ flag: "f", serves: ["on"] }] } } };
const NEEDS_F: Reply = { answer: { ...OFF, reason: "DISABLED", cause: "prerequisite", by: "f" } };

const patches: readonly ScriptCase[] = [
  {
    because: "a patch from the loaded version is applied",
    exchanges: [
      [load(), YES],
      [patch(edit), YES],
      [ask(), STATIC_OFF],
    ],
  },
  {
    because: "the same patch again is refused and changes nothing",
    exchanges: [
      [load(), YES],
      [patch(edit), YES],
      [patch(edit), NO],
      [ask(), STATIC_OFF],
    ],
  },
  {
    because: "a patch behind a lost one is refused",
    exchanges: [
      [load(), YES],
      [patch({ base: 6, to: 7, ...edit }), NO],
      [ask(), STATIC_ON],
    ],
  },
  {
    because: "patches out of order: the later is refused, the earlier applied, the later then applied",
    exchanges: [
      [load(), YES],
      [patch({ base: 6, to: 9, ...kill }), NO],
      [patch(edit), YES],
      [ask(), STATIC_OFF],
      [patch({ base: 6, to: 9, ...kill }), YES],
      [ask(), KILLED],
    ],
  },
  {
    because: "a patch from before is refused: no going back",
    exchanges: [
      [load(), YES],
      [patch({ base: 4, to: 5, ...edit }), NO],
      [ask(), STATIC_ON],
    ],
  },
  {
    because: "a patch of another epoch is refused",
    exchanges: [
      [load(), YES],
      [patch({ epoch: "e0", ...edit }), NO],
      [ask(), STATIC_ON],
    ],
  },
  {
    because: "a patch that does not go on is refused",
    exchanges: [
      [load(), YES],
      [patch({ to: 5, ...edit }), NO],
      [ask(), STATIC_ON],
    ],
  },
  {
    because: "a version may skip numbers",
    exchanges: [
      [load(), YES],
      [patch({ to: 900, ...edit }), YES],
      [patch({ base: 900, to: 901, set: { flags: whole.flags } }), YES],
      [ask(), STATIC_ON],
    ],
  },
  {
    because: "a patch without content moves the version",
    exchanges: [
      [load(), YES],
      [patch({}), YES],
      [ask(), STATIC_ON],
      [patch(edit), NO],
      [patch({ base: 6, to: 7, ...edit }), YES],
      [ask(), STATIC_OFF],
    ],
  },
  {
    because: "half a patch is refused",
    exchanges: [
      [load(), YES],
      [{ do: "patch", patch: '{"epoch":"e1","base":5' }, NO],
      [ask(), STATIC_ON],
    ],
  },
  {
    because: "a patch whose set is null is refused",
    exchanges: [
      [load(), YES],
      [patch({ set: null }), NO],
      [ask(), STATIC_ON],
    ],
  },
  {
    because: "a patch whose kill cannot be read is refused",
    exchanges: [
      [load(), YES],
      [patch({ set: { kills: { k: 7 } } }), NO],
      [ask(), STATIC_ON],
    ],
  },
  {
    because: "a patch with members of the future is applied",
    exchanges: [
      [load(), YES],
      [patch({ ...edit, note: 1, signature: "x" }), YES],
      [ask(), STATIC_OFF],
    ],
  },
  {
    because: "no snapshot, no patch",
    exchanges: [
      [loadText("{}"), NO],
      [patch(edit), NO],
      [ask(), NOTHING],
    ],
  },
  {
    because: "a kill comes and goes",
    exchanges: [
      [load(), YES],
      [patch(kill), YES],
      [ask(), KILLED],
      [patch({ base: 6, to: 7, ...lift }), YES],
      [ask(), STATIC_ON],
    ],
  },
  {
    because: "a flag comes and goes",
    exchanges: [
      [load(), YES],
      [ask("g"), UNKNOWN],
      [patch({ set: { flags: { g: { default: "on" } } } }), YES],
      [ask("g"), STATIC_ON],
      [patch({ base: 6, to: 7, drop: { flags: ["g"] } }), YES],
      [ask("g"), UNKNOWN],
      [ask(), STATIC_ON],
    ],
  },
  {
    because: "what stands in drop and in set is set",
    exchanges: [
      [load(), YES],
      [patch({ drop: { flags: ["f"] }, ...edit }), YES],
      [ask(), STATIC_OFF],
    ],
  },
  {
    because: "dropping what is not there is nothing",
    exchanges: [
      [load(), YES],
      [patch({ drop: { flags: ["x"], kills: ["y"], segments: ["z"] } }), YES],
      [ask(), STATIC_ON],
    ],
  },
  {
    because: "a changed parent changes its child, asked before",
    exchanges: [
      [load(child), YES],
      [ask("g"), DEFAULT_ON],
      [patch(edit), YES],
      [ask("g"), NEEDS_F],
    ],
  },
  {
    because: "a killed parent changes its child, asked before",
    exchanges: [
      [load(child), YES],
      [ask("g"), DEFAULT_ON],
      [patch(kill), YES],
      [ask("g"), NEEDS_F],
      [patch({ base: 6, to: 7, ...lift }), YES],
      [ask("g"), DEFAULT_ON],
    ],
  },
  {
    because: "a changed segment changes the flags that use it, asked before",
    exchanges: [
      [load({ segments: { s: { if: ["equals", "plan", "pro"] } }, flags: { f: { rules: [{ id: "r", if: ["segment", "s"], serve: "on" }] } } }), YES],
      [ask("f", { plan: "free" }), { answer: { ...OFF, reason: "DEFAULT", cause: "default" } }],
      [patch({ set: { segments: { s: { if: ["equals", "plan", "free"] } } } }), YES],
      [ask("f", { plan: "free" }), { answer: { ...ON, reason: "TARGETING_MATCH", cause: "rule", by: "r" } }],
      [patch({ base: 6, to: 7, drop: { segments: ["s"] } }), YES],
      [ask("f", { plan: "free" }), { answer: { ...OFF, reason: "DEFAULT", cause: "default", problems: true } }],
    ],
  },
  {
    because: "another path of the customer counts at once",
    exchanges: [
      [load({ flags: { f: { exposure: { serve: "on", rest: true } } } }), YES],
      [ask("f", { account: "acme" }), { answer: { ...OFF, reason: "DEFAULT", cause: "default" } }],
      [patch({ set: { customer: "account" } }), YES],
      [ask("f", { account: "acme" }), { answer: { ...ON, reason: "TARGETING_MATCH", cause: "exposure" } }],
    ],
  },
];

const urgent = (content: object): string => JSON.stringify({ id: "k", epoch: "e1", flags: ["f"], ...content });
const urgents: readonly ScriptCase[] = [
  {
    because: "an urgent kill counts beside the snapshot until it is taken away",
    exchanges: [
      [load(), YES],
      [{ do: "urgent", urgent: [urgent({ seq: 6 })] }, YES],
      [ask(), KILLED],
      [{ do: "urgent", urgent: [] }, YES],
      [ask(), STATIC_ON],
    ],
  },
  {
    because: "an urgent kill ends when a patch reaches its place",
    exchanges: [
      [load(), YES],
      [{ do: "urgent", urgent: [urgent({ seq: 6 })] }, YES],
      [ask(), KILLED],
      [patch({}), YES],
      [ask(), STATIC_ON],
    ],
  },
  {
    because: "an urgent kill ends when a patch lists its journal's counter",
    exchanges: [
      [load(), YES],
      [{ do: "urgent", urgent: [urgent({ journal: "j", counter: 3 })] }, YES],
      [ask(), KILLED],
      [patch({ set: { journals: { j: 2 } } }), YES],
      [ask(), KILLED],
      [patch({ base: 6, to: 7, set: { journals: { j: 3 } } }), YES],
      [ask(), STATIC_ON],
    ],
  },
  {
    because: "an urgent kill that cannot be read is refused; the others count",
    exchanges: [
      [load(), YES],
      [{ do: "urgent", urgent: ["{}", urgent({ seq: 6 })] }, NO],
      [ask(), KILLED],
    ],
  },
  {
    because: "an urgent kill with a counter that is no number is refused",
    exchanges: [
      [loadText(JSON.stringify(whole), [urgent({ counter: "3" })]), NO],
      [ask(), STATIC_ON],
    ],
  },
  {
    because: "an urgent kill of another epoch that is not replaced counts",
    exchanges: [
      [loadText(JSON.stringify(whole), [urgent({ epoch: "e0", seq: 1 })]), YES],
      [ask(), KILLED],
    ],
  },
];

/** All conversations, by topic. */
export const scripts: Readonly<Record<string, readonly ScriptCase[]>> = {
  decoding: [
    ...refused.map(([because, text]): ScriptCase => ({
      because: `refused: ${because}`,
      exchanges: [
        [loadText(text), NO],
        [ask(), NOTHING],
      ],
    })),
    ...accepted.map(([because, change, reply]): ScriptCase => ({
      because: `read: ${because}`,
      exchanges: [
        [load(change), YES],
        [ask(), reply],
      ],
    })),
  ],
  patches,
  hashes,
  urgents,
};
