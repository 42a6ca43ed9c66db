import { editFlagFiles, environmentIn, type FlagEdit, flagFilesIn, ParseCache, promoteFlag, renameFlagFiles, renameSegmentFiles } from "@sluice/definitions";
import { encodeSnapshot } from "@sluice/evaluation";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { readerOf } from "./definitions-reader.ts";
import { ENVIRONMENTS, World } from "./testing/world.ts";

type Files = ReadonlyMap<string, string>;
type Environment = (typeof ENVIRONMENTS)[number];

/** What one environment serves, as lines, and how it stands where it is a file of its own. */
interface Served {
  readonly lines: readonly string[];
  readonly isApart: boolean;
  readonly top: string;
  readonly end: string;
  readonly lineEnd: string;
}
interface Flag {
  readonly name: string;
  readonly served: Readonly<Record<Environment, Served | null>>;
}

const NAMES = ["a.one", "a.two", "b.three"];
const PROJECT = "project: p\nenvironments: { production: {}, staging: {} }\nattributes: { plan: string, email: string }\n";
const SEGMENTS: readonly (readonly [string, string])[] = [
  ["segments/small.yaml", "key: small\nif: { plan: { in: [starter] } }\n"],
  ["segments/staff.yaml", 'key: staff # ours\nif: { any: [{ email: { endsWith: "@example.com" } }, { segment: small }] }\n'],
];

const rule = fc.constantFrom(
  ["- id: staff", "  if: { segment: staff }   # by mail", "  serve: on"],
  ["# a quarter first", "- id: some", "  serve: { share: 25, of: on, by: customer }"],
  ["- { id: small, if: { segment: small }, serve: off }"],
  ["- id: paying", "  if:", "    plan: { in: [pro, team] }", "", "  # and nobody else", "  serve: on"],
);
const lines = fc
  .record({
    rules: fc.uniqueArray(rule, { maxLength: 3, selector: (one) => one.join("\n") }),
    usual: fc.constantFrom("on", "off"),
    note: fc.constantFrom("", " # for now"),
  })
  .map(({ rules, usual, note }) => [
    ...(rules.length === 0 ? [] : ["rules:", ...rules.flat().map((line) => (line === "" ? "" : `  ${line}`))]),
    `default: ${usual}${note}`,
  ]);
const served = fc.record({
  lines,
  isApart: fc.boolean(),
  top: fc.constantFrom("", "# Asked of the board.\n\n", "\uFEFF"),
  end: fc.constantFrom(".yaml", ".yaml", ".yml"),
  lineEnd: fc.constantFrom("\n", "\n", "\r\n"),
});
const perhaps = fc.option(served, { freq: 4 });
const flags = fc.tuple(...NAMES.map((name) => fc.record({ name: fc.constant(name), served: fc.record({ production: perhaps, staging: perhaps }) })));

const pathOf = (name: string): string => `flags/${name.replaceAll(".", "/")}.yaml`;
const head = (name: string): string => `key: ${name}\ndescription: Does ${name}. # for people\nkind: release\nowner: team-x\ntype: boolean\n`;

/** The project in one of its forms: all in the flags' files, or with the environments apart that shall be. */
function filesOf(all: readonly Flag[], isApart: (served: Served) => boolean): Files {
  const files = new Map([["sluice.yaml", PROJECT], ...SEGMENTS]);
  for (const { name, served: own } of all) {
    const inside = ENVIRONMENTS.flatMap((environment) => {
      const one = own[environment];
      if (one === null) return [];
      if (!isApart(one)) return [`  ${environment}:\n${one.lines.map((line) => (line === "" ? "\n" : `    ${line}\n`)).join("")}`];
      const path = `environments/${environment}/${name.replaceAll(".", "/")}${one.end}`;
      files.set(path, `${one.top}${one.lines.join("\n")}\n`.replaceAll("\n", one.lineEnd));
      return [];
    });
    files.set(pathOf(name), `${head(name)}environments:${inside.length === 0 ? " {}\n" : `\n${inside.join("")}`}`);
  }
  return files;
}

