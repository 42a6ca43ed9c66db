import { canonicalJson, type JsonValue } from "@sluice/evaluation";
import { FileReport, type TextEdit } from "../diagnostic.ts";
import { jsonOf } from "../fields.ts";
import { FLAG_ORDER } from "../format-file.ts";
import { parseTree, type Tree } from "../yaml-tree.ts";
import { editItems, type ItemWanted } from "./edit-list.ts";
import { entryEnd, lineEndOf, type MapTree, putEntry, removeEntry } from "./edit-map.ts";
import type { Edited, FlagEdit, FlagFacts, RuleWanted } from "./flag-edit.ts";
import { flowOf, nameInFlow, textOnALine } from "./yaml-words.ts";

const MARK = "\uFEFF";
type Json = Readonly<Record<string, JsonValue>>;

/**
 * The text of a flag's file with these edits, in order. Every byte outside the fields they name stays: comments, line ends, indentation, quotes.
 * What the file then says is read again and held against what it should say, so an edit that cannot be made without loss is refused. Never throws.
 */
export function editFlagText(path: string, text: string, edits: readonly FlagEdit[]): Edited {
  let now = text;
  for (const edit of edits) {
    const done = editOnce(path, now, edit);
    if (!done.ok) return done;
    now = done.text;
  }
  return { ok: true, text: now };
}

/** What a definition file says, as plain JSON; `undefined` where it cannot be read. Never throws. */
export function fileJson(path: string, text: string): JsonValue | undefined {
  const tree = treeIn(path, text);
  return tree && jsonOf(tree);
}

function editOnce(path: string, text: string, edit: FlagEdit): Edited {
  const before = treeIn(path, text);
  if (before === undefined) return { ok: false, why: "unread" };
  const wanted = expected(before, edit, path);
  if (wanted === undefined) return { ok: false, why: edit.kind === "environmentOf" ? "notTouched" : "unknownRule" };
  const after = steps(path, text, edit);
  const said = after === undefined ? undefined : treeIn(path, after);
  if (after === undefined || said === undefined || canonicalJson(jsonOf(said)) !== canonicalJson(wanted)) return { ok: false, why: "notTouched" };
  return { ok: true, text: after };
}

/** The file as a map; `undefined` where it cannot be read as one. */
export function treeIn(path: string, text: string): MapTree | undefined {
  const body = withoutMark(text);
  const report = new FileReport(path, body);
  const tree = parseTree(body, report);
  return tree?.kind === "map" && !report.hasErrors ? tree : undefined;
}

/** One field after the other: each looks at the text as the one before left it. */
function steps(path: string, text: string, edit: FlagEdit): string | undefined {
  const mark = text.startsWith(MARK) ? MARK : "";
  let body = text.slice(mark.length);
  for (const step of stepsOf(path, edit)) {
    const tree = treeIn(path, body);
    const made = tree && step(body, tree);
    if (made === undefined) return undefined;
    body = body.slice(0, made.start) + made.text + body.slice(made.end);
  }
  return mark + body;
}

type Step = (text: string, file: MapTree) => TextEdit | undefined;

function stepsOf(path: string, edit: FlagEdit): readonly Step[] {
  switch (edit.kind) {
    case "facts":
      return Object.entries(edit.set).flatMap(([key, value]: [string, FlagFacts[keyof FlagFacts]]) => (value === undefined ? [] : [factStep(key, value)]));
    case "variants":
      return Object.entries(edit.set).map(([name, value]) => variantStep(name, value));
    case "serving": {
      const { environment, default: usual, rules } = edit;
      return [
        // An environment that the file does not list serves the off variant; the server says which that is.
        ...(usual === undefined
          ? []
          : [
              inEnvironment(environment, usual, (text, own) =>
                says(own, "default", usual) ? nothing : putEntry(text, own, { key: "default", value: nameInFlow(usual) }),
              ),
            ]),
        ...(rules === undefined ? [] : [inEnvironment(environment, undefined, (text, own) => rulesEdit(text, own, rules))]),
      ];
    }
    case "environmentOf":
      return environmentSteps(path, edit);
  }
}

