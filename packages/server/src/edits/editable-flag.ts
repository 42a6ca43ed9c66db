import type { EditableFlag, EditableRule, Problem } from "@sluice/contract";
import { environmentIn, environmentPaths, fileJson, type FlagFiles, type Project } from "@sluice/definitions";
import type { JsonValue, Result } from "@sluice/evaluation";
import { unreadFile } from "./refusal.ts";

/** A flag's files as what may be changed of them. Problem: changeRefused, of one with mistakes. */
export function editableFlag(files: FlagFiles, project: Project | undefined): Result<EditableFlag, Problem> {
  const file = files.path;
  const json = fileJson(file, files.texts.get(file) ?? "");
  if (!isObject(json)) return unreadFile(file);
  const unread = [...files.texts].find(([path, text]) => !isObject(fileJson(path, text)));
  if (unread !== undefined) return unreadFile(unread[0]);
  const variants = isObject(json["variants"]) ? json["variants"] : { on: true, off: false };
  const type = TYPES.find((one) => one === json["type"]);
  if (type === undefined) return unreadFile(file);
  const [ticket, expires] = [textIn(json, "ticket"), textIn(json, "expires")];
  const tags = json["tags"];
  return {
    ok: true,
    value: {
      file,
      description: textIn(json, "description") ?? "",
      owner: textIn(json, "owner") ?? "",
      ...(ticket === undefined ? {} : { ticket }),
      ...(expires === undefined ? {} : { expires }),
      tags: Array.isArray(tags) ? tags.map(String) : [],
      type,
      variants: Object.entries(variants).map(([name, value]) => ({ name, value })),
      off: textIn(json, "off") ?? "off",
      environments: (project?.environments ?? []).map(({ key: environment }) => {
        const own = environmentIn(files, environment)?.value;
        const said = isObject(own) ? own : {};
        const rules = said["rules"];
        const apart = environmentPaths(files, environment).find((path) => path !== file);
        return {
          environment,
          ...(apart === undefined ? {} : { file: apart }),
          default: textIn(said, "default") ?? textIn(json, "off") ?? "off",
          rules: Array.isArray(rules) ? rules.map(ruleOf) : [],
        };
      }),
      teams: project?.teams ?? [],
    },
  };
}

const TYPES: readonly EditableFlag["type"][] = ["boolean", "string", "number", "object"];

type Json = Readonly<Record<string, JsonValue>>;
const isObject = (value: JsonValue | undefined): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

function textIn(object: Json, name: string): string | undefined {
  const value = object[name];
  return value === undefined || value === null || typeof value === "object" ? undefined : String(value);
}

function ruleOf(rule: JsonValue, keep: number): EditableRule {
  const said = isObject(rule) ? rule : {};
  const [id, description, condition] = [textIn(said, "id"), textIn(said, "description"), said["if"]];
  return {
    keep,
    serve: said["serve"] ?? "off",
    ...(id === undefined ? {} : { id }),
    ...(description === undefined ? {} : { description }),
    ...(condition === undefined ? {} : { if: condition }),
  };
}
