import type { Context } from "./answer.ts";
import type { Predicate } from "./operators.ts";

/** Asks one question about a context. Total: a context that throws counts as not matching. */
export type Test = (context: Context) => boolean;

/** Reads one attribute; `undefined` is missing. Total: a getter or proxy that throws makes its attribute missing. */
export type Read = (context: Context) => unknown;

/**
 * Compiles an attribute path. An own property with the whole dotted name wins over walking nested objects; only own properties count;
 * lists are not walked into, so that `roles.length` is not an attribute.
 */
export function compileRead(path: string): Read {
  if (!path.includes(".")) {
    return (context) => {
      try {
        const value = context[path];
        return value !== undefined && Object.hasOwn(context, path) ? value : undefined;
      } catch {
        // The context belongs to the caller: whatever it throws means that the attribute cannot be read.
        return undefined;
      }
    };
  }
  const names = path.split(".");
  return (context) => {
    try {
      return Object.hasOwn(context, path) ? context[path] : walk(context, names);
    } catch {
      return undefined;
    }
  };
}

/**
 * Compiles a question that no missing attribute satisfies. The property is read first and proved to be the context's own
 * only when the predicate holds: most questions end at "no", and reading is several times cheaper than proving.
 */
export function compileAttributeTest(path: string, predicate: Predicate): Test {
  if (path.includes(".")) {
    const read = compileRead(path);
    return (context) => {
      try {
        return predicate(read(context));
      } catch {
        return false;
      }
    };
  }
  return (context) => {
    try {
      return predicate(context[path]) && Object.hasOwn(context, path);
    } catch {
      return false;
    }
  };
}

function walk(context: Context, names: readonly string[]): unknown {
  let value: unknown = context;
  for (const name of names) {
    if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}
