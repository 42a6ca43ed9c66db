import { type Condition, type FlagForm, type JsonValue, type RuleForm, type SegmentForm, SLOTS, type Snapshot } from "@sluice/evaluation";
import { park, Parked } from "../parked.ts";
import { leaf } from "./leaf.ts";
import { all, any, fraction, inTexts, isText, type Logic, not, same, unitIsThere, variable } from "./logic.ts";

/** What flagd can be given of a snapshot. */
export interface ExportedFlagd {
  /** flagd's flag definitions, for a file or a sync stream. */
  readonly text: string;
  /** Flags in it. */
  readonly flags: number;
  /** Flags that are not in it, and why: nothing is approximated. Whoever asks flagd for one gets the code's default. */
  readonly refused: readonly { readonly flag: string; readonly why: string }[];
}

/** Operators of one flag's logic, prerequisites and segments written out. */
const NODES_MAX = 20_000;
const DEPTH_MAX = 8;

/**
 * A snapshot as flagd 4's flag definitions: the same variant for each context whose texts are ASCII. A killed flag is ENABLED with its off variant,
 * because flagd's DISABLED means the caller's default. What flagd has no equal for (versions, addresses, times, patterns, case-insensitive
 * texts, customers known by hash, paths with a dot) makes its flag refused by name.
 */
export function exportFlagd(snapshot: Snapshot): ExportedFlagd {
  const flags: [string, unknown][] = [];
  const refused: { flag: string; why: string }[] = [];
  for (const [flag, form] of Object.entries(snapshot.flags).sort(([a], [b]) => (a < b ? -1 : 1))) {
    try {
      flags.push([flag, new Writer(snapshot).flag(flag, form)]);
    } catch (error) {
      if (!(error instanceof Parked)) throw error;
      refused.push({ flag, why: error.message });
    }
  }
  return { text: JSON.stringify({ flags: Object.fromEntries(flags) }, undefined, 1), flags: flags.length, refused };
}

interface Basics {
  readonly off: string;
  readonly rest: string;
  readonly salt: string;
}

