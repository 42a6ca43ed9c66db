import type { Result } from "@sluice/evaluation";
import { parseDocument } from "yaml";

/** Characters of one foreign file: ten times the largest seen. */
export const INPUT_CHARS_MAX: number = 16 * 2 ** 20;

/** What a foreign file holds, and how many comments were lost on the way. */
export interface SourceData {
  readonly data: unknown;
  readonly comments: number;
}

/** Reads JSON, JSON with comments and trailing commas, or (by its name) YAML. The problem is one sentence. */
export function readSource(name: string, text: string): Result<SourceData, string> {
  if (text.length > INPUT_CHARS_MAX) return { ok: false, problem: `it has ${text.length} characters; ${INPUT_CHARS_MAX} are allowed` };
  const plain = text.startsWith("\uFEFF") ? text.slice(1) : text;
  return /\.ya?ml$/i.test(name) ? readYaml(plain) : readJson(plain);
}

function readYaml(text: string): Result<SourceData, string> {
  const document = parseDocument(text, { version: "1.2", schema: "core", merge: false, uniqueKeys: true });
  const [error] = document.errors;
  if (error !== undefined) return { ok: false, problem: error.message.split("\n")[0] ?? error.message };
  try {
    return { ok: true, value: { data: document.toJS({ maxAliasCount: 100 }), comments: 0 } };
  } catch (error) {
    return { ok: false, problem: error instanceof Error ? error.message : String(error) };
  }
}

function readJson(text: string): Result<SourceData, string> {
  const { json, comments } = withoutComments(text);
  try {
    return { ok: true, value: { data: JSON.parse(json), comments } };
  } catch (error) {
    return { ok: false, problem: error instanceof Error ? error.message : String(error) };
  }
}

/** A string, a comment, or a comma with nothing but space and comments before the closing bracket. */
const TOKENS = /"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\/|,(?=(?:\s|\/\/[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*[}\]])/g;

/** Blanks comments and trailing commas out, so that places in error messages stay right. */
function withoutComments(text: string): { readonly json: string; readonly comments: number } {
  let comments = 0;
  const json = text.replace(TOKENS, (token) => {
    if (token.startsWith('"')) return token;
    if (token.startsWith("/")) comments += 1;
    return token.replace(/[^\n]/g, " ");
  });
  return { json, comments };
}