const fieldOrder = (key: string): readonly string[] => FLAG_ORDER.slice(0, Math.max(0, (FLAG_ORDER as readonly string[]).indexOf(key)));

function factStep(key: string, value: string | null | readonly string[]): Step {
  return (text, file) => {
    if (value === null || (Array.isArray(value) && value.length === 0)) return removeEntry(text, file, key);
    if (typeof value === "string") {
      if (says(file, key, value)) return nothing;
      const isFlow = text[file.span.start] === "{";
      return putEntry(text, file, { key, value: isFlow ? flowOf(value) : textOnALine(value), after: fieldOrder(key) });
    }
    const known = valueAt(file, key);
    return (
      (known?.kind === "list" ? editItems(text, known, wantedItems(known, value)) : undefined) ??
      putEntry(text, file, { key, value: flowOf([...value]), after: fieldOrder(key) })
    );
  };
}

/** Tags that stay keep their place in the file, in whichever order they are asked for. */
function wantedItems(list: Extract<Tree, { readonly kind: "list" }>, texts: readonly string[]): readonly ItemWanted[] {
  const written = list.items.map((item) => (item.kind === "value" ? String(item.value) : ""));
  const kept = written.flatMap((one, keep) => (texts.includes(one) ? [{ keep }] : []));
  return [...kept, ...texts.filter((one) => !written.includes(one)).map((one) => ({ lines: [flowOf(one)], flow: flowOf(one) }))];
}

function variantStep(name: string, value: JsonValue): Step {
  return (text, file) => {
    const variants = valueAt(file, "variants");
    if (variants?.kind !== "map") {
      // A boolean flag need not say that it is on or off.
      const all = { on: true, off: false, [name]: value };
      return putEntry(text, file, { key: "variants", value: flowOf(all), after: fieldOrder("variants") });
    }
    return value === null ? removeEntry(text, variants, name) : putEntry(text, variants, { key: nameInFlow(name), value: flowOf(value) });
  };
}

function inEnvironment(environment: string, usual: string | undefined, step: Step): Step {
  return (text, file) => {
    const places = valueAt(file, "environments");
    if (places?.kind !== "map") return undefined;
    const own = valueAt(places, environment);
    if (own?.kind === "map") return step(text, own);
    return usual === undefined ? undefined : putEntry(text, places, { key: environment, value: `{ default: ${nameInFlow(usual)} }` });
  };
}

function rulesEdit(text: string, own: MapTree, rules: readonly RuleWanted[]): TextEdit | undefined {
  const known = valueAt(own, "rules");
  if (rules.length === 0) return removeEntry(text, own, "rules");
  const wanted = rules.map((rule): ItemWanted => ("keep" in rule ? rule : { lines: ruleLines(rule), flow: flowOf(ruleJson(rule)) }));
  if (known?.kind === "list" && known.items.length > 0) return editItems(text, known, wanted);
  const all = rules.flatMap((rule) => ("keep" in rule ? [] : [ruleJson(rule)]));
  return putEntry(text, own, { key: "rules", value: flowOf(all), after: ["prerequisites", "default"] });
}

type NewRule = Exclude<RuleWanted, { readonly keep: number }>;

function ruleJson({ id, description, if: condition, serve }: NewRule): Json {
  return {
    ...(id === undefined ? {} : { id }),
    ...(description === undefined ? {} : { description }),
    ...(condition === undefined ? {} : { if: condition }),
    serve,
  };
}

const ruleLines = (rule: NewRule): readonly string[] =>
  Object.entries(ruleJson(rule)).map(([key, value]) => `${key}: ${typeof value === "string" && key === "description" ? textOnALine(value) : flowOf(value)}`);

/** What says it already keeps its quotes. */
const nothing: TextEdit = { start: 0, end: 0, text: "" };

function says(map: MapTree, key: string, text: string): boolean {
  const known = valueAt(map, key);
  return known?.kind === "value" && known.value === text;
}

const valueAt = (map: MapTree, key: string): Tree | undefined => map.entries.find((entry) => entry.key === key)?.value;

