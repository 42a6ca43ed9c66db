// A second workload for every contestant, whose keys, rules and sizes nobody could have prepared for: they follow from a seed that is drawn when it runs.

const USERS = 1_024;
/** The share case is checked to be true for 250 to 520 of 1,024 users. */
const SHARE_YES = { least: 300, most: 470 };

/** Mulberry32. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The harness's workload.mjs as text, with the same exports and other contents. The names of cases stay, because peers name what they cannot do by them. */
export function randomWorkload(seed: number): string {
  const random = generator(seed);
  const whole = (from: number, to: number): number => from + Math.floor(random() * (to - from + 1));
  const word = (): string => Array.from({ length: whole(4, 18) }, () => String.fromCharCode(97 + whole(0, 25))).join("");
  const [here, there, prefix] = [word(), word(), word()];
  const users = Array.from({ length: USERS }, (_, at) => ({ key: `${prefix}-${at * 7}`, country: random() < 0.7 ? here : there, tenant: word() }));
  const inCountry = users.filter(({ country }) => country === here).length;
  const percent = Math.round((100 * whole(SHARE_YES.least, SHARE_YES.most)) / inCountry);
  const attribute = { attr: "country", op: "eq", value: here };
  const manyRules = (): object[] => [
    ...Array.from({ length: whole(7, 13) }, () => ({ when: [{ attr: "tenant", op: "eq", value: `none-${word()}` }] })),
    { when: [attribute], pct: percent },
  ];
  const members = (count: number): string[] => {
    const listed = users.filter(() => random() < 0.5).map(({ key }) => key);
    return [...listed, ...Array.from({ length: count - listed.length }, (_, at) => `${prefix}-other-${at}`)].sort(() => random() - 0.5);
  };
  const segments = { [word()]: members(whole(900, 1_100)), [word()]: members(whole(9_000, 11_000)) };
  const [small = "", large = ""] = Object.keys(segments);
  const inSegment = (name: string): object[] => [{ when: [{ attr: "key", op: "seg", value: name }] }];
  const [first, second, third] = [word(), word(), word()];
  const plain = (key: string, more: object = {}): object => ({ key, on: true, rules: [], all: true, ...more });
  const mixed = Array.from({ length: whole(70, 130) }, () => {
    const key = `mix-${word()}`;
    const kind = random();
    return kind < 0.3 ? plain(key) : { key, on: true, rules: kind < 0.65 ? [{ when: [attribute] }] : manyRules() };
  });
  const flags = [
    plain("a-plain"),
    { key: "b-attr", on: true, rules: [{ when: [attribute] }] },
    { key: "c-rules10", on: true, rules: manyRules() },
    { key: "d-seg1k", on: true, rules: inSegment(small) },
    { key: "d-seg10k", on: true, rules: inSegment(large) },
    plain("e-prereq", { prereq: first }),
    plain(first, { prereq: second }),
    plain(second, { prereq: third }),
    plain(third),
    ...mixed,
  ].sort(() => random() - 0.5);
  const membersOf = (name: string): number => users.filter(({ key }) => segments[name]?.includes(key) === true).length;
  const expected = { "a-plain": USERS, "b-attr": inCountry, "c-rules10": -1, "d-seg1k": membersOf(small), "d-seg10k": membersOf(large), "e-prereq": USERS };
  return [
    `export const SEGMENTS = ${JSON.stringify(segments)};`,
    `export const FLAGS = ${JSON.stringify(flags)};`,
    `export const USERS = ${JSON.stringify(users)};`,
    `export const EXPECT = ${JSON.stringify(expected)};`,
    'export const CASES = ["a-plain", "b-attr", "c-rules10", "d-seg1k", "d-seg10k", "e-prereq", "mix"];',
    `export const N_CTX = ${USERS};`,
    'export const MIX_KEYS = FLAGS.filter((f) => f.key.startsWith("mix-")).map((f) => f.key);',
    "",
  ].join("\n");
}