class Writer {
  readonly #snapshot: Snapshot;
  #nodes = 0;

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot;
  }

  flag(key: string, form: FlagForm): object {
    const variants = form.variants ?? { on: true, off: false };
    const logic = this.#decision(key, form, 0);
    const isConstant = typeof logic === "string";
    return { state: "ENABLED", variants, defaultVariant: isConstant ? logic : (form.off ?? "off"), ...(isConstant ? {} : { targeting: logic }) };
  }

  /** The name of the variant that a flag answers: kill, prerequisites, eligible, exposure, rules, default. */
  #decision(key: string, form: FlagForm, depth: number): Logic {
    if (depth > DEPTH_MAX) park(`prerequisites more than ${DEPTH_MAX} deep`);
    const names = new Set(Object.keys(form.variants ?? { on: true, off: false }));
    const known = (name: string): string => (names.has(name) ? name : park(`the variant ${JSON.stringify(name)}, which the flag does not have`));
    const off = known(form.off ?? "off");
    const basics: Basics = { off, rest: known(form.default ?? off), salt: form.salt ?? key };
    if ((form.pins ?? []).length > 0) park("pins, whose users are known by hash only");
    let logic: Logic = basics.rest;
    for (const rule of (form.rules ?? []).toReversed()) logic = this.#rule(rule, { ...basics, known }, logic);
    if (form.exposure !== undefined) logic = this.#exposed(form.exposure, known, logic);
    const failing = [
      ...this.#kills(key),
      ...(form.prerequisites ?? []).map(({ flag, serves }) => not(this.#serves(flag, serves, depth))),
      ...(form.eligible === undefined ? [] : [not(this.#condition(form.eligible))]),
    ];
    return choose(any(failing), off, logic);
  }

  #kills(key: string): readonly Logic[] {
    return Object.values(this.#snapshot.kills ?? {}).flatMap(({ flags, scope }): readonly Logic[] => {
      if (!flags.includes(key)) return [];
      // flagd names neither service nor version, and who does not is covered by a kill that is limited to them.
      if (scope?.customers !== undefined) return park("a kill for some customers, who are known by hash only");
      return [scope?.segment === undefined ? true : this.#segment(scope.segment, 0)];
    });
  }

  #serves(flag: string, serves: readonly string[], depth: number): Logic {
    const form = Object.hasOwn(this.#snapshot.flags, flag) ? this.#snapshot.flags[flag] : undefined;
    if (form === undefined) return park(`the prerequisite ${JSON.stringify(flag)}, which is missing`);
    const answer = this.#decision(flag, form, depth + 1);
    return typeof answer === "string" ? serves.includes(answer) : this.#counted({ in: [answer, serves] });
  }

  #exposed(
    { serve, keys = [], except = [], rest = false, share = SLOTS }: NonNullable<FlagForm["exposure"]>,
    known: (name: string) => string,
    next: Logic,
  ): Logic {
    if (keys.length > 0 || except.length > 0 || (rest && share < SLOTS))
      return park("a release that not everybody has, whose customers are known by hash only");
    return rest ? choose(isText(this.#variable(this.#snapshot.customer ?? "customer")), known(serve), next) : next;
  }

  #rule({ if: condition, serve }: RuleForm, { known, salt: flagSalt }: Basics & { readonly known: (name: string) => string }, next: Logic): Logic {
    const matches = condition === undefined ? true : this.#condition(condition);
    if (typeof serve === "string") return choose(matches, known(serve), next);
    const { share = SLOTS, of, by = "targetingKey", salt = flagSalt, algorithm = "sluice-v1" } = serve;
    if (algorithm !== "sluice-v1") return park(`the bucketing algorithm ${algorithm}`);
    const weights = typeof of === "string" ? [[of, SLOTS] as const] : of;
    const [first] = weights;
    for (const [variant] of weights) known(variant);
    if (first !== undefined && weights.length === 1 && share === SLOTS) return choose(matches, first[0], next);
    const unit = this.#variable(by);
    const inShare =
      share === SLOTS
        ? true
        : same(
            fraction(salt, unit, [
              ["in", share],
              ["out", SLOTS - share],
            ]),
            "in",
          );
    const served = first !== undefined && weights.length === 1 ? first[0] : fraction(`${salt}:variant`, unit, weights);
    return choose(all([matches, unitIsThere(unit), inShare]), this.#counted(served), next);
  }

  #condition(condition: Condition, depth = 0): Logic {
    const [tag, ...rest] = condition;
    const [first, second] = rest;
    const name = typeof first === "string" ? first : "";
    if (typeof tag !== "string") return park("a condition that cannot be read");
    switch (tag) {
      case "all":
        return all(rest.map((part) => this.#condition(listed(part), depth)));
      case "any":
        return any(rest.map((part) => this.#condition(listed(part), depth)));
      case "not":
        return not(this.#condition(listed(first), depth));
      case "segment":
        return this.#segment(name, depth);
      default:
        return this.#counted(leaf(tag, this.#variable(name), second));
    }
  }

  #segment(id: string, depth: number): Logic {
    const segments = this.#snapshot.segments ?? {};
    const form: SegmentForm | undefined = Object.hasOwn(segments, id) ? segments[id] : undefined;
    if (form === undefined || depth > DEPTH_MAX) return park(`the segment ${JSON.stringify(id)}, which is missing or refers to itself`);
    const { by = "targetingKey", include = [], exclude = [], hashes = [], if: condition } = form;
    if (hashes.length > 0) return park(`the segment ${JSON.stringify(id)}, whose members are known by hash only`);
    const unit = this.#variable(by);
    const isIn = (list: readonly string[]): Logic => (list.length === 0 ? false : all([unitIsThere(unit), this.#counted(inTexts(unit, list))]));
    return all([not(isIn(exclude)), any([isIn(include), condition === undefined ? false : this.#condition(condition, depth + 1)])]);
  }

  #variable(path: string): Logic {
    // flagd walks nested objects only, and an attribute may come under its whole dotted name.
    if (path.includes(".") || path === "" || path === "$flagd" || path in {}) return park(`the attribute ${JSON.stringify(path)}`);
    return variable(path);
  }

  #counted(logic: Logic): Logic {
    this.#nodes += 1;
    return this.#nodes <= NODES_MAX ? logic : park(`more than ${NODES_MAX} operations, with all that it depends on`);
  }
}

function listed(part: JsonValue | undefined): Condition {
  return Array.isArray(part) ? (part as Condition) : park("a condition that cannot be read");
}

function choose(condition: Logic, then: Logic, otherwise: Logic): Logic {
  if (typeof condition === "boolean") return condition ? then : otherwise;
  return { if: [condition, then, otherwise] };
}
