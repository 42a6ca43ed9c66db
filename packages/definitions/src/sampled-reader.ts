import { type SampledAttributes, type SampledHow, samplingLimits } from "@sluice/evaluation";
import type { FileReport } from "./diagnostic.ts";
import type { Fields } from "./fields.ts";

/** How an attribute may be sampled; what says nothing is not sampled. */
export const SAMPLED_HOW: readonly SampledHow[] = ["plain", "hashed"];

/**
 * Reads `sampled:` of the attributes. What has a mistake is told and not sampled: a slip must never let more out, and no flag is kept back for it.
 * `customer`: the attribute that names the customer.
 */
export function readSampled(fields: Fields, report: FileReport, customer: string): SampledAttributes {
  const keys = [customer, "targetingKey"];
  const found = fields.entries("attributes").flatMap(({ key, value }): readonly (readonly [string, SampledHow])[] => {
    const entry = value.kind === "map" ? value.entries.find((one) => one.key === "sampled") : undefined;
    if (entry === undefined) return [];
    const how = fields.oneOf("sampled", SAMPLED_HOW, entry.value);
    if (how === "plain" && keys.includes(key)) {
      report.add(entry.value.span, {
        code: "project/sampled-key",
        message: `"${key}" says who somebody is, and would be sampled as it is.`,
        expected: "hashed",
        nearest: "hashed",
        fix: 'Write "hashed", or leave sampled: away.',
      });
      return [];
    }
    return how === undefined ? [] : [[key, how]];
  });
  if (found.length > samplingLimits.attributes)
    report.add(fields.tree("attributes")?.span ?? fields.span, {
      code: "field/value",
      message: `${found.length} attributes are sampled; ${samplingLimits.attributes} can be.`,
      fix: `Take sampled: away from those that no rule asks for; the first ${samplingLimits.attributes} are sampled.`,
    });
  return Object.fromEntries(found.slice(0, samplingLimits.attributes));
}
