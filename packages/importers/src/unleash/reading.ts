import type { LossReport } from "../loss.ts";
import { park } from "../parked.ts";
import type { Foreign } from "../record.ts";

/** What translating one feature needs to know, and where it reports to. */
export interface Reading {
  readonly flag: string;
  /** Constraints of segments by id. */
  readonly segments: ReadonlyMap<string, readonly unknown[]>;
  /** Features by name, for dependencies. */
  readonly features: ReadonlyMap<string, Foreign>;
  readonly attributes: Attributes;
  readonly report: LossReport;
}

type AttributeType = "string" | "number" | "date";

/** Attributes that Unleash's SDK sets by itself, or that mean something of their own there. */
const SET_BY_SDK: Readonly<Record<string, string>> = {
  appName: "Unleash's SDK sets appName; here the application sends it.",
  environment: "Unleash's SDK sets environment; here the application sends it.",
  currentTime: "Unleash takes its own clock where currentTime is not sent; here the application sends it, and what should happen at a time is a wave.",
};

/** The attributes that all flags use, by path, each with the one type it has here. */
export class Attributes {
  readonly types: Map<string, AttributeType> = new Map();
  readonly #report: LossReport;

  constructor(report: LossReport) {
    this.#report = report;
  }

  /** The path of Unleash's context field here. Parks where another rule needs another type of it: a context has one. */
  path(field: string, type: AttributeType): string {
    if (field === "" || ["all", "any", "not", "segment"].includes(field)) return park(`the context field ${JSON.stringify(field)}`);
    if (field === "userId") {
      this.#report.add("", "rule/attribute", "Unleash's userId is the targetingKey here.");
      return type === "string" ? "targetingKey" : park("userId as anything but a text");
    }
    const known = this.types.get(field) ?? type;
    if (known !== type && (known === "number" || type === "number"))
      return park(
        `"${field}", which is compared as a ${type === "number" ? "number" : "text"} here and as a ${known === "number" ? "number" : "text"} elsewhere`,
      );
    this.types.set(field, known === type ? type : "string");
    const words = Object.hasOwn(SET_BY_SDK, field) ? SET_BY_SDK[field] : undefined;
    if (words !== undefined) this.#report.add("", "rule/attribute", words);
    if (type === "number") this.#report.add("", "rule/attribute", `Unleash reads "${field}" as a number from its text; here the application sends a number.`);
    return field;
  }

  /** The path of a field that is counted: texts and whole numbers alike. */
  unit(field: string): string {
    return field === "userId" || !this.types.has(field) ? this.path(field, "string") : field;
  }
}