/** A wish for one flag, by its place among them, or for a decision at run time between two commits. */
type Wish =
  | {
      readonly kind: "serving";
      readonly at: number;
      readonly environment: Environment;
      readonly usual: string;
      readonly keeps: readonly number[];
      readonly isNew: boolean;
    }
  | { readonly kind: "words"; readonly at: number }
  | { readonly kind: "back"; readonly at: number; readonly environment: Environment; readonly commits: number }
  | { readonly kind: "promote"; readonly at: number; readonly from: Environment; readonly to: Environment }
  | { readonly kind: "rename"; readonly at: number }
  | { readonly kind: "renameSegment" }
  | { readonly kind: "kill"; readonly at: number; readonly environment: Environment }
  | { readonly kind: "revert"; readonly at: number; readonly environment: Environment };

const at = fc.nat({ max: NAMES.length - 1 });
const environment = fc.constantFrom(...ENVIRONMENTS);
const serving = fc.record({
  kind: fc.constant("serving" as const),
  at,
  environment,
  usual: fc.constantFrom("on", "off"),
  keeps: fc.shuffledSubarray([0, 1, 2]),
  isNew: fc.boolean(),
});
const wishes: fc.Arbitrary<readonly Wish[]> = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: serving },
      fc.record({ kind: fc.constant("words" as const), at }),
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("back" as const), at, environment, commits: fc.nat({ max: 3 }) }) },
      {
        weight: 2,
        arbitrary: fc.record({ kind: fc.constant("promote" as const), at, from: environment, to: environment }).filter(({ from, to }) => from !== to),
      },
      fc.record({ kind: fc.constant("rename" as const), at }),
      fc.record({ kind: fc.constant("renameSegment" as const) }),
      fc.record({ kind: fc.constantFrom("kill" as const, "revert" as const), at, environment }),
    ),
    { minLength: 1, maxLength: 6 },
  )
  // What was just written is taken back now and then, also where there was nothing before.
  .map((all) => all.flatMap((wish): readonly Wish[] => (wish.kind === "serving" && wish.isNew ? [wish, undone(wish)] : [wish])));
const undone = ({ at: place, environment: where }: Extract<Wish, { readonly kind: "serving" }>): Wish => ({
  kind: "back",
  at: place,
  environment: where,
  commits: 1,
});

/** One form of the project, with the history that it had. */
class Form {
  readonly world: World = new World((texts) => readerOf((id) => texts.get("", id)));
  readonly #before: Files[] = [];
  #names: readonly string[] = NAMES;
  files: Files;

  constructor(files: Files) {
    this.files = files;
    this.#commit();
  }

