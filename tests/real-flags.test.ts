import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { createClient, type SluiceClient } from "@sluice/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { askNaive, comparable, type World } from "../conformance/compare.ts";
import { makeFolder, type Running, startSluice } from "../faults/rig/running.ts";

/** Real flag data beside the checkout: too large to be part of it. */
const raw = join(import.meta.dirname, "../../shared/corpora/raw");
const files = existsSync(raw) ? readdirSync(raw).filter((name) => name.startsWith("ddg-")) : [];
const command = join(import.meta.dirname, "../packages/distribution/src/sluice.ts");
const silent = { info: () => {}, warn: () => {}, error: () => {} };
const SERVICE = "real-flags";

const CONTEXTS = [
  { targetingKey: "user-1" },
  { targetingKey: "user-2", internalUser: true, previewUser: true, appVersion: "9.9.9", appVersionCode: 99_999_999, localeCountry: "US" },
  { targetingKey: "üser-3", internalUser: false, appVersion: "7.150.0", appVersionCode: 52_000_000, localeLanguage: "de", isReturningUser: true },
];

interface Feature {
  readonly state?: string;
  readonly features?: Readonly<Record<string, Feature>>;
}

/** Clients in which a sub-feature is off while its feature is: DuckDuckGo's own "Implementation guidelines". */
const COUPLED: ReadonlySet<string> = new Set(["ios", "macos", "windows"]);
/** What makes an answer depend on more than the state. */
const MORE = ["rollout", "targets", "cohorts", "minSupportedVersion", "maxSupportedVersion"];
const isPlain = (feature: Feature): boolean => MORE.every((field) => !Object.hasOwn(feature, field));

function isOn({ state }: Feature, context: (typeof CONTEXTS)[number]): boolean {
  return state === "enabled" || (state === "internal" && context.internalUser === true) || (state === "preview" && context.previewUser === true);
}

/** Read from the source files without the importer: flag key → what each context gets, for features that depend on their states alone. */
function plainAnswers(): ReadonlyMap<string, readonly boolean[]> {
  const answers = new Map<string, readonly boolean[]>();
  for (const file of files) {
    const platform = /^ddg-(.+)-override\.json$/.exec(file)?.[1] ?? "";
    // Some of the files have a comma too many, which YAML allows.
    const { features } = parse(readFileSync(join(raw, file), "utf8")) as { readonly features: Readonly<Record<string, Feature>> };
    for (const [name, feature] of Object.entries(features)) {
      if (isPlain(feature))
        answers.set(
          `${platform}.${name}`,
          CONTEXTS.map((context) => isOn(feature, context)),
        );
      for (const [sub, child] of Object.entries(feature.features ?? {})) {
        const isCoupled = COUPLED.has(platform);
        if (!isPlain(child) || (isCoupled && !isPlain(feature))) continue;
        answers.set(
          `${platform}.${name}.${sub}`,
          CONTEXTS.map((context) => isOn(child, context) && (!isCoupled || isOn(feature, context))),
        );
      }
    }
  }
  return answers;
}

