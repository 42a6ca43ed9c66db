/** A wrong SDK for pages or React: one text of one file, replaced once, and the test files that must tell. */
export interface PageMutant {
  readonly name: string;
  readonly file: string;
  readonly tests: string;
  readonly find: string;
  readonly replace: string;
}

const REACT = "sdks/react/src/react.test.ts";
const SERVER = "sdks/react/src/server-rendering.test.ts";
const KIT = "sdks/react/src/testing/testing.test.ts";
const TABS = "sdks/js-browser/src/tabs/one-connection.test.ts";
const OPENFEATURE = "sdks/js-browser/src/openfeature/provider.test.ts";
const NODE = "sdks/js-server/src/handover.test.ts";

const hooks = (name: string, find: string, replace: string): PageMutant => ({ name, file: "sdks/react/src/flag-hooks.ts", tests: REACT, find, replace });
const tabs = (name: string, find: string, replace: string): PageMutant => ({
  name,
  file: "sdks/js-browser/src/tabs/one-connection.ts",
  tests: TABS,
  find,
  replace,
});
const handover = (name: string, find: string, replace: string): PageMutant => ({
  name,
  file: "sdks/js-browser/src/handover/with-handover.ts",
  tests: SERVER,
  find,
  replace,
});
const provider = (name: string, find: string, replace: string): PageMutant => ({ name, file: "sdks/react/src/provider.ts", tests: REACT, find, replace });
const web = (name: string, find: string, replace: string): PageMutant => ({
  name,
  file: "sdks/js-browser/src/openfeature/provider.ts",
  tests: OPENFEATURE,
  find,
  replace,
});

export const mutants: readonly PageMutant[] = [
  {
    ...hooks(
      "the page renders first what it knows and not what the server did",
      "    handed,\n  );",
      "    () => JSON.stringify(client?.getDetails(key)),\n  );",
    ),
    tests: SERVER,
  },
  {
    ...hooks("what the server rendered is what is shown for ever", "() => (client ? JSON.stringify(client.getDetails(key)) : handed())", "handed"),
    tests: SERVER,
  },
  hooks("a change is not heard", "keys.includes(key) && changed()", "keys.length === 0 && changed()"),
  hooks("the first key is listened to for ever", "[client, key]", "[client]"),
  hooks("an object is another one at every render", "[text]) as Answer", "[{}]) as Answer"),
  hooks("an object can be changed by whoever gets it", "(_, value: unknown) => Object.freeze(value)", "(_, value: unknown) => value"),
  hooks("a value of another type is given", "typeof value === typeof fallback && value !== undefined", "value !== undefined"),
  hooks("null is an object", " && value !== null ?", " ?"),
  hooks(
    "nobody is told that the provider is missing",
    "  if (!held) throw",
    "  if (!held) return { client: undefined, handover: undefined };\n  if (!held) throw",
  ),
  hooks("the next person's token is forgotten", "client?.identify(token)", "client?.identify()"),
  provider("a client of the provider's own stays open", "return () => made.close();", "return () => {};"),
  provider("options of the same server begin anew", "[options?.url, options?.environment]", "[options]"),
  { name: "a mistake is told at every render", file: "sdks/react/src/question-check.ts", tests: REACT, find: "said.has(key) || ", replace: "" },
  {
    name: "the nearest name is not said",
    file: "sdks/react/src/question-check.ts",
    tests: REACT,
    find: "return near.length ?",
    replace: "return near.length > 9 ?",
  },
  {
    name: "a flag that is on shows its fallback",
    file: "sdks/react/src/flag.ts",
    tests: REACT,
    find: "? props.children : props.fallback",
    replace: "? props.fallback : props.children",
  },
  {
    name: "nothing is waited for",
    file: "sdks/react/src/when-ready.ts",
    tests: REACT,
    find: "if (!wait.isOver) throw",
    replace: "if (wait.isOver && false) throw",
  },
  {
    name: "what is waited for begins at every render",
    file: "sdks/react/src/when-ready.ts",
    tests: REACT,
    find: "waits.get(client);",
    replace: "waits.get({ ...client });",
  },
  {
    name: "a test's unknown flag passes",
    file: "sdks/react/src/testing/in-memory-client.ts",
    tests: KIT,
    find: 'unknown === "fails")',
    replace: 'unknown !== "fails")',
  },
  {
    name: "a test's change is not heard",
    file: "sdks/react/src/testing/in-memory-client.ts",
    tests: KIT,
    find: "if (keys.length) for",
    replace: "if (keys.length > 9) for",
  },
  {
    name: "a value may end the data block",
    file: "sdks/js-browser/src/handover/handover-html.ts",
    tests: SERVER,
    find: '.replace(/</g, "\\\\u003c")',
    replace: "",
  },
  {
    name: "anything in the data block is taken",
    file: "sdks/js-browser/src/handover/handover-html.ts",
    tests: SERVER,
    find: 'handover.answers && typeof handover.subject === "string" ?',
    replace: "handover ?",
  },
  handover("the server is asked with a subject for a token", "=== `Bearer ${subject}` ?", '=== "" ?'),
  handover("somebody else's answers are handed over", "if (subjectOf(token) !== subject) return options;", ""),
  handover("another environment's answers are handed over", " || handover.environment !== options.environment", ""),
  handover("older answers of the storage win", "kept.seq > handover.seq", "kept.seq < handover.seq"),
  handover("newer answers of an epoch that ended win", "kept.epoch === handover.epoch && ", ""),
  tabs("an event that was cut is lost", "const text = rest + decoder", "const text = decoder"),
  tabs("who takes over asks nobody to ask again", "        tell(askAgain(JITTER_MS));\n", ""),
  tabs("who comes late does not ask again", "      pass(askAgain(0));\n", ""),
  tabs("all people of a browser have one stream", '${subjectOf(init.headers["authorization"]?.slice("Bearer ".length))}', ""),
  tabs("a tab that is closed still listens", "      channel.close();\n", ""),
  tabs("a tab that is closed waits to lead", "tabs.lead(name, signal,", "tabs.lead(name, new AbortController().signal,"),
  tabs("the leader keeps events to itself", "      channel.say(text);\n", ""),
  tabs("the leader only passes events on", "      pass(text);\n      channel.say", "      channel.say"),
  tabs("everybody leads", "tabs\n      .leadAtOnce(name, follow)", "follow()\n      .then(() => true)"),
  web("of several contexts the last token wins", "if (mine === this.#turn) await this.#client?.identify(token);", "await this.#client?.identify(token);"),
  web("without a token the one before stays", "if (mine === this.#turn) void this.#client?.identify();", ""),
  web("a stream that is back is not told", 'this.#told === "stale" || this.#told === "failed"', 'this.#told === "failed"'),
  web("a start from the last answers passes for live", "if (this.#trouble !== undefined) this.#isCut(this.#trouble);", ""),
  {
    name: "flags of servers are handed to pages",
    file: "sdks/js-server/src/handover.ts",
    tests: NODE,
    find: "flags[key]?.browser === true",
    replace: "flags[key] !== undefined",
  },
  {
    name: "a handover is made of the context itself",
    file: "sdks/js-server/src/handover.ts",
    tests: NODE,
    find: "subject: shown.value.sub,",
    replace: "subject: shown.value.ctx,",
  },
];
