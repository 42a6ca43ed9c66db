import { expect, test } from "vitest";
import { liftSentence } from "./lift-sentence.ts";

const two = { name: "Production", liftNeedsTwo: true };
const one = { name: "Production" };
const kill = { kill: "k1", environment: "production", flags: ["diary.voice-notes"] };
const both = { ...kill, flags: ["diary.voice-notes", "diary.snag-list"] };
const other = { kill: "k2", environment: "production", flags: ["diary.voice-notes"] };

test("a lift that nothing keeps says who has the feature again", () => {
  expect(liftSentence(kill, { environment: one, kills: [kill, { ...other, environment: "staging" }] })).toBe(
    "Lifting gives Voice notes back in Production to whoever the rules give it to, at once.",
  );
});

test("where a lift takes two people the first press says that it only asks, and the second that it lifts", () => {
  expect(liftSentence(both, { environment: two, kills: [both] })).toBe(
    "In Production a lift takes two people: this asks for it, and Voice notes and Snag list stay killed until somebody else lifts it too.",
  );
  expect(liftSentence({ ...kill, liftAsked: { atMs: 1 } }, { environment: two, kills: [kill] })).toBe(
    "Lifting gives Voice notes back in Production to whoever the rules give it to, at once.",
  );
});

test("what another kill names too is said to stay killed, and what one takes from some is not promised to all", () => {
  expect(liftSentence(kill, { environment: one, kills: [kill, other] })).toBe(
    "Lifting ends this kill alone. In Production Voice notes stays killed: another kill names it too.",
  );
  expect(liftSentence(both, { environment: one, kills: [both, other] })).toBe(
    "Lifting gives Snag list back in Production to whoever the rules give it to, at once. There Voice notes stays killed: another kill names it too.",
  );
  expect(liftSentence(kill, { environment: one, kills: [kill, { ...other, scope: { services: ["web"] } }] })).toBe(
    "Lifting gives Voice notes back in Production to whoever the rules give it to and no other kill takes it from, at once.",
  );
});
