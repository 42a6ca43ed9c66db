import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Form, forms, unpack } from "./forms.ts";
import { type Outcome, type Program, startServer } from "./play.ts";
import { sdksOf, serverOf } from "./programs.ts";
import { recordingOf } from "./recording.ts";

interface Row {
  readonly server: string;
  readonly sdk: string;
  readonly outcome: Outcome;
}

/**
 * `npm run conformance -- compatibility [--only FORM] [--record] [--json]`: SDKs of earlier commits beside today's server, and today's SDKs beside servers of
 * earlier commits, each through the same play; `--record` keeps what the earlier ones said (recorded/).
 */
export async function runCompatibility(): Promise<void> {
  const only = process.argv.includes("--only") ? process.argv[process.argv.indexOf("--only") + 1] : undefined;
  const chosen = forms.filter(({ name }) => only === undefined || name === only);
  if (chosen.length === 0) throw new Error(`there is no form ${only}; known: ${forms.map(({ name }) => name).join(", ")}`);
  const trees = chosen.map((form) => ({ form, tree: unpack(form) }));
  // Programs of this tree find their packages from here, and lie here only while they run.
  const today = unpack({ name: "today", commit: "HEAD", before: "" });
  try {
    const earlier = trees.map(({ form, tree }) => ({ form, path: tree.path, sdks: sdksOf(tree.path) }));
    const rows = [
      ...(await playAll({ name: "today", path: today.path }, new Map(earlier.flatMap(({ form, sdks }) => named(form.name, sdks))))),
      ...(await inTurn(earlier, async ({ form, path, sdks }) => {
        const own = await playAll({ name: form.name, path }, new Map([...named(form.name, sdks), ...named("today", sdksOf(today.path))]));
        if (process.argv.includes("--record")) record(form, own);
        return own.filter(({ sdk }) => sdk.startsWith("today"));
      })),
    ];
    print(rows);
  } finally {
    for (const { tree } of trees) tree.remove();
    today.remove();
  }
}

const named = (form: string, sdks: ReadonlyMap<string, Program>): readonly (readonly [string, Program])[] =>
  [...sdks].map(([language, program]) => [`${form} ${language}`, program] as const);

async function inTurn<T, R>(all: readonly T[], one: (each: T) => Promise<readonly R[]>): Promise<readonly R[]> {
  const results: R[] = [];
  for (const each of all) results.push(...(await one(each)));
  return results;
}

async function playAll({ name, path }: { readonly name: string; readonly path: string }, sdks: ReadonlyMap<string, Program>): Promise<readonly Row[]> {
  const server = await startServer(serverOf(path));
  try {
    return await inTurn([...sdks], async ([sdk, program]) => {
      const outcome = await server.play(program);
      process.stderr.write(`server ${name}, SDK ${sdk}: ${outcome.failed ?? "all"} ${outcome.refused.join(", ")}\n`);
      return [{ server: name, sdk, outcome }];
    });
  } finally {
    await server.stop();
  }
}

function record(form: Form, rows: readonly Row[]): void {
  const own = rows.filter(({ sdk }) => sdk.startsWith(`${form.name} `)).map(({ sdk, outcome }) => ({ sdk, passed: outcome.passed }));
  writeFileSync(join(import.meta.dirname, "recorded", `${form.name}.json`), recordingOf(form, own));
}

function print(rows: readonly Row[]): void {
  if (process.argv.includes("--json")) {
    const figures = Object.fromEntries(
      rows.map(({ server, sdk, outcome }) => [`${server}.${sdk.replace(" ", ".")}.failed`, outcome.failed === undefined ? 0 : 1]),
    );
    console.log(JSON.stringify({ name: "compatibility", figures, peers: {}, notes: "" }));
  } else {
    console.log("| server | SDK | flags, a change, a kill, its receipt, the lift | not answered |\n| --- | --- | --- | --- |");
    for (const { server, sdk, outcome } of rows)
      console.log(`| ${server} | ${sdk} | ${outcome.failed === undefined ? "all" : `no ${outcome.failed}`} | ${outcome.refused.join(", ")} |`);
  }
  process.exitCode = rows.some(({ outcome }) => outcome.failed !== undefined) ? 1 : 0;
}
