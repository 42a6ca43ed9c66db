import { describe, expect, test } from "vitest";
import { namedFaults } from "../faults/sdk/faults.ts";
import { languages } from "../faults/sdk/languages.ts";
import { playScript } from "../faults/sdk/script.ts";

/** A first build compiles Go's standard library, and makes a Python environment, on two cores that others use too. */
const LIMIT = { timeout: 480_000 };
/** One of each kind: no connection, no answer, half an answer, another's answer, silence, and a link that gives way while a kill is on its way. */
const SOME = ["downLater", "status503", "truncated", "wrongSignature", "hangInStream", "killInReconnect", "redirect"];

describe("SDK processes of every language behind one proxy (npm run faults -- sdk plays the whole script)", () => {
  const present = languages.filter(({ missing }) => missing === undefined);
  for (const { name, missing } of languages) if (missing !== undefined) console.log(`skipped: ${name}, because there is ${missing}.`);

  test("keep the last good flags, go on trying slowly, and read the kill when the fault is over", LIMIT, async () => {
    const verdicts = await playScript(present, (trap) => namedFaults(trap).filter(({ name }) => SOME.includes(name)), {
      speed: 20,
      minutes: 10,
      clients: 1,
      run: "sources",
    });
    for (const verdict of verdicts) verdict.settle();
    const seen = verdicts.map(({ language, fault, rounds, lost, wrong, isKept, keepsTrying }) => ({
      language,
      fault,
      rounds,
      lost,
      wrong,
      isKept,
      keepsTrying,
    }));
    const pages = SOME.filter((fault) => fault !== "wrongSignature");
    const expected = present.flatMap(({ name, isPage }) =>
      namedFaults("")
        .filter(({ name: fault }) => (isPage ? pages : SOME).includes(fault))
        .map(({ name: fault }) => ({ language: name, fault, rounds: 1, lost: 0, wrong: 0, isKept: true, keepsTrying: true })),
    );
    expect(seen).toEqual(expected);
  });
});