  #commit(): void {
    this.world.commit(`commit ${this.#before.length}`, Object.fromEntries(this.files));
    this.#before.push(this.files);
  }

  #nameOf(place: number): string {
    return this.#names[place] ?? "";
  }

  /** What its files say, read by nothing of ours: `undefined` where nothing is said. */
  says(place: number, where: Environment, files = this.files): unknown {
    const name = this.#nameOf(place).replaceAll(".", "/");
    const parts = [".yaml", ".yml"].flatMap((end) => files.get(`environments/${where}/${name}${end}`) ?? []);
    const own = (parse(files.get(`flags/${name}.yaml`) ?? "") as { readonly environments: Readonly<Record<string, unknown>> }).environments[where];
    const all = [...parts.map((text) => parse(text.replace("\uFEFF", "")) as unknown), ...(own === undefined ? [] : [own])];
    if (all.length > 1) throw new Error(`${name} says ${where} in ${all.length} places`);
    return all[0];
  }

  /** What they said some commits ago; as now where the flag was not called so then. */
  said(place: number, where: Environment, commits: number): unknown {
    const old = this.#before.at(-1 - commits);
    return this.says(place, where, old?.has(pathOf(this.#nameOf(place))) === true ? old : this.files);
  }

  /** Whether it was done. */
  wish(wish: Wish): boolean {
    if (wish.kind === "kill" || wish.kind === "revert") return this.#decide(wish);
    const next = this.#edited(wish);
    if (next === undefined) return false;
    this.files = next;
    this.#commit();
    return true;
  }

  #decide({ kind, at: place, environment: where }: Extract<Wish, { readonly kind: "kill" | "revert" }>): boolean {
    const flag = this.#nameOf(place);
    const { world } = this;
    if (kind === "kill") world.log({ kind: "flagsKilled", kill: `k${world.events.length}`, environment: where, flags: [flag] });
    else {
      const blobs = world.read([...world.decisions.files.entriesSorted()]).flags.get(flag)?.files;
      if (blobs === undefined) return false;
      world.log({ kind: "flagReverted", revert: `r${world.events.length}`, environment: where, flag, toSeq: world.events.length, blobs });
    }
    return true;
  }

  #edited(wish: Exclude<Wish, { readonly kind: "kill" | "revert" }>): Files | undefined {
    if (wish.kind === "renameSegment" || wish.kind === "rename") return this.#renamed(wish);
    const path = pathOf(this.#nameOf(wish.at));
    const own = flagFilesIn(this.files)(path);
    if (wish.kind === "promote") {
      const done = promoteFlag(own, wish);
      return "texts" in done ? this.#with(done.texts) : undefined;
    }
    const edits = this.#editsOf(wish, path);
    const done = editFlagFiles(own, edits);
    if (!done.ok) throw new Error(`${done.path}: ${done.why}`);
    return edits.length === 0 ? undefined : this.#with(done.texts);
  }

  #editsOf(wish: Extract<Wish, { readonly kind: "serving" | "words" | "back" }>, path: string): readonly FlagEdit[] {
    if (wish.kind === "words") return [{ kind: "facts", set: { description: `Is called otherwise ${this.#before.length} times.` } }];
    const { environment: where } = wish;
    if (wish.kind === "back") {
      const old = this.#before.at(-1 - wish.commits);
      // A flag has no file of this name before it was renamed to it.
      if (old === undefined || !old.has(path)) return [];
      const said = environmentIn(flagFilesIn(old)(path), where);
      return said === undefined && this.says(wish.at, where) === undefined ? [] : [{ kind: "environmentOf", environment: where, said }];
    }
    const known = (this.says(wish.at, where) as { readonly rules?: readonly unknown[] } | undefined)?.rules ?? [];
    const kept = wish.keeps.filter((keep) => keep < known.length).map((keep) => ({ keep }));
    const fresh = wish.isNew ? [{ id: `n${this.#before.length}`, if: { plan: { equals: "pro" } }, serve: "on" }] : [];
    return [{ kind: "serving", environment: where, default: wish.usual, rules: [...kept, ...fresh] }];
  }

  #renamed(wish: Extract<Wish, { readonly kind: "rename" | "renameSegment" }>): Files | undefined {
    const count = this.#before.length;
    const tree = { files: this.files, cache: new ParseCache() };
    const from = wish.kind === "rename" ? this.#nameOf(wish.at) : (/^key: (small\S*)/m.exec([...this.files.values()].join("\n"))?.[1] ?? "");
    const to = wish.kind === "rename" ? `c.x${count}` : `small-${count}`;
    const done = (wish.kind === "rename" ? renameFlagFiles : renameSegmentFiles)(tree, { from, to });
    if (!done.ok) return undefined;
    if (wish.kind === "rename") this.#names = this.#names.with(wish.at, to);
    return this.#with(new Map([...[...done.moved.values()].map((was) => [was, undefined] as const), ...done.written]));
  }

  #with(texts: ReadonlyMap<string, string | undefined>): Files {
    const next = new Map(this.files);
    for (const [path, text] of texts) {
      if (text === undefined) next.delete(path);
      else next.set(path, text);
    }
    return next;
  }

  /** The bytes that are served, by environment. */
  get bytes(): readonly string[] {
    return ENVIRONMENTS.map((name) => {
      const snapshot = this.world.states.get(name)?.snapshot;
      return snapshot === undefined ? "nothing" : encodeSnapshot(snapshot);
    });
  }

  get kept(): unknown {
    return Object.values(this.world.decisions.environments).map(({ kept }) => kept.entriesSorted().map(([flag, { why }]) => [flag, why]));
  }
}

/** Machines that do much else at once. */
const LIMIT = { timeout: 120_000 };

const PLACES = NAMES.flatMap((_, place) => ENVIRONMENTS.map((where) => [place, where] as const));

