import type { JsonValue } from "@sluice/evaluation";

/** What needs no quotes inside brackets: words, and what keys, versions and addresses of people are made of. */
const PLAIN_IN_FLOW = /^[A-Za-z_À-ɏ][\w.@/+À-ɏ-]*(?: [\w.@/+À-ɏ-]+)*$/;
/** What needs none on a line of its own, too: a sentence, without a colon or a number sign that YAML would read. */
const PLAIN_ON_A_LINE = /^[A-Za-z_À-ɏ][^:#"\\\p{C}\u2028\u2029]*$/u;
/** Words of the core schema that are no texts, and those of YAML 1.1, which people and older tools read as other things. */
const NO_TEXTS = /^(?:true|false|null|yes|no|on|off|y|n|nan|inf)$/i;

const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** A text as YAML between brackets: bare where that is read back as the same text, else in double quotes, as JSON writes it. */
export function textInFlow(text: string): string {
  return DATE.test(text) || (PLAIN_IN_FLOW.test(text) && !NO_TEXTS.test(text)) ? text : JSON.stringify(text);
}

/** A text as YAML behind `key: ` on a line of its own. */
export function textOnALine(text: string): string {
  return DATE.test(text) || (PLAIN_ON_A_LINE.test(text) && text.trim() === text && !NO_TEXTS.test(text)) ? text : JSON.stringify(text);
}

/** The name of a variant: `on` and `off` are texts in YAML 1.2, and bare in every file that people write. */
export function nameInFlow(name: string): string {
  return /^[A-Za-z_][\w.-]*$/.test(name) && !/^(?:true|false|null|nan|inf)$/i.test(name) ? name : JSON.stringify(name);
}

/** Any value on one line, between brackets where it is more than one. */
export function flowOf(value: JsonValue): string {
  if (typeof value === "string") return /^(?:on|off)$/.test(value) ? value : textInFlow(value);
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(flowOf).join(", ")}]`;
  const entries = Object.entries(value);
  return entries.length === 0 ? "{}" : `{ ${entries.map(([key, one]) => `${nameInFlow(key)}: ${flowOf(one)}`).join(", ")} }`;
}