describe.skipIf(files.length === 0)("1,250 flags of a real store (skipped where ../shared/corpora is not beside the checkout)", () => {
  const folder = makeFolder("real-flags");
  const repository = join(folder.path, "flags");
  const sluice = (...given: readonly string[]): string =>
    execFileSync(process.execPath, ["--disable-warning=ExperimentalWarning", command, ...given], { encoding: "utf8", maxBuffer: 64 << 20 });
  let running: Running;
  let client: SluiceClient;
  let imported: { readonly flags: number; readonly losses: readonly { readonly flag: string; readonly code: string }[] };
  let served: World;

  beforeAll(async () => {
    imported = JSON.parse(sluice("import", "duckduckgo", ...files.map((name) => join(raw, name)), "--to", repository, "--json"));
    const git = (...given: readonly string[]): void =>
      void execFileSync("git", ["-C", repository, "-c", "user.name=Mara", "-c", "user.email=mara@example.com", ...given]);
    git("init", "-q", "-b", "main");
    git("add", "-A");
    git("commit", "-q", "-m", "imported");
    running = await startSluice({ data: join(folder.path, "data"), source: repository, pollMs: 60_000, run: "sources" });
    client = createClient({ url: running.url, key: running.sdkKey, service: SERVICE, waitMs: 60_000, log: silent });
    await client.ready();
    const { status, body } = await running.ask("GET", "/sdk/v1/snapshot", undefined, { authorization: `Bearer ${running.sdkKey}` });
    expect(status).toBe(200);
    served = { snapshot: body, asker: { service: SERVICE } };
  });

  afterAll(async () => {
    await client?.close();
    await running?.supervised.stop();
    folder.remove();
  });

  test("are imported by the command, valid, and served, each one", () => {
    expect(imported.flags).toBe(1_250);
    expect(sluice("validate", repository)).toMatch(/1250 flags|1,250 flags/);
    expect(Object.keys((served.snapshot as { readonly flags: object }).flags)).toHaveLength(1_250);
  });

  test("answer in an application what their own clients answer, where the state alone decides", () => {
    const wrong: string[] = [];
    const answers = plainAnswers();
    for (const [key, expected] of answers)
      for (const [index, context] of CONTEXTS.entries())
        if (client.getBoolean(key, expected[index] !== true, context) !== expected[index]) wrong.push(`${key} for ${JSON.stringify(context)}`);
    expect([wrong.length, wrong.slice(0, 5)]).toEqual([0, []]);
    expect(answers.size).toBeGreaterThanOrEqual(500);
  });

  test("answer what the naive interpreter reads out of the served snapshot, shares and cohorts included, and never an error", () => {
    const wrong: string[] = [];
    const reasons = new Map<string, number>();
    for (const [key, { type }] of Object.entries((served.snapshot as { readonly flags: Readonly<Record<string, { readonly type?: string }>> }).flags))
      for (const context of CONTEXTS) {
        const own = type === "string" ? client.getStringDetails(key, "", context) : client.getBooleanDetails(key, false, context);
        reasons.set(own.reason, (reasons.get(own.reason) ?? 0) + 1);
        const naive = comparable(askNaive(served, key, context));
        if (comparable(own) !== naive) wrong.push(`${key} for ${JSON.stringify(context)}: ${comparable(own)}, naively ${naive}`);
      }
    expect([wrong.length, wrong.slice(0, 5)]).toEqual([0, []]);
    expect(reasons.get("ERROR")).toBeUndefined();
    expect([...reasons.keys()].sort()).toEqual(["DEFAULT", "DISABLED", "SPLIT", "STATIC", "TARGETING_MATCH"]);
  });

  test("are served in a form that fits the published schema", () => {
    const schema = JSON.parse(readFileSync(new URL("../conformance/schema/snapshot.json", import.meta.url), "utf8")) as object;
    const validate = new Ajv2020({ allErrors: true, strict: true, strictTuples: false }).compile(schema);
    expect([validate(served.snapshot), validate.errors?.slice(0, 3)]).toEqual([true, undefined]);
  });

  test("replayed from their history, commit by commit, are served as a fresh process compiles them from the log", () => {
    const replay = join(import.meta.dirname, "../faults/replay/run.ts");
    const said = execFileSync(process.execPath, ["--disable-warning=ExperimentalWarning", replay, "--commits", "60", "--samples", "6", "--json"], {
      encoding: "utf8",
    });
    const { figures } = JSON.parse(said.trim().split("\n").at(-1) ?? "") as { readonly figures: Readonly<Record<string, number>> };
    expect(figures).toMatchObject({ "replay.commits": 60, "replay.compared": 6, "replay.wrong": 0, "replay.lost": 0 });
  });

  test("say in the loss report, by flag, what could not be kept", () => {
    const report = JSON.parse(readFileSync(join(repository, "loss-report.json"), "utf8")) as typeof imported.losses;
    expect(report).toEqual(imported.losses);
    const { flags } = served.snapshot as { readonly flags: object };
    expect(report.filter(({ flag }) => flag !== "" && !Object.hasOwn(flags, flag))).toEqual([]);
    expect(report.length).toBeGreaterThan(0);
  });
});

interface FlagdFlag {
  readonly defaultVariant: string;
  readonly variants: Readonly<Record<string, boolean | number>>;
}

const otel = join(raw, "otel-demo.flagd.json");
describe.skipIf(!existsSync(otel))("the OpenTelemetry demo's 15 flags (skipped where ../shared/corpora is not beside the checkout)", () => {
  test("are imported, served, and answer their default variants, as no rule of theirs serves another", async () => {
    const folder = makeFolder("otel-flags");
    const repository = join(folder.path, "flags");
    execFileSync(process.execPath, ["--disable-warning=ExperimentalWarning", command, "import", "flagd", otel, "--to", repository, "--json"]);
    const git = (...given: readonly string[]): void =>
      void execFileSync("git", ["-C", repository, "-c", "user.name=Mara", "-c", "user.email=mara@example.com", ...given]);
    git("init", "-q", "-b", "main");
    git("add", "-A");
    git("commit", "-q", "-m", "imported");
    const running = await startSluice({ data: join(folder.path, "data"), source: repository, pollMs: 60_000, run: "sources" });
    const client = createClient({ url: running.url, key: running.sdkKey, service: SERVICE, waitMs: 60_000, log: silent });
    try {
      await client.ready();
      const { flags } = JSON.parse(readFileSync(otel, "utf8")) as { readonly flags: Readonly<Record<string, FlagdFlag>> };
      expect(Object.keys(flags)).toHaveLength(15);
      // Its one rule names a product, and serves `off` whether it matches or not.
      for (const context of [{ targetingKey: "user-1" }, { targetingKey: "user-2", product_id: "OLJCESPC7Z" }])
        for (const [key, { defaultVariant, variants }] of Object.entries(flags)) {
          const expected = variants[defaultVariant];
          // The caller's default is never the right answer: one that is not served would show.
          const got = typeof expected === "number" ? client.getNumber(key, -1, context) : client.getBoolean(key, expected !== true, context);
          expect([key, got]).toEqual([key, expected]);
        }
    } finally {
      await client.close();
      await running.supervised.stop();
      folder.remove();
    }
  });
});
