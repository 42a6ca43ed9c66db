import type { PageMutant } from "../react/mutants.ts";

const at =
  (file: string) =>
  (name: string, find: string, replace: string): PageMutant => ({
    name,
    file: `sdks/js-browser/src/${file}.ts`,
    tests: "sdks/js-browser/src/client.test.ts",
    find,
    replace,
  });
const [holder, client, attempt, connection] = [at("holder"), at("client"), at("attempt"), at("connection")];

/** Wrong cores of the SDK for pages: each must be told by its own tests. */
export const browserMutants: readonly PageMutant[] = [
  holder("an older answer is taken", " || isOlder(body)) throw", ") throw"),
  holder("another environment's answers are taken", "body.environment !== environment || ", ""),
  holder("a body without answers is taken", "!body.answers || ", ""),
  holder("a kill of an older version leads back to it", "...(isOlder(body) ? held : body)", "...body"),
  holder("a kill takes every other answer away", "answers: { ...held.answers, ...body.answers } })", "answers: body.answers })"),
  holder("a kill loses to what is held", "{ ...held.answers, ...body.answers } })", "{ ...body.answers, ...held.answers } })"),
  holder("nothing is kept for the next visit", "    world.keep(name, JSON.stringify(held));\n", ""),
  holder("listeners hear of keys that did not change", ".filter((key) => JSON.stringify(before[key]) !== JSON.stringify(answers[key]))", ""),
  holder("listeners hear of nothing", "if (keys.length) changed(keys);", "changed(keys);"),
  holder("listeners do not hear of a flag that went", "Object.keys({ ...before, ...answers })", "Object.keys(answers)"),
  holder("whoever comes has the answers of the one before", "show(keptOf(subject, world.keep(name)))", "held = { ...held, subject }"),
  holder("what another person had is taken from the storage", "kept.subject === subject && kept.answers", "kept.answers"),
  holder("what was kept without answers is taken", "kept.subject === subject && kept.answers", "kept.subject === subject"),
  holder("a token that cannot be read passes for nobody", "    return token;\n", '    return "";\n'),
  client("a value of another type is answered", "typeof value === type && value !== null ?", "value !== undefined && value !== null ?"),
  client("names that every object has are flags", "answers()[key]?.reason ? answers()[key] : undefined", "answers()[key]"),
  client("ready waits a minute", "options.waitMs ?? WAIT_MS", "options.waitMs ?? WAIT_MS * 60"),
  client("a listener that throws stops the others", "guarded(() => listener(keys), problem)", "listener(keys)"),
  client("a closed client goes on asking", "      reconnect(true);\n", ""),
  client("ready does not hear of the answers", "      holder.take(body);\n      settle();", "      holder.take(body);"),
  client("somebody else is asked for at the next attempt only", "      const known = begin(next);\n      reconnect();", "      const known = begin(next);"),
  client("the token stays at home", "(token ? { authorization: `Bearer ${token}` } : {})", "({})"),
  client("what is known already is waited for", "    if (getters.keys()[0]) settle();\n", ""),
  attempt("an answer that was on its way undoes a kill", "if (since < 2) page.take(", "page.take("),
  attempt("a change that comes while it asks is lost", "if (isAsking) since |= 1;", "if (isAsking) return;"),
  attempt("each hint asks", "cancelHint = cancelHint ?? world.after(", "cancelHint = world.after("),
  attempt("the hint's jitter is not waited for", "world.unit() * data.jitterMs", "0"),
  attempt("a kill waits for the next answers", "      page.kill(data);\n", ""),
  attempt("what hangs is not noticed", "world.after(SILENT_MS, ", "world.after(SILENT_MS * 1_000, "),
  attempt("a page that nobody sees follows the stream", "if (!world.isHidden()) await follow", "await follow"),
  attempt("an event may be endless", "while (rest.length < EVENT_CHARS_MAX)", "while (rest.length >= 0)"),
  attempt("letters may not be cut", "decoder.decode(value, { stream: true })", "decoder.decode(value)"),
  attempt("what cannot be used is taken from the browser's cache again", 'page.cache = "reload";', ""),
  attempt("events may not be cut", "(rest + decoder", "(decoder"),
  attempt("a hint outlives its attempt", "    cancelHint?.();\n", ""),
  attempt("a version missed before the stream stays missed", 'event === "changed" || !page.isAt(data)', 'event === "changed"'),
  connection("waits do not grow", "WAIT_MS_MIN * 2 ** failures", "WAIT_MS_MIN"),
  connection("waits grow without end", "Math.min(WAIT_MS_MAX, ", "Math.max(0, "),
  connection("waits go on growing after a connection that held", "() => (failures = 0)", "() => {}"),
  connection("what the page does itself is a problem", "if (error) problem(error);", "problem(error);"),
  connection("a page that nobody sees asks as often", "world.isHidden() ? HIDDEN_MS : backOffMs", "backOffMs"),
  connection("a page that nobody sees keeps its connection", "(world.isHidden() ? abort() : wake())", "wake()"),
  connection("a closed client hears of the page", "    if (isEnd) unlisten();\n    else void run();", "    if (!isEnd) void run();"),
];
