// Peers are measured by the harness beside the repository (../shared/bench), installed from its own lock into a scratch folder: nothing of it is ours to ship.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const source = join(root, "../shared/bench");
const contestant = pathToFileURL(join(root, "bench/eval/peer-contestant.ts")).href;

/** Nanoseconds or bytes per call by case; a case that a peer cannot do is missing. */
export type ByCase = Readonly<Record<string, number>>;

/** Cases of the harness by the names of `bench eval`. */
export const harnessCases: Readonly<Record<string, string>> = {
  plain: "a-plain",
  attribute: "b-attr",
  rules10: "c-rules10",
  ids1000: "d-seg1k",
  ids10000: "d-seg10k",
  prereq3: "e-prereq",
  mix96: "mix",
};

/** Each of these answers from memory in its own process. The slow ones are asked with `--long` only. */
export const quickPeers: readonly string[] = ["flagd-core", "growthbook", "configcat", "statsig", "launchdarkly", "unleash"];
export const slowPeers: readonly string[] = ["featurevisor", "openfeature", "posthog", "flagsmith"];

/** The harness with its peers installed, ready to run; undefined where it is not beside the checkout. Throws where it is and cannot be installed. */
export function preparePeers(): string | undefined {
  if (!existsSync(join(source, "package-lock.json"))) return undefined;
  const lock = readFileSync(join(source, "package-lock.json"));
  const folder = join(root, ".build", `peers-${createHash("sha256").update(lock).digest("hex").slice(0, 12)}`);
  if (!existsSync(folder)) install(folder);
  for (const name of ["eval", "load"]) cpSync(join(source, name), join(folder, name), { recursive: true });
  writeOwn(join(folder, "eval"));
  return folder;
}

/** Into a folder of another name, which takes its own when it is whole. */
function install(folder: string): void {
  const next = `${folder}.${process.pid}`;
  mkdirSync(next, { recursive: true });
  for (const name of ["package.json", "package-lock.json"]) cpSync(join(source, name), join(next, name));
  const done = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: next, encoding: "utf8", timeout: 300_000 });
  if (done.status !== 0) {
    rmSync(next, { recursive: true, force: true });
    throw new Error(`the peers could not be installed: ${done.stderr.slice(-500)}`);
  }
  renameSync(next, folder);
}

function writeOwn(evalFolder: string): void {
  const text = `import { FLAGS, SEGMENTS } from "../workload.mjs";\nimport { createContestant } from ${JSON.stringify(contestant)};\nexport const create = async () => createContestant(FLAGS, SEGMENTS);\n`;
  writeFileSync(join(evalFolder, "contestants/sluice.mjs"), text);
}

/** The same harness over another workload, beside the first. */
export function withWorkload(folder: string, workload: string): string {
  const other = join(folder, "eval-random");
  rmSync(other, { recursive: true, force: true });
  cpSync(join(source, "eval"), other, { recursive: true });
  writeFileSync(join(other, "workload.mjs"), workload);
  writeOwn(other);
  return other;
}

interface OneResult {
  readonly error?: string;
  readonly cases?: Readonly<Record<string, { readonly min?: number; readonly bytes?: number; readonly error?: string } | null>>;
}

/** One contestant in a process of its own: its answers are checked, then timed. Cases by the harness's names. */
export function measurePeer(evalFolder: string, name: string, mode: "time" | "alloc"): ByCase {
  const flags = mode === "alloc" ? ["--expose-gc", "--min-semi-space-size=512", "--max-semi-space-size=512"] : [];
  const child = spawnSync(process.execPath, [...flags, "one.mjs", name, mode], { cwd: evalFolder, encoding: "utf8", timeout: 240_000 });
  const line = child.stdout.trim().split("\n").at(-1) ?? "";
  const result: OneResult = line.startsWith("{") ? (JSON.parse(line) as OneResult) : { error: child.stderr.slice(-300) || "it said nothing" };
  if (result.error !== undefined) throw new Error(`${name} could not be measured: ${result.error}`);
  const figures: Record<string, number> = {};
  for (const [at, measured] of Object.entries(result.cases ?? {})) {
    if (measured?.error !== undefined) throw new Error(`${name} answers ${at} wrong: ${measured.error}`);
    const value = mode === "time" ? measured?.min : measured?.bytes;
    if (value !== undefined) figures[at] = value;
  }
  return figures;
}

/** JSON text to ready, once, in a process of its own: wall milliseconds, heap MiB, bytes raw and compressed. */
export function measurePeerLoad(folder: string, product: string, flags: number): { readonly wall_ms: number; readonly heap_mib: number; readonly gz: number } {
  const child = spawnSync(process.execPath, ["--expose-gc", "one.mjs", product, String(flags)], {
    cwd: join(folder, "load"),
    encoding: "utf8",
    timeout: 120_000,
  });
  const line = child.stdout.trim().split("\n").at(-1) ?? "";
  if (!line.startsWith("{")) throw new Error(`${product} could not be loaded: ${child.stderr.slice(-300)}`);
  return JSON.parse(line) as { wall_ms: number; heap_mib: number; gz: number };
}

/** How each product is loaded from its own text, and asked. */
const firstAnswers: Readonly<Record<string, string>> = {
  growthbook: `const { toGb } = await import("../eval/contestants/growthbook.mjs");
    const { GrowthBookClient } = require("@growthbook/growthbook");
    text = JSON.stringify({ features: toGb(flags) });
    load = (source) => { const client = new GrowthBookClient(); client.initSync({ payload: JSON.parse(source) });
      return (key) => client.isOn(key, { attributes: { id: "u1", country: "DE", tenant: "t99" } }); };`,
  featurevisor: `const { toFv } = await import("../eval/contestants/featurevisor.mjs");
    const featurevisor = require("@featurevisor/sdk");
    text = JSON.stringify(toFv(flags));
    load = (source) => { const instance = featurevisor.createInstance({ datafile: JSON.parse(source), logLevel: "fatal" });
      return (key) => instance.isEnabled(key, { userId: "u1", key: "u1", country: "DE", tenant: "t99" }); };`,
};

/** JSON text to ready and every flag asked once, in a process of its own: wall milliseconds. */
export function measurePeerFirstAnswers(folder: string, product: string, count: number): number {
  const script = `import { createRequire } from "node:module";
    import { manyFlags } from "../eval/workload.mjs";
    const require = createRequire(import.meta.url);
    const flags = manyFlags(${count});
    let text, load;
    ${firstAnswers[product] ?? ""}
    globalThis.gc();
    const start = process.hrtime.bigint();
    const ask = load(text);
    let yes = 0;
    for (let at = 0; at < ${count}; at += 1) if (ask("flag-" + at) === true) yes += 1;
    console.log(JSON.stringify({ ms: Number(process.hrtime.bigint() - start) / 1e6, yes }));`;
  const file = join(folder, "load", `first-${product}.mjs`);
  writeFileSync(file, script);
  const child = spawnSync(process.execPath, ["--expose-gc", file], { cwd: join(folder, "load"), encoding: "utf8", timeout: 120_000 });
  const line = child.stdout.trim().split("\n").at(-1) ?? "";
  if (!line.startsWith("{")) throw new Error(`${product} could not be asked: ${child.stderr.slice(-300)}`);
  const { ms, yes } = JSON.parse(line) as { readonly ms: number; readonly yes: number };
  // Two thirds answer true to everybody in Germany, of the others half of the users.
  if (yes < count * 0.6 || yes > count) throw new Error(`${product} answers ${yes} of ${count} flags true`);
  return ms;
}

/** Where the harness would be, for messages. */
export const harnessPlace: string = dirname(join(source, "package.json"));
