import type { Question, Sdk } from "../dialect.ts";

const ASKED = ["boolean", "string", "number", "object"] as const;
const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** Methods of Sluice's clients (`getBoolean`) and of OpenFeature's (`getBooleanValue`), each with its details. */
export const questionNames: ReadonlyMap<string, Question> = new Map<string, Question>([
  ...ASKED.flatMap((asks) => ["", "Details", "Value"].map((end): readonly [string, Question] => [`get${capital(asks)}${end}`, { asks, key: 0, fallback: 1 }])),
  ["getDetails", { key: 0 }],
]);

const openFeatureHooks: Readonly<Record<string, Question>> = Object.fromEntries([
  ...["useFlag", "useSuspenseFlag"].map((name) => [name, { key: 0, fallback: 1 }]),
  ...ASKED.flatMap((asks) => ["Value", "Details"].map((end) => [`use${capital(asks)}Flag${end}`, { asks, key: 0, fallback: 1 }])),
]);

const openFeature: Sdk = { types: ["Client"], factories: ["OpenFeature"] };

const sdks: Readonly<Record<string, Sdk>> = {
  "@sluice/node": { types: ["SluiceClient", "FlagAnswers"], factories: ["createClient", "SluiceClient"] },
  "@sluice/browser": { types: ["BrowserClient"], factories: ["createClient"] },
  "@sluice/react": {
    types: [],
    factories: [],
    hooks: { useFlag: { key: 0, fallback: 1 }, useFlagDetails: { key: 0 } },
    components: { Flag: { key: "name", fallback: "default", isBooleanWithout: true } },
  },
  "@openfeature/server-sdk": openFeature,
  "@openfeature/web-sdk": openFeature,
  "@openfeature/react-sdk": {
    types: ["Client"],
    factories: ["OpenFeature", "useOpenFeatureClient"],
    hooks: openFeatureHooks,
    components: { FeatureFlag: { key: "flagKey", fallback: "defaultValue", isBooleanWithout: false } },
  },
};

/** What a package gives to code; undefined for one that is neither ours nor OpenFeature's. */
export const sdk = (module: string): Sdk | undefined => sdks[module];
