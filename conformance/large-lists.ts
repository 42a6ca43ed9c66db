// Segments at their limit, asked through a runner: too large to keep as a file, so they are made here. Expectations are by hand.
import { murmur128Start } from "./naive/hashing.ts";
import type { Reply, Request } from "./protocol.ts";
import type { Script } from "./vectors.ts";

/** As many ids as `include`, `exclude` and a runtime list may hold. */
const LENGTH = 100_000;
const SALT = "s";
const hash = (id: string): string => murmur128Start(`${SALT}:${id}`);
const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at);
/** Nobody's hashes: what a list is mostly made of. */
const fillers = (count: number, digit: string): readonly string[] => numbers(count).map((at) => digit + at.toString(16).padStart(15, "0"));

const LISTED = ["ana", "Łódź 4", "日本建設", "😀", "7", "both"];
const JOINING = ["late", "çelik"];
const include = [...numbers(LENGTH - 1).map((at) => `user-${at}`), "both"];
const exclude = [...numbers(LENGTH - 2).map((at) => `gone-${at}`), "both", "user-5"];
const hashes = [...fillers(LENGTH - LISTED.length, "0"), ...LISTED.map(hash)].sort();

const snapshot = {
  format: 1,
  environment: "production",
  epoch: "e1",
  seq: 5,
  salt: SALT,
  segments: { s: { include, exclude, hashes } },
  flags: { f: { rules: [{ id: "r", if: ["segment", "s"], serve: "on" }] } },
};

const IN: Reply = { answer: { value: true, variant: "on", reason: "TARGETING_MATCH", cause: "rule", by: "r" } };
const OUT: Reply = { answer: { value: false, variant: "off", reason: "DEFAULT", cause: "default" } };
const ask = (targetingKey: unknown, reply: Reply): readonly [Request, Reply] => [{ do: "ask", flag: "f", context: { targetingKey } }, reply];
const patch = (base: number, content: object): readonly [Request, Reply] => [
  { do: "patch", patch: JSON.stringify({ epoch: "e1", base, to: base + 1, ...content }) },
  { ok: true },
];

/** One conversation about 100,000 ids in each list of a segment, the runtime one edited by one id, by half of it, and back to full. */
export function largeLists(): readonly Script[] {
  const half = hashes.slice(0, LENGTH / 2);
  return [
    {
      name: "large lists: 100,000 included, 100,000 excluded, 100,000 by hash",
      exchanges: [
        [{ do: "load", snapshot: JSON.stringify(snapshot), urgent: [], asker: {} }, { ok: true }],
        ...["user-0", "user-99998", "ana", "Łódź 4", "日本建設", "😀", "7", 7].map((id) => ask(id, IN)),
        ...["user-99999", "user-5", "gone-0", "gone-99997", "both", "Ana", "łódź 4", "USER-0", "", 8, undefined].map((id) => ask(id, OUT)),
        patch(5, { drop: { hashes: { s: [hash("ana")] } } }),
        ask("ana", OUT),
        ask("😀", IN),
        patch(6, { set: { hashes: { s: [hash("late")] } } }),
        ask("late", IN),
        ask("user-99998", IN),
        patch(7, { drop: { hashes: { s: [...half, ...LISTED.map(hash)] } } }),
        ...["Łódź 4", "日本建設", "😀", "7", 7].map((id) => ask(id, OUT)),
        ask("late", IN),
        patch(8, { set: { hashes: { s: [...half, ...LISTED.map(hash), ...JOINING.map(hash)] } } }),
        ...["ana", "Łódź 4", "日本建設", "çelik", "late"].map((id) => ask(id, IN)),
        ...["both", "user-5", "Çelik"].map((id) => ask(id, OUT)),
      ],
    },
  ];
}
