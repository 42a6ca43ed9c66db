/** The questions that `bench eval` asks: eight cases, 1,024 users each, stated without any product's format. */
export interface BenchCondition {
  readonly attribute: "country" | "tenant" | "region" | "targetingKey";
  readonly isIn: readonly string[];
}

export interface BenchFlag {
  readonly key: string;
  /** A rule that matches answers true; `percent` limits it to that part of the users. */
  readonly rules: readonly { readonly when?: BenchCondition; readonly percent?: number }[];
  readonly parent?: string;
}

export interface User {
  readonly targetingKey: string;
  readonly country: string;
  readonly tenant: string;
  readonly region: string;
}

export const USER_COUNT = 1024;

/** Three of four users are in DE; no tenant or region rule matches anybody, so that all ten rules are asked. */
export const users: readonly User[] = Array.from({ length: USER_COUNT }, (_, at) => ({
  targetingKey: `u${at}`,
  country: at % 4 === 0 ? "FR" : "DE",
  tenant: "t99",
  region: "r99",
}));

const everybody = [{}] as const;
const inGermany: BenchCondition = { attribute: "country", isIn: ["DE"] };
const nine = (attributeAt: (at: number) => "tenant" | "region"): BenchFlag["rules"] => [
  ...Array.from({ length: 9 }, (_, at) => ({ when: { attribute: attributeAt(at), isIn: [`x${at}`] } })),
  { when: inGermany, percent: 50 },
];
const tenRules = nine(() => "tenant");
/** Neighbouring rules look at different attributes, so that no two can become one look-up. */
const tenUnfusedRules = nine((at) => (at % 2 === 0 ? "tenant" : "region"));
const evenIds = (count: number): BenchFlag["rules"] => [{ when: { attribute: "targetingKey", isIn: Array.from({ length: count }, (_, at) => `u${at * 2}`) } }];

const mix: readonly BenchFlag[] = Array.from({ length: 96 }, (_, at) => ({
  key: `mix-${at}`,
  rules: [everybody, [{ when: { attribute: "country" as const, isIn: [at % 2 === 0 ? "FR" : "DE"] } }], tenRules][at % 3] ?? everybody,
}));

export const flags: readonly BenchFlag[] = [
  { key: "plain", rules: everybody },
  { key: "attribute", rules: [{ when: inGermany }] },
  { key: "rules10", rules: tenRules },
  { key: "rules10unfused", rules: tenUnfusedRules },
  { key: "ids1000", rules: evenIds(1000) },
  { key: "ids10000", rules: evenIds(10_000) },
  { key: "prereq3", rules: everybody, parent: "parent1" },
  { key: "parent1", rules: everybody, parent: "parent2" },
  { key: "parent2", rules: everybody, parent: "parent3" },
  { key: "parent3", rules: everybody },
  ...mix,
];

export type CaseName = "plain" | "attribute" | "rules10" | "rules10unfused" | "ids1000" | "ids10000" | "prereq3" | "mix96";

/** Flags asked in each case, and how many of 1,024 answers are true; a range where a percentage decides. */
export const cases: Readonly<Record<CaseName, { readonly keys: readonly string[]; readonly yes: readonly [least: number, most: number] }>> = {
  plain: { keys: ["plain"], yes: [1024, 1024] },
  attribute: { keys: ["attribute"], yes: [768, 768] },
  rules10: { keys: ["rules10"], yes: [320, 448] },
  rules10unfused: { keys: ["rules10unfused"], yes: [320, 448] },
  ids1000: { keys: ["ids1000"], yes: [512, 512] },
  ids10000: { keys: ["ids10000"], yes: [512, 512] },
  prereq3: { keys: ["prereq3"], yes: [1024, 1024] },
  mix96: { keys: mix.map(({ key }) => key), yes: [560, 760] },
};

/** The flag set of `bench load`: plain flags, attribute rules and ten rules with a percentage, in turn. */
export function manyFlags(count: number): BenchFlag[] {
  return Array.from({ length: count }, (_, at) => ({
    key: `flag-${at}`,
    rules: [everybody, [{ when: inGermany }], tenRules][at % 3] ?? everybody,
  }));
}
