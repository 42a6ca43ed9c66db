import { algorithmOf, algorithms, type ShareForm, SLOTS, stepStart } from "@sluice/evaluation";
import type { FileReport } from "./diagnostic.ts";
import { Fields, listWords, nearest, wordFor } from "./fields.ts";
import type { Tree } from "./yaml-tree.ts";

/** Percent to 1/100,000: three decimals are exact. */
const PER_PERCENT = 1_000;

/** Fields of `serve:` where it is more than a variant. */
export const SERVE_FIELDS = ["share", "of", "split", "by", "salt", "algorithm"] as const;

/** What a rule serves is read against. */
export interface Serving {
  readonly report: FileReport;
  readonly variants: ReadonlySet<string>;
}

/** A variant's name, or a report of what it should have been. */
export function readVariant(tree: Tree, { report, variants }: Serving): string | undefined {
  const name = tree.kind === "value" && tree.value !== null ? String(tree.value) : undefined;
  if (name === undefined) {
    report.add(tree.span, {
      code: "field/type",
      message: `A variant's name belongs here, not ${wordFor(tree)}.`,
      expected: listWords([...variants]),
      fix: "Name one of the flag's variants.",
    });
    return undefined;
  }
  if (variants.has(name)) return name;
  // `true` is what people mean by the variant that is named on.
  const meant = tree.kind === "value" && typeof tree.value === "boolean" ? (tree.value ? "on" : "off") : undefined;
  report.add(tree.span, unknownVariant(name, variants, meant !== undefined && variants.has(meant) ? meant : nearest(name, variants)));
  return undefined;
}

function unknownVariant(
  name: string,
  variants: ReadonlySet<string>,
  near: string | undefined,
): { readonly code: "flag/unknown-variant"; readonly message: string; readonly expected: string; readonly nearest?: string; readonly fix: string } {
  return {
    code: "flag/unknown-variant",
    message: `The flag has no variant "${name}".`,
    expected: listWords([...variants]),
    ...(near === undefined ? {} : { nearest: near }),
    fix: near === undefined ? "Name one of the flag's variants, or add it to them." : `Write "${near}".`,
  };
}

/** Percentage with at most three decimals, as 1/100,000. Undefined, with a report, for anything else. */
export function readPercent(tree: Tree, name: string, report: FileReport): number | undefined {
  const value = tree.kind === "value" ? tree.value : undefined;
  const scaled = typeof value === "number" ? Math.round(value * PER_PERCENT) : Number.NaN;
  if (typeof value === "number" && value >= 0 && value <= 100 && scaled / PER_PERCENT === value) return scaled;
  report.add(tree.span, {
    code: "share/range",
    message: `${name} is ${wordFor(tree)}.`,
    expected: "a percentage from 0 to 100 with at most three decimals, such as 25 or 0.5",
    fix:
      typeof value === "string" && /^\d+(?:\.\d+)?\s*%$/.test(value)
        ? `Write ${value.replace(/\s*%$/, "")} without the percent sign.`
        : typeof value === "number" && value >= 0 && value <= 100
          ? "Round it to three decimals."
          : "Write a number from 0 to 100.",
  });
  return undefined;
}

function readWeights(tree: Tree, serving: Serving): readonly (readonly [string, number])[] | undefined {
  const { report, variants } = serving;
  if (tree.kind !== "map" || tree.entries.length === 0) {
    report.add(tree.span, {
      code: "field/type",
      message: `A split is ${wordFor(tree)}, where variants with weights belong.`,
      expected: "{ variant: percent, … }",
      fix: "Write for example { a: 50, b: 50 }",
    });
    return undefined;
  }
  const weights: [string, number][] = [];
  let isWhole = true;
  for (const { key, keySpan, value } of tree.entries) {
    if (!variants.has(key)) report.add(keySpan, unknownVariant(key, variants, nearest(key, variants)));
    const weight = readPercent(value, `The weight of "${key}"`, report);
    if (weight === undefined || !variants.has(key)) isWhole = false;
    else weights.push([key, weight]);
  }
  if (!isWhole) return undefined;
  const sum = weights.reduce((total, [, weight]) => total + weight, 0);
  if (sum === 100 * PER_PERCENT) return weights;
  const written = weights.map(([, weight]) => String(weight / PER_PERCENT));
  report.add(tree.span, {
    code: "share/weights",
    message: `The weights add up to ${sum / PER_PERCENT}: ${written.join(" + ")} = ${sum / PER_PERCENT}.`,
    expected: "weights that add up to 100",
    fix: "Change the weights so that they add up to 100.",
  });
  return undefined;
}

