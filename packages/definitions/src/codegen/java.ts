import { isDeprecated, type NamedFlag } from "./named-flags.ts";

const TYPES = [
  { type: "boolean", name: "BooleanFlag", answer: "boolean", question: "getBoolean", says: "answers true or false" },
  { type: "string", name: "StringFlag", answer: "String", question: "getString", says: "answers a text" },
  { type: "number", name: "NumberFlag", answer: "double", question: "getNumber", says: "answers a number" },
] as const;

/** One class's constants are set by one method of at most 65,535 bytes (JVM specification 4.7.3), some 17 for each. */
export const JAVA_FLAGS_MAX = 3_000;

/**
 * A Java class in which a flag that is not there does not compile: one constant for each flag, with what it does, which asks a client with
 * the flag's own code default. Plain ASCII, whatever a flag says; the same flags give the same text. At most `JAVA_FLAGS_MAX` flags.
 */
export function javaOf(flags: readonly NamedFlag[], packageName: string): string {
  return [
    "// Written by `sluice codegen java` from the flag files. Change those and run it again.",
    `package ${packageName};`,
    "",
    "import io.github.sluiceflags.Context;",
    "import io.github.sluiceflags.SluiceClient;",
    "",
    "/** Every flag: one that is not there does not compile. */",
    "public final class Flags {",
    "  private Flags() {}",
    ...TYPES.flatMap(({ name, answer, question, says }) => [
      "",
      `  /** A flag that ${says}. */`,
      `  public record ${name}(String key, ${answer} fallback) {`,
      "    /** Its answer for a user, or its code default where the client has none. */",
      `    public ${answer} in(SluiceClient client, Context user) {`,
      `      return client.${question}(key, fallback, user);`,
      "    }",
      "  }",
    ]),
    "",
    "  /** A flag that answers an object. */",
    "  public record ObjectFlag(String key) {",
    "    /** Its answer for a user, or the fallback where the client has none. */",
    "    public Object in(SluiceClient client, Context user, Object fallback) {",
    "      return client.getObject(key, fallback, user);",
    "    }",
    "  }",
    ...flags.flatMap(constantOf),
    "}",
    "",
  ].join("\n");
}

function constantOf({ name, flag, words }: NamedFlag): readonly string[] {
  const type = TYPES.find((one) => one.type === flag.type);
  const [kind, args] = type === undefined ? (["ObjectFlag", [text(flag.key)]] as const) : ([type.name, [text(flag.key), literal(flag.codeDefault)]] as const);
  return [
    "",
    `  /** ${comment(words)}${isDeprecated(flag) ? " @deprecated It is to go: ask for it nowhere new." : ""} */`,
    ...(isDeprecated(flag) ? ["  @Deprecated"] : []),
    `  public static final ${kind} ${name} = new ${kind}(${args.join(", ")});`,
  ];
}

/** JSON's escapes are Java's; what is not ASCII is escaped too, so that no compiler's character set matters. */
const text = (value: string): string => JSON.stringify(value).replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
/** A whole number without its `d` would be an int, and too large for one. */
const literal = (value: unknown): string => (typeof value === "string" ? text(value) : typeof value === "number" ? `${JSON.stringify(value)}d` : String(value));
/** Java reads `\u` everywhere, also in comments, and Javadoc reads `@`, `{` and HTML. */
const comment = (words: string): string => words.replaceAll(/[\\&<>@{}*]|[^ -~]/gu, (character) => `&#${character.codePointAt(0) ?? 0};`);
