import type { FileReport, Span } from "./diagnostic.ts";
import { Fields, listWords, nearest, readCountUpTo } from "./fields.ts";

/** A flag that is switched off on purpose, to see how far a kill comes. */
export interface ProjectDrill {
  readonly environment: string;
  /** A release or an experiment flag; best one that only a canary has. */
  readonly flag: string;
  /** Days between two drills; absent: only when somebody asks for one. */
  readonly every?: number;
  /** Key of a customer of one's own, such as a test tenant: the flag is switched off for nobody else. Absent: for everybody. */
  readonly customer?: string;
}

/** A flag that a drill names, and where. */
export interface DrilledFlag {
  readonly flag: string;
  readonly span: Span;
}

export const DRILL_FIELDS = ["flag", "every", "customer"] as const;
/** As long as a customer's key can be. */
export const DRILL_CUSTOMER_CHARS_MAX = 200;
/** A quarter: what is tried less often is not known to work. */
export const DRILL_DAYS_MAX = 90;

/** Reads `drills:`, by environment. A drill with a mistake is told and left out: no flag is kept back for it. */
export function readDrills(
  fields: Fields,
  report: FileReport,
  environments: readonly string[],
): { readonly drills: readonly ProjectDrill[]; readonly drilled: readonly DrilledFlag[] } {
  const drilled: DrilledFlag[] = [];
  const drills = fields.entries("drills").flatMap(({ key: environment, keySpan, value }): readonly ProjectDrill[] => {
    const isKnown = environments.includes(environment);
    const near = nearest(environment, environments);
    if (!isKnown)
      report.add(keySpan, {
        code: "flag/unknown-environment",
        message: `The project has no environment "${environment.slice(0, 100)}".`,
        expected: listWords(environments),
        nearest: near,
        fix: near === undefined ? "Name an environment of this project." : `Write "${near}".`,
      });
    const one = Fields.of(report, value, DRILL_FIELDS, `The drill of ${environment.slice(0, 100)}`);
    const tree = one?.required("flag", "checks.fire-drill");
    const flag = one?.text("flag", tree);
    if (flag !== undefined && tree !== undefined) drilled.push({ flag, span: tree.span });
    const days = one?.tree("every");
    const every = days && readCountUpTo(DRILL_DAYS_MAX, days, { report, field: "every", fix: "Write every: 7, in days." });
    const customer = one === undefined ? undefined : readDrillCustomer(one, report);
    if (!isKnown || flag === undefined || (days !== undefined && every === undefined) || customer === "wrong") return [];
    return [{ environment, flag, ...(every === undefined ? {} : { every }), ...customer }];
  });
  return { drills, drilled };
}

/** For whom alone it is; "wrong" where that was told. */
function readDrillCustomer(one: Fields, report: FileReport): { readonly customer?: string } | "wrong" {
  const tree = one.tree("customer");
  const customer = one.text("customer");
  if (tree === undefined) return {};
  if (customer === undefined) return "wrong";
  if (customer.length >= 1 && customer.length <= DRILL_CUSTOMER_CHARS_MAX) return { customer };
  report.add(tree.span, {
    code: "field/value",
    message: `The customer of a drill has ${customer.length} characters.`,
    expected: `1 to ${DRILL_CUSTOMER_CHARS_MAX} characters: its key, as the application sends it`,
    fix: "Write the key of a test tenant of your own, never of a customer.",
  });
  return "wrong";
}

/** Flags that no drill can switch off: unknown ones, and ops and permission flags, which are killed by an engineer alone. */
export function checkDrilledFlags(
  drilled: readonly DrilledFlag[],
  flags: ReadonlyMap<string, { readonly kind?: string | undefined }>,
  report: FileReport,
): void {
  for (const { flag, span } of drilled) {
    const kind = flags.get(flag)?.kind;
    if (flags.has(flag) && kind !== "ops" && kind !== "permission") continue;
    const near = flags.has(flag) ? undefined : nearest(flag, flags.keys());
    report.add(span, {
      code: "drill/flag",
      message: flags.has(flag)
        ? `"${flag}" is of kind ${kind}: a drill would switch off what runs the service.`
        : `There is no flag "${flag.slice(0, 100)}" to drill with.`,
      expected: "a release or an experiment flag of this project",
      nearest: near,
      fix: near === undefined ? "Make a release flag that only a canary has, and name it here." : `Write "${near}".`,
    });
  }
}
