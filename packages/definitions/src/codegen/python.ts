import { isDeprecated, type NamedFlag } from "./named-flags.ts";

const TYPES = [
  { type: "boolean", name: "BooleanFlag", answer: "bool", question: "get_boolean", says: "true or false" },
  { type: "string", name: "StringFlag", answer: "str", question: "get_string", says: "a text" },
  { type: "number", name: "NumberFlag", answer: "float", question: "get_number", says: "a number" },
] as const;

/** Upper-case names that the module has besides those of flags. */
export const PYTHON_TAKEN: readonly string[] = ["NO_CONTEXT"];

/**
 * A Python module in which a flag that is not there is an error of the type checker, and of the import: one constant for each flag, with what it
 * does, which asks a client with the flag's own code default. Passes mypy's strict mode; the same flags give the same text.
 */
export function pythonOf(flags: readonly NamedFlag[]): string {
  return [
    '"""Written by `sluice codegen python` from the flag files. Change those and run it again."""',
    "",
    "from __future__ import annotations",
    "",
    "from collections.abc import Mapping",
    "from dataclasses import dataclass",
    "from typing import Any, Final, Protocol",
    "",
    "Context = Mapping[str, Any]",
    "NO_CONTEXT: Final[Context] = {}",
    "",
    "",
    "class Client(Protocol):",
    '    """What a client of the SDK and its test kit can be asked."""',
    "",
    ...TYPES.map(({ answer, question }) => `    def ${question}(self, key: str, default: ${answer}, context: Any = ..., /) -> ${answer}: ...`),
    "    def get_object(self, key: str, default: Any, context: Any = ..., /) -> Any: ...",
    ...TYPES.flatMap(({ name, answer, question, says }) => [
      "",
      "",
      "@dataclass(frozen=True)",
      `class ${name}:`,
      `    """A flag that answers ${says}."""`,
      "",
      "    key: str",
      `    default: ${answer}`,
      "",
      `    def value(self, client: Client, context: Context = NO_CONTEXT) -> ${answer}:`,
      '        """Its answer for this context, or its code default where the client has none."""',
      `        return client.${question}(self.key, self.default, context)`,
    ]),
    "",
    "",
    "@dataclass(frozen=True)",
    "class ObjectFlag:",
    '    """A flag that answers an object."""',
    "",
    "    key: str",
    "",
    "    def value(self, client: Client, default: Any, context: Context = NO_CONTEXT) -> Any:",
    '        """Its answer for this context, or the default where the client has none."""',
    "        return client.get_object(self.key, default, context)",
    "",
    "",
    ...flags.flatMap(({ name, flag, words }) => {
      const type = TYPES.find((one) => one.type === flag.type);
      const value = type === undefined ? `ObjectFlag(${text(flag.key)})` : `${type.name}(${text(flag.key)}, ${literal(flag.codeDefault)})`;
      return [`# ${words}${isDeprecated(flag) ? " Deprecated: it is to go; ask for it nowhere new." : ""}`, `${name}: Final = ${value}`];
    }),
    "",
  ].join("\n");
}

/** JSON's escapes are Python's, but for characters beyond the basic plane, which JSON writes as they are. */
const text = (value: string): string => JSON.stringify(value);
const literal = (value: unknown): string => (typeof value === "boolean" ? (value ? "True" : "False") : JSON.stringify(value));