/** What a rule serves, in its wire form: a variant, or a share, or a split, or both. */
export function readServe(tree: Tree, serving: Serving): string | ShareForm | undefined {
  if (tree.kind !== "map") return readVariant(tree, serving);
  const { report } = serving;
  const fields = Fields.of(report, tree, SERVE_FIELDS, "serve");
  if (fields === undefined) return undefined;
  const shareTree = fields.tree("share");
  const share = shareTree === undefined ? undefined : readPercent(shareTree, "The share", report);
  const target = fields.tree("split") ?? fields.required("of", "on");
  if (target === undefined) return undefined;
  if (fields.tree("split") !== undefined && fields.tree("of") !== undefined)
    report.add(fields.tree("of")?.span ?? tree.span, {
      code: "field/unknown",
      message: `"of" and "split" both say what is served.`,
      fix: "Keep one of the two.",
    });
  const of = target.kind === "map" ? readWeights(target, serving) : readVariant(target, serving);
  const by = fields.text("by");
  const salt = fields.text("salt");
  const algorithm = readAlgorithm(fields, report);
  checkSteps({ share, of, algorithm }, shareTree ?? target, report);
  if (of === undefined || (shareTree !== undefined && share === undefined)) return undefined;
  return {
    ...(share === undefined ? {} : { share }),
    of,
    ...(by === undefined || by === "targetingKey" ? {} : { by }),
    ...(salt === undefined ? {} : { salt }),
    ...(algorithm === undefined ? {} : { algorithm }),
  };
}

/** A foreign algorithm counts in steps of its own: a finer share would be rounded up by it, silently. */
function checkSteps(
  {
    share = 0,
    of,
    algorithm = "sluice-v1",
  }: { readonly share: number | undefined; readonly of: ShareForm["of"] | undefined; readonly algorithm: string | undefined },
  tree: Tree,
  report: FileReport,
): void {
  const known = algorithmOf(algorithm);
  if (known === undefined) return;
  let sum = 0;
  const ends = Array.isArray(of) ? of.map(([, weight]: readonly [string, number]) => (sum += weight)) : [];
  const { shareSteps, weightSteps } = known;
  if (endsAStep(share, shareSteps) && ends.every((end) => endsAStep(end, weightSteps))) return;
  report.add(tree.span, {
    code: "share/step",
    message: `The algorithm ${algorithm} counts shares in ${shareSteps} steps and weights in ${weightSteps}; these end between two.`,
    fix: "Round to its steps, or leave the algorithm out: then users are shuffled once.",
  });
}

/** Steps whose number does not divide 100,000 begin at the whole slot below. */
function endsAStep(slot: number, steps: number): boolean {
  return stepStart(Math.ceil((slot * steps) / SLOTS), steps) === slot;
}

function readAlgorithm(fields: Fields, report: FileReport): string | undefined {
  const tree = fields.tree("algorithm");
  const name = fields.text("algorithm", tree);
  if (name === undefined || tree === undefined) return undefined;
  const known = [...algorithms.keys()];
  if (algorithmOf(name) !== undefined) return name === "sluice-v1" ? undefined : name;
  const near = nearest(name, known);
  report.add(tree.span, {
    code: "share/algorithm",
    message: `There is no bucketing algorithm "${name}".`,
    expected: listWords(known),
    nearest: near,
    fix: near === undefined ? "Leave it out for sluice-v1." : `Write "${near}".`,
  });
  return undefined;
}

/** Whether a rule serves everybody it matches, so that nothing behind it is reached. */
export function servesAll(serve: string | ShareForm): boolean {
  return typeof serve === "string" || (serve.share ?? 100 * PER_PERCENT) === 100 * PER_PERCENT;
}
