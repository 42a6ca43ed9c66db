import { expect, test } from "vitest";
import { comeAndGo, flood, manyPatches } from "../faults/sdk/floods.ts";
import { languages } from "../faults/sdk/languages.ts";

/** A first build compiles Go's standard library, and makes a Python environment, on two cores that others use too. */
const LIMIT = { timeout: 480_000 };

test(
  "SDK processes of every language come through floods of patches, answering and within bounded memory (npm run faults -- sdk --floods)",
  LIMIT,
  async () => {
    const present = languages.filter(({ missing, isPage }) => missing === undefined && !isPage);
    const floods = [{ ...manyPatches(1), patches: 2_000 }, comeAndGo(2)];
    const borne = await flood(present, floods);
    expect(borne.map(({ language, flood: name, lost, wrong }) => ({ language, name, lost, wrong }))).toEqual(
      present.flatMap(({ name: language }) => floods.map(({ name }) => ({ language, name, lost: 0, wrong: [] }))),
    );
  },
);