describe("a project whose environments stand in files of their own", () => {
  test("serves the bytes of one whose flags are one file each, and goes on so through every edit of either", LIMIT, () => {
    let done = 0;
    let apart = 0;
    fc.assert(
      fc.property(flags, wishes, (all, wanted) => {
        const one = new Form(filesOf(all, () => false));
        const two = new Form(filesOf(all, ({ isApart }) => isApart));
        expect(two.bytes).toEqual(one.bytes);
        for (const bytes of two.bytes) expect(Object.keys((JSON.parse(bytes) as { readonly flags: object }).flags).sort()).toEqual(NAMES);
        for (const wish of wanted) {
          const before = PLACES.map(([place, where]) => one.says(place, where));
          const past = wish.kind === "back" ? one.said(wish.at, wish.environment, wish.commits) : undefined;
          const isDone = one.wish(wish);
          expect(two.wish(wish), JSON.stringify(wish)).toBe(isDone);
          done += Number(isDone);
          const after = PLACES.map(([place, where]) => one.says(place, where));
          expect(PLACES.map(([place, where]) => two.says(place, where))).toEqual(after);
          if (wish.kind === "serving" || wish.kind === "back") {
            const own = PLACES.findIndex(([place, where]) => place === wish.at && where === wish.environment);
            if (wish.kind === "back") expect(after[own]).toEqual(past);
            else expect(after[own]).toMatchObject({ default: wish.usual });
            expect(after.toSpliced(own, 1)).toEqual(before.toSpliced(own, 1));
          }
          if (wish.kind === "words" || wish.kind === "rename") expect(after).toEqual(before);
          expect(two.bytes, JSON.stringify(wish)).toEqual(one.bytes);
          expect(two.kept).toEqual(one.kept);
        }
        apart += [...two.files.keys()].filter((path) => path.startsWith("environments/")).length;
      }),
      { numRuns: 80 },
    );
    expect([done > 120, apart > 120]).toEqual([true, true]);
  });

  test("serves the same when an environment moves from one form into the other, and so does one that waits, is killed or was reverted", LIMIT, () => {
    fc.assert(
      fc.property(
        flags,
        fc.array(serving, { maxLength: 2 }),
        fc.subarray(["kill", "revert"] as const),
        at,
        environment,
        (all, edits, decisions, place, where) => {
          const form = new Form(filesOf(all, ({ isApart }) => isApart));
          for (const edit of edits) form.wish(edit);
          for (const kind of decisions) form.wish({ kind, at: place, environment: where });
          const [bytes, kept] = [form.bytes, form.kept];
          const contents = (served_: string): unknown => (JSON.parse(served_) as { readonly flags: unknown }).flags;
          // What the files say now, in the other form each.
          const moved = new Map([...form.files].filter(([path]) => !path.startsWith("environments/")));
          for (const [flag, name] of NAMES.entries()) {
            const said = ENVIRONMENTS.map((one) => [one, form.says(flag, one)] as const).filter(([, says]) => says !== undefined);
            const wasApart = (one: Environment): boolean =>
              [".yaml", ".yml"].some((end) => form.files.has(`environments/${one}/${name.replace(".", "/")}${end}`));
            const inside = Object.fromEntries(said.filter(([one]) => wasApart(one)));
            moved.set(pathOf(name), `${(form.files.get(pathOf(name)) ?? "").replace(/environments:[\s\S]*/, "")}environments: ${JSON.stringify(inside)}\n`);
            for (const [one, says] of said) if (!wasApart(one)) moved.set(`environments/${one}/${name.replace(".", "/")}.yaml`, JSON.stringify(says));
          }
          form.world.commit("moved", Object.fromEntries(moved));
          expect(form.bytes.map(contents)).toEqual(bytes.map(contents));
          expect(form.kept).toEqual(kept);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("keeps what is served where a link, or a folder of another name, hides them, and lets go of it where they are gone", () => {
    const part = "environments/production/a/one.yaml";
    const files = { "sluice.yaml": PROJECT, "flags/a/one.yaml": `${head("a.one")}environments: { staging: { default: on } }\n` };
    const link = "\u0000refused: symbolic links are not followed\n";
    for (const hidden of [{ environments: link }, { "environments/production": link }, { "environments/production/a/one.YAML": link }]) {
      const world = new World((texts) => readerOf((id) => texts.get("", id)));
      const usual = (): unknown => world.states.get("production")?.snapshot?.flags["a.one"]?.default;
      world.commit("first", { ...files, [part]: "default: on\n" });
      expect(usual()).toBe("on");
      world.commit("hidden", { ...files, ...hidden });
      world.commit("hidden still", { ...files, ...hidden, "segments/more.yaml": SEGMENTS[0]?.[1] ?? "" });
      expect([usual(), world.decisions.environments["production"]?.kept.get("a.one")?.why]).toEqual(["on", "broken"]);
      world.commit("gone", files);
      expect([usual(), world.decisions.environments["production"]?.kept.size]).toEqual([undefined, 0]);
    }
  });
});
