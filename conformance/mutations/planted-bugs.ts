import type { Mutant } from "../mutants.ts";
import type { FaultFound } from "./worker.ts";

/** A wrong evaluator that mutated data must find out, and how it shows. */
export interface PlantedBug extends Mutant {
  readonly shows: FaultFound["kind"];
}

/** None of these is about what a well-made flag answers: the vectors see those. */
export const plantedBugs: readonly PlantedBug[] = [
  {
    name: "a getter that throws is not caught",
    file: "attribute.ts",
    find: "    } catch {\n        // The context belongs to the caller: whatever it throws means that the attribute cannot be read.\n        return undefined;",
    replace: "    } catch (error) {\n        throw error;",
    shows: "threw",
  },
  {
    name: "inherited attributes count",
    file: "attribute.ts",
    find: "return predicate(context[path]) && Object.hasOwn(context, path);",
    replace: "return predicate(context[path]);",
    shows: "wrong",
  },
  {
    name: "lists are walked into",
    file: "attribute.ts",
    find: "value === null || Array.isArray(value) || ",
    replace: "value === null || ",
    shows: "wrong",
  },
  {
    name: "what is no JSON throws",
    file: "decode.ts",
    find: "  } catch (cause) {\n",
    replace: "  } catch (cause) {\n    if (text.length > 0) throw cause;\n",
    shows: "threw",
  },
  {
    name: "a form that its sender vouches for throws where it is no JSON",
    file: "flag-forms.ts",
    find: "  } catch {\n",
    replace: "  } catch (cause) {\n    if (text.length > 0) throw cause;\n",
    shows: "threw",
  },
  {
    name: "the first line of a laid-out text is never found",
    file: "laid-out.ts",
    find: "let [low, high] = [1, this.#lines.length];",
    replace: "let [low, high] = [2, this.#lines.length];",
    shows: "wrong",
  },
  {
    name: "kills are not looked into when they are decoded",
    file: "decode.ts",
    find: "    if (isRecord(kill)) checkKill(kill, `${at}kills.${id}.`, problems);",
    replace: "    if (isRecord(kill)) continue;",
    shows: "threw",
  },
  {
    name: "null counts as absent in a patch",
    file: "decode.ts",
    find: "return part === undefined ? {} : part;",
    replace: "return part ?? {};",
    shows: "threw",
  },
  {
    name: "nesting is not limited",
    file: "decode.ts",
    find: "if (levels === 0) return true;",
    replace: "if (levels === 0) return false;",
    shows: "threw",
  },
  {
    name: "unknown fields are refused",
    file: "decode.ts",
    find: '  if (ownValue(snapshot, "flags") === undefined)',
    replace: '  if (Object.hasOwn(snapshot, "later")) problem(problems, "later", "unknown");\n  if (ownValue(snapshot, "flags") === undefined)',
    shows: "wrong",
  },
  {
    name: "names that objects inherit are looked up",
    file: "shape.ts",
    find: "return Object.hasOwn(record, name) ? record[name] : undefined;",
    replace: 'return name === "if" && Object.hasOwn(record, "__proto__") ? record["__proto__"] : record[name];',
    shows: "wrong",
  },
  {
    name: "one flag that cannot be read spoils the others",
    file: "tables.ts",
    find: "    const form: unknown = this.formOf(key);\n",
    replace:
      "    const spoiled = Object.values(this.#base).some((one) => typeof one !== 'object' || one === null);\n    const form: unknown = spoiled ? null : this.formOf(key);\n",
    shows: "wrong",
  },
  {
    name: "a patch forgets only the flag that it names",
    file: "tables.ts",
    find: "    for (const dependent of this.#flagDependents.get(key) ?? []) this.#forgetCompiled(dependent);\n",
    replace: "",
    shows: "wrong",
  },
  {
    name: "a lone surrogate never ends",
    file: "murmur3.ts",
    find: "  return point >= 0xd800 && point <= 0xdfff ? REPLACEMENT : point;",
    replace: "  while (point >= 0xd800 && point <= 0xdfff) REPLACEMENT.toString();\n  return point;",
    shows: "hangs",
  },
];
