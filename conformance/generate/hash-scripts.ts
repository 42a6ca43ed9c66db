// Members of one segment that come and go without its form: conversations whose replies are written by hand.
import { murmur128Start } from "../naive/hashing.ts";
import type { Reply, Request } from "../protocol.ts";
import { ask, DEFAULT_ON, KILLED, load, NO, OFF, ON, patch, type ScriptCase, whole, YES } from "./conversation.ts";

const hash = (id: string): string => murmur128Start(`${String(whole["salt"])}:${id}`);
const BY_RULE: Reply = { answer: { ...ON, reason: "TARGETING_MATCH", cause: "rule", by: "r" } };
const BY_DEFAULT: Reply = { answer: { ...OFF, reason: "DEFAULT", cause: "default" } };
const SPOILED: Reply = { answer: { ...OFF, reason: "DEFAULT", cause: "default", problems: true } };
const inS = { f: { rules: [{ id: "r", if: ["segment", "s"], serve: "on" }] } };
const asked = (id: string, reply: Reply): readonly [Request, Reply] => [ask("f", { targetingKey: id }), reply];
const loaded = (segment: unknown): readonly [Request, Reply] => [load({ segments: { s: segment }, flags: inS }), YES];

export const hashes: readonly ScriptCase[] = [
  {
    because: "hashes in set join, also ids of other scripts, and those that were there stay",
    exchanges: [
      loaded({ hashes: [hash("ana")] }),
      asked("Łódź 😀", BY_DEFAULT),
      [patch({ set: { hashes: { s: [hash("Łódź 😀"), hash("日本建設")] } } }), YES],
      asked("Łódź 😀", BY_RULE),
      asked("日本建設", BY_RULE),
      asked("ana", BY_RULE),
      asked("Ana", BY_DEFAULT),
    ],
  },
  {
    because: "hashes in drop leave, and leaving twice is leaving once",
    exchanges: [
      loaded({ hashes: [hash("ana"), hash("ben")] }),
      asked("ben", BY_RULE),
      [patch({ drop: { hashes: { s: [hash("ben"), hash("ben"), hash("cy")] } } }), YES],
      asked("ben", BY_DEFAULT),
      asked("ana", BY_RULE),
      [patch({ base: 6, to: 7, drop: { hashes: { s: [hash("ben")] } } }), YES],
      asked("ana", BY_RULE),
    ],
  },
  {
    because: "what joined twice leaves at once, and may come back",
    exchanges: [
      loaded({}),
      [patch({ set: { hashes: { s: [hash("ana"), hash("ana")] } } }), YES],
      [patch({ base: 6, to: 7, set: { hashes: { s: [hash("ana")] } } }), YES],
      asked("ana", BY_RULE),
      [patch({ base: 7, to: 8, drop: { hashes: { s: [hash("ana")] } } }), YES],
      asked("ana", BY_DEFAULT),
      [patch({ base: 8, to: 9, set: { hashes: { s: [hash("ana")] } } }), YES],
      asked("ana", BY_RULE),
    ],
  },
  {
    because: "a hash in drop and in set is a member",
    exchanges: [
      loaded({ hashes: [hash("ana")] }),
      [patch({ set: { hashes: { s: [hash("ana"), hash("ben")] } }, drop: { hashes: { s: [hash("ana"), hash("ben")] } } }), YES],
      asked("ana", BY_RULE),
      asked("ben", BY_RULE),
    ],
  },
  {
    because: "hashes of a segment that the same patch sets are changed after its form",
    exchanges: [
      loaded({ hashes: [hash("ana")] }),
      [patch({ set: { segments: { s: { hashes: [hash("ben"), hash("cy")] } }, hashes: { s: [hash("dee")] } }, drop: { hashes: { s: [hash("cy")] } } }), YES],
      asked("ana", BY_DEFAULT),
      asked("ben", BY_RULE),
      asked("cy", BY_DEFAULT),
      asked("dee", BY_RULE),
    ],
  },
  {
    because: "a segment without hashes keeps its lists and its condition when some join; exclude is stronger than both",
    exchanges: [
      loaded({ include: ["ana"], exclude: ["ben"], if: ["equals", "plan", "pro"] }),
      [patch({ set: { hashes: { s: [hash("ben"), hash("cy")] } } }), YES],
      asked("ana", BY_RULE),
      asked("ben", BY_DEFAULT),
      asked("cy", BY_RULE),
      asked("dee", BY_DEFAULT),
      [ask("f", { targetingKey: "dee", plan: "pro" }), BY_RULE],
    ],
  },
  {
    because: "hashes of a segment that is not there, or cannot be read, change nothing and break nothing",
    exchanges: [
      [load({ segments: { t: 7, u: { hashes: 7 } }, flags: inS }), YES],
      asked("ana", SPOILED),
      [patch({ set: { hashes: { s: [hash("ana")], t: [hash("ana")], u: [hash("ana")] } } }), YES],
      asked("ana", SPOILED),
      [patch({ base: 6, to: 7, set: { segments: { s: { if: ["segment", "u"] } } } }), YES],
      asked("ana", SPOILED),
    ],
  },
  {
    because: "a segment that uses the changed one, and a kill that is scoped to it, follow",
    exchanges: [
      [
        load({
          segments: { s: { if: ["segment", "t"] }, t: { by: "account.id" } },
          flags: { ...inS, g: { default: "on" } },
          kills: { k: { flags: ["g"], scope: { segment: "t" } } },
        }),
        YES,
      ],
      [ask("f", { account: { id: "acme" } }), BY_DEFAULT],
      [ask("g", { account: { id: "acme" } }), DEFAULT_ON],
      [patch({ set: { hashes: { t: [hash("acme"), hash("7")] } } }), YES],
      [ask("f", { account: { id: "acme" } }), BY_RULE],
      [ask("g", { account: { id: "acme" } }), KILLED],
      [ask("f", { account: { id: 7 } }), BY_RULE],
      [patch({ base: 6, to: 7, drop: { hashes: { t: [hash("acme")] } } }), YES],
      [ask("f", { account: { id: "acme" } }), BY_DEFAULT],
      [ask("g", { account: { id: "acme" } }), DEFAULT_ON],
    ],
  },
  ...(
    [
      ["hashes that are no object", { set: { hashes: [hash("ana")] } }],
      ["hashes that are null", { drop: { hashes: null } }],
      ["a list that is a text", { set: { hashes: { s: hash("ana") } } }],
      ["a list with a number", { drop: { hashes: { s: [hash("ana"), 7] } } }],
    ] as const
  ).map(([what, content]): ScriptCase => ({
    because: `a patch with ${what} is refused`,
    exchanges: [loaded({ hashes: [hash("ben")] }), [patch(content), NO], asked("ana", BY_DEFAULT), asked("ben", BY_RULE)],
  })),
];
