// Reverts decided, judged or served wrongly: what their tests must find. Each is one text of one file of packages, replaced once.
import { isCaughtIn, type PackageMutant } from "../copied-packages.ts";

const DECIDE = "releases/src/decide/revert.ts";
const FOLD = "releases/src/revert/apply-revert.ts";
const FORMS = "snapshot/src/segment-forms.ts";
const PLAN = "releases/src/decide/revert-plan.ts";
const JUDGE = "snapshot/src/decision-enlargements.ts";

export const revertMutants: readonly PackageMutant[] = [
  {
    name: "what enlarges is served at once",
    file: DECIDE,
    find: "!isGuarded || enlarges.length === 0 || may(",
    replace: "!isGuarded || enlarges.length >= 0 || may(",
  },
  { name: "whoever reverts lets it through", file: DECIDE, find: 'may(role, "acceptEnlargement");', replace: 'may(role, "revertFlag");' },
  { name: "it waits where nobody decides", file: DECIDE, find: "!isGuarded || enlarges.length === 0", replace: "enlarges.length === 0" },
  { name: "an engineer ends what Git enlarges", file: DECIDE, find: "if (!isGranted(wish.role, wish.effect))", replace: "if (wish.role === undefined)" },
  { name: "anybody decides about one that waits", file: DECIDE, find: 'refusalOf(wish, "acceptEnlargement")', replace: 'refusalOf(wish, "readLog")' },
  { name: "a segment's revert is a flag's", file: DECIDE, find: "isSameTarget(made, wish);", replace: "true;" },
  {
    name: "one that waits is in force",
    file: FOLD,
    find: "return { ...known, revertsWaiting: withoutTarget(known.revertsWaiting, of).set(id, { id, ...rest, ...of, ...at, ...by }) };",
    replace: "return withRevert(known, { id, ...rest, ...of, ...at, ...by });",
  },
  { name: "a refused one is served", file: FOLD, find: "if (!facts.isAccepted) return", replace: "if (facts.revert === undefined) return" },
  {
    name: "a newer revert leaves the one that waits",
    file: FOLD,
    find: "const revertsWaiting = withoutTarget(known.revertsWaiting, revert);",
    replace: "const { revertsWaiting } = known;",
  },
  {
    name: "the end of a segment's revert is no end",
    file: FOLD,
    find: "return segment === undefined ? known :",
    replace: "return segment !== undefined ? known :",
  },
  { name: "a segment's revert goes on when Git agrees", file: FOLD, find: "segmentReverts: differing(segmentReverts, files)", replace: "segmentReverts" },
  { name: "one that waits goes on when Git agrees", file: FOLD, find: "revertsWaiting: differing(revertsWaiting, files)", replace: "revertsWaiting" },
  {
    name: "a kept flag keeps its own segment",
    file: FORMS,
    find: "(this.#reverted.get(key)?.seq ?? 0) > seq",
    replace: "seq > 0 && (this.#reverted.get(key)?.seq ?? 0) > seq",
  },
  {
    name: "a flag reverted later takes the older revert of the segment",
    file: FORMS,
    find: "(this.#reverted.get(key)?.seq ?? 0) > seq",
    replace: "this.#reverted.has(key)",
  },
  { name: "newer reverts of segments are placed first", file: FORMS, find: "([, a], [, b]) => a.seq - b.seq", replace: "([, a], [, b]) => b.seq - a.seq" },
  {
    name: "segments that it asked then are those of now",
    file: FORMS,
    find: "this.#placed(key, segment, this.#idsOf({ project, seq }))",
    replace: "this.#placed(key, segment, (id) => id)",
  },
  {
    name: "a revert of a segment is no change of what is served",
    file: "snapshot/src/advance.ts",
    find: "      a.segmentReverts === b.segmentReverts &&\n",
    replace: "",
  },
  {
    name: "a segment is reverted everywhere",
    file: "snapshot/src/compile.ts",
    find: "revertedSegments(own, read)",
    replace: 'revertedSegments(decisions.environments["production"] ?? own, read)',
  },
  {
    name: "a commit to a reverted segment holds its flags back",
    file: "snapshot/src/commit-enlargements.ts",
    find: "const decided = reverted?.(key);",
    replace: "const decided = reverted === undefined ? undefined : segments.get(key)?.form;",
  },
  {
    name: "only flags whose own form changes are judged",
    file: JUDGE,
    find: "canonicalJson(before) !== canonicalJson(form) || asksSegment(form, is, (id) => changed.has(id));",
    replace: "canonicalJson(before) !== canonicalJson(form);",
  },
  { name: "nobody asks whom a kill still covers", file: JUDGE, find: "...(uncovered.has(flag) ?", replace: "...(uncovered.size < 0 ?" },
  { name: "agreement to another plan counts", file: PLAN, find: "contentHash === past?.contentHash)", replace: "contentHash !== undefined)" },
  { name: "an agreement that is over counts again", file: PLAN, find: "untilMs > wish.atMs &&", replace: "untilMs > 0 &&" },
  { name: "whoever goes back has agreed", file: PLAN, find: "by !== wish.by &&", replace: "by !== undefined &&" },
  { name: "a plan comes back without who agreed", file: "releases/src/apply-release.ts", find: ", ...agreed];", replace: "];" },
];

const TESTS = [
  "packages/releases/src/decide/revert-plan.test.ts",
  "packages/releases/src/decide/revert.test.ts",
  "packages/snapshot/src/segment-revert.test.ts",
];

/** Whether the tests of reverts fail over a copy of the packages with the mutant in it. */
export const isCaught = (mutant: PackageMutant | undefined, id: string): Promise<boolean> =>
  isCaughtIn({ name: `reverts-${id}`, packages: ["evaluation", "definitions", "releases", "snapshot"], tests: TESTS }, mutant);