/** The environment as the other text has it, with its comments where that reads the same here; else on one line. */
function environmentSteps(path: string, { environment, text: other }: Extract<FlagEdit, { readonly kind: "environmentOf" }>): readonly Step[] {
  const body = withoutMark(other);
  const own = treeIn(path, body);
  const places = own && valueAt(own, "environments");
  const source = places?.kind === "map" ? places.entries.find(({ key }) => key === environment) : undefined;
  if (source === undefined) return [];
  const said = body.slice(source.keySpan.end, entryEnd(body, source));
  const value = flowOf(jsonOf(source.value));
  const put = (text: string, file: MapTree): TextEdit | undefined => {
    const here = valueAt(file, "environments");
    return here?.kind === "map" ? putEntry(text, here, { key: environment, value }) : undefined;
  };
  return [
    (text, file) => {
      const here = valueAt(file, "environments");
      const target = here?.kind === "map" ? here.entries.find(({ key }) => key === environment) : undefined;
      if (target === undefined) return put(text, file);
      const edit = { start: target.keySpan.end, end: entryEnd(text, target), text: said.replaceAll(/\r?\n/g, lineEndOf(text, target.keySpan.start)) };
      const after = treeIn(path, text.slice(0, edit.start) + edit.text + text.slice(edit.end));
      const now = after && objectOf(objectOf(jsonOf(after))["environments"])[environment];
      return now !== undefined && canonicalJson(now) === canonicalJson(jsonOf(source.value)) ? edit : put(text, file);
    },
  ];
}

const withoutMark = (text: string): string => (text.startsWith(MARK) ? text.slice(MARK.length) : text);

/** What the file must say afterwards, as plain JSON; `undefined` where the edit names something that is not there. */
function expected(file: MapTree, edit: FlagEdit, path: string): JsonValue | undefined {
  const before = objectOf(jsonOf(file));
  switch (edit.kind) {
    case "facts":
      return Object.entries(edit.set).reduce<Json>((now, [key, value]: [string, FlagFacts[keyof FlagFacts]]) => {
        if (value === undefined) return now;
        if (value === null || value.length === 0) return without(now, key);
        return { ...now, [key]: typeof value === "string" ? value : tagsAfter(now[key], value) };
      }, before);
    case "variants": {
      const variants = objectOf(before["variants"] ?? { on: true, off: false });
      const set = Object.entries(edit.set).reduce((now, [name, value]) => (value === null ? without(now, name) : { ...now, [name]: value }), variants);
      return { ...before, variants: set };
    }
    case "serving": {
      const places = objectOf(before["environments"]);
      const own = objectOf(places[edit.environment]);
      const next = servingAfter(own, edit);
      return next === undefined ? undefined : { ...before, environments: { ...places, [edit.environment]: next } };
    }
    case "environmentOf": {
      const other = treeIn(path, edit.text);
      const said = other && objectOf(objectOf(jsonOf(other))["environments"])[edit.environment];
      return said === undefined ? undefined : { ...before, environments: { ...objectOf(before["environments"]), [edit.environment]: said } };
    }
  }
}

function tagsAfter(known: JsonValue | undefined, wanted: readonly string[]): JsonValue {
  const before = Array.isArray(known) ? known.map(String) : [];
  return [...before.filter((tag) => wanted.includes(tag)), ...wanted.filter((tag) => !before.includes(tag))];
}

function servingAfter(own: Json, { default: usual, rules }: Extract<FlagEdit, { readonly kind: "serving" }>): Json | undefined {
  const withDefault = usual === undefined ? own : { ...own, default: usual };
  if (rules === undefined) return withDefault;
  const before = Array.isArray(own["rules"]) ? own["rules"] : [];
  if (rules.length === 0) return without(withDefault, "rules");
  if (rules.some((rule) => "keep" in rule && before[rule.keep] === undefined)) return undefined;
  return { ...withDefault, rules: rules.map((rule) => ("keep" in rule ? (before[rule.keep] ?? null) : ruleJson(rule))) };
}

const isObject = (value: JsonValue | undefined): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const objectOf = (value: JsonValue | undefined): Json => (isObject(value) ? value : {});
const without = (object: Json, key: string): Json => Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
