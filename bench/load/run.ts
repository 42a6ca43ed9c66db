import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { compilePatch, compileSnapshot, decodePatch, encodePatch, evaluate, layOutSnapshot, type Compiled, type Patch } from "@sluice/evaluation";
import { killIdOf } from "../../packages/fanout/src/kill-answer.ts";
import { openBody } from "../../sdks/js-server/src/snapshot-body.ts";
import { harnessPlace, measurePeerFirstAnswers, measurePeerLoad, preparePeers } from "../eval/peer-harness.ts";
import { snapshotOfFlags } from "../eval/sluice.ts";
import { manyFlags } from "../eval/workload.ts";
import { listEditBytes, listsGzipBytes, measureLists } from "./lists.ts";
import { signedBytes, timeSignatures } from "./signatures.ts";

const FLAG_COUNT = 10_000;
const PASSES = 7;
/** What a product does from its configuration's text until it can answer; flagd-core takes seconds and is asked with `--long` only. */
const PEERS = ["growthbook", "featurevisor", "launchdarkly", "unleash", ...(process.argv.includes("--long") ? ["flagd-core"] : [])];
/** Those that load from a text in the process can be asked for each flag straight away. */
const FIRST_PEERS = ["growthbook", "featurevisor"];
const PEER_PASSES = 5;
const PATCHES = 400;
/** A kill is lifted with the tenth patch after it, so that five are in force: a bad day. */
const LIFTED_AFTER = 10;
const GZIP_LEVEL = 9;

type Figures = Record<string, number>;

const text = layOutSnapshot(snapshotOfFlags(manyFlags(FLAG_COUNT)));
/** As the server sends it beside the text, made once for a version. */
const digest = `sha-256=:${createHash("sha256").update(text).digest("base64")}:`;
const [mode, kind = ""] = process.argv.slice(2);
const measures: Readonly<Record<string, () => Figures>> = {
  parse: () => measureLoad((source) => JSON.parse(source.toString())),
  load: () => measureLoad((source) => load(source, digest)),
  scan: () => measureLoad((source) => load(source, undefined)),
  first: () => measureLoad(loadAndAskAll),
  patches: measurePatches,
  signatures: measureSignatures,
  lists: measureLists,
};
if (mode === "--one") console.log(JSON.stringify(measures[kind]?.()));
else report(process.argv.includes("--json"));

/** The bytes of an answer to ready, as the SDK does it, with one question asked so that it really is. Each flag's form is read when it is first asked for. */
function load(source: Uint8Array, ofBody: string | undefined): Compiled {
  const opened = openBody(source, ofBody);
  if (!opened.ok) throw new Error(JSON.stringify(opened.problem));
  const compiled = compileSnapshot(opened.value, { asker: { service: "bench" } });
  if (evaluate(compiled, "flag-1", { country: "DE" }).variant !== "on") throw new Error("flag-1 answers wrong");
  return compiled;
}

/** The same, and all that was put off until a flag is first asked for. */
function loadAndAskAll(source: Uint8Array): Compiled {
  const compiled = load(source, digest);
  let yes = 0;
  for (let at = 0; at < FLAG_COUNT; at += 1)
    if (evaluate(compiled, `flag-${at}`, { targetingKey: "u1", country: "DE", tenant: "t99" }).variant === "on") yes += 1;
  if (yes < FLAG_COUNT * 0.8 || yes > FLAG_COUNT * 0.87) throw new Error(`${yes} of ${FLAG_COUNT} flags answer on`);
  return compiled;
}

/** What is held, in the heap and outside it: buffers, and texts that V8 keeps there. */
function heldBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/**
 * Time and memory of the first load of a process: an SDK loads once, cold. The bytes are made behind the first look at the memory: whoever
 * holds on to them, or to a text made of them, has it counted.
 */
function measureLoad(make: (source: Buffer) => unknown): Figures {
  const collect = globalThis.gc;
  if (collect === undefined) throw new Error("needs --expose-gc");
  collect();
  const before = heldBytes();
  const { kept, ms } = timed(make);
  collect();
  const mib = (heldBytes() - before) / 2 ** 20;
  if (kept === undefined) throw new Error("nothing was loaded");
  return { ms, mib };
}

function timed(make: (source: Buffer) => unknown): { readonly kept: unknown; readonly ms: number } {
  const source = Buffer.from(text);
  const start = process.hrtime.bigint();
  const kept = make(source);
  return { kept, ms: Number(process.hrtime.bigint() - start) / 1e6 };
}

/** The kill's id, the journal's and its counter are as the fan-out makes them (emergency-journal.ts): in its ninth boot here. */
function killPatch(at: number): Patch {
  const kills = { [killIdOf(`command-${at}`)]: { flags: [`flag-${at}`] } };
  return { epoch: "bench", base: at, to: at + 1, set: { journals: { j4f9a1c: 9_437_184 + at }, kills } };
}

/** A kill of one flag as it travels, in an epoch as the store names them (sealing.ts). */
function killText(): string {
  return encodePatch({ ...killPatch(12_345), epoch: "e5b0c7d21" });
}

function editPatch(at: number): Patch {
  return {
    epoch: "bench",
    base: at,
    to: at + 1,
    set: { flags: { [`flag-${at}`]: { rules: [{ if: ["equals", "country", "FR"], serve: "on" }] } } },
  };
}

/** Text of a patch to the changed answer, with all 10,000 flags compiled before. */
function measurePatches(): Figures {
  const few = timePatches((at) => (at > LIFTED_AFTER ? { drop: { kills: [killIdOf(`command-${at - LIFTED_AFTER}`)] } } : {}));
  return { ...few, kill200Ms: timePatches(() => ({})).killMs };
}

/** `lift`: what else a kill's patch says. */
function timePatches(lift: (at: number) => Partial<Patch>): { readonly editMs: number; readonly killMs: number } {
  let compiled = load(Buffer.from(text), digest);
  for (let at = 0; at < FLAG_COUNT; at += 1) evaluate(compiled, `flag-${at}`, {});
  const durations: { readonly edit: number[]; readonly kill: number[] } = { edit: [], kill: [] };
  for (let at = 1; at <= PATCHES; at += 1) {
    const isKill = at % 2 === 0;
    const source = encodePatch(isKill ? { ...killPatch(at), ...lift(at) } : editPatch(at));
    const start = process.hrtime.bigint();
    const patch = decodePatch(source);
    const next = patch.ok ? compilePatch(compiled, patch.value) : undefined;
    if (next?.ok !== true) throw new Error("the patch was refused");
    compiled = next.value;
    const answer = evaluate(compiled, `flag-${at}`, { country: "FR" });
    durations[isKill ? "kill" : "edit"].push(Number(process.hrtime.bigint() - start) / 1e6);
    if (isKill ? answer.cause !== "kill" : answer.variant !== "on") throw new Error(`patch ${at} did not take effect`);
  }
  return { editMs: median(durations.edit), killMs: median(durations.kill) };
}

/** What signatures cost: the server signs a patch once, every SDK with `signatureKeys` checks each. */
function measureSignatures(): Figures {
  const { signMs, verifyMs, verifySnapshotMs } = timeSignatures(killText(), text, PATCHES);
  return { signMs: median(signMs), verifyMs: median(verifyMs), verifySnapshotMs: median(verifySnapshotMs) };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function runOne(which: string): Figures {
  const child = spawnSync(process.execPath, ["--expose-gc", fileURLToPath(import.meta.url), "--one", which], {
    encoding: "utf8",
    timeout: 60_000,
  });
  if (child.status !== 0) throw new Error(`${which} could not be measured: ${child.stderr}`);
  return JSON.parse(child.stdout) as Figures;
}

function report(asJson: boolean): void {
  const best: Record<string, Figures> = {};
  for (let pass = 0; pass < PASSES; pass += 1) {
    for (const which of Object.keys(measures)) {
      const into = (best[which] ??= {});
      for (const [name, value] of Object.entries(runOne(which))) into[name] = Math.min(into[name] ?? Number.POSITIVE_INFINITY, value);
    }
  }
  const peers = measurePeers();
  const figure = (which: string, name: string): number => best[which]?.[name] ?? Number.NaN;
  const rows: readonly (readonly [key: string, value: number, target: string])[] = [
    ["load10000.ms", figure("load", "ms"), ""],
    ["load10000.parseRatio", figure("load", "ms") / figure("parse", "ms"), "JSON.parse alone is 1"],
    ["scan10000.ms", figure("scan", "ms"), "a text without a digest, such as a file"],
    ["load10000.mib", figure("load", "mib"), "<= 9"],
    ...(peers === undefined ? [] : [["load10000.bestPeerRatio", figure("load", "ms") / leastLoad(peers), "<= 1.05"] as const]),
    ["first10000.ms", figure("first", "ms"), "text to ready, and every flag asked once"],
    ...(peers === undefined
      ? []
      : [["first10000.bestPeerRatio", figure("first", "ms") / leastFirst(peers), "the best of those that load in the process"] as const]),
    ["patch.killBytes", Buffer.byteLength(killText()), "<= 160"],
    ["patch.signedKillBytes", signedBytes(killText()), "<= 280"],
    ["patch.signMs", figure("signatures", "signMs"), "once for a patch, whoever gets it"],
    ["patch.verifyMs", figure("signatures", "verifyMs"), "each SDK that checks signatures"],
    ["load10000.verifyMs", figure("signatures", "verifySnapshotMs"), "each SDK that checks signatures"],
    ["patch.applyMs", Math.max(figure("patches", "editMs"), figure("patches", "killMs")), "<= 0.05"],
    ["patch.editMs", figure("patches", "editMs"), ""],
    ["patch.killMs", figure("patches", "killMs"), "five kills in force"],
    ["patch.kill200Ms", figure("patches", "kill200Ms"), "up to 200 kills in force"],
    ["lists100k.ms", figure("lists", "ms"), "100,000 ids included, excluded and by hash: text to the first answer"],
    ["lists100k.decodeMs", figure("lists", "decodeMs"), ""],
    ["lists100k.mib", figure("lists", "mib"), ""],
    ["lists100k.editMs", figure("lists", "editMs"), "one id joins or leaves: text of the patch to the changed answer"],
    ["lists100k.editBytes", listEditBytes(), ""],
    ["lists100k.includedNs", figure("lists", "includedNs"), "an answer, another user each time"],
    ["lists100k.excludedNs", figure("lists", "excludedNs"), ""],
    ["lists100k.hashedNs", figure("lists", "hashedNs"), ""],
    ["lists100k.gzipBytes", listsGzipBytes(), "one hash is 8 random bytes"],
    ["snapshot10000.bytes", Buffer.byteLength(text), ""],
    ["snapshot10000.gzipBytes", gzipSync(text, { level: GZIP_LEVEL }).length, "<= 50000"],
  ];
  const figures = Object.fromEntries(rows.map(([key, value]) => [key, Number(value.toFixed(4))]));
  if (Object.values(figures).some((value) => !Number.isFinite(value))) throw new Error("some row has no figure");
  const notes = [
    "load10000 begins with the bytes of an answer and its digest, as the SDK gets them; the peers with a text that somebody made of such bytes before. The digest is checked; a flag's own form is read and compiled when it is first asked for, which first10000 includes",
    "scan10000 is the same without a digest: the whole text is checked to be JSON",
    "cold process, best of passes; mib counts the text that is held; patch.applyMs is text of a patch to the changed answer, median, all flags compiled before",
    ...(peers === undefined ? [`peers not measured: ${harnessPlace} is not beside this checkout`] : []),
  ];
  if (asJson) return console.log(JSON.stringify({ name: "load", figures, peers: peers ?? {}, notes: notes.join("; ") }));
  for (const [key, value, target] of rows) console.log(`${key.padEnd(26)}${value.toFixed(4).padStart(14)}   ${target}`);
  for (const [name, { ms, mib, gzipBytes, firstMs }] of Object.entries(peers ?? {})) {
    const first = firstMs === undefined ? "" : `   ${firstMs.toFixed(1)} ms with every flag asked once`;
    console.log(`${name.padEnd(26)}${ms.toFixed(1).padStart(14)} ms   ${mib.toFixed(1)} MiB   ${gzipBytes} bytes compressed${first}`);
  }
  for (const note of notes) console.log(`- ${note}`);
}

interface PeerLoad {
  readonly ms: number;
  readonly mib: number;
  readonly gzipBytes: number;
  /** Text to ready, and every flag asked once; missing where a product does not load from a text in the process. */
  readonly firstMs?: number;
}

/** The same 10,000 flags in each product's own format; undefined where the harness is not there. */
function measurePeers(): Readonly<Record<string, PeerLoad>> | undefined {
  const folder = preparePeers();
  if (folder === undefined) return undefined;
  const peers: Record<string, PeerLoad> = {};
  for (let pass = 0; pass < PEER_PASSES; pass += 1) {
    for (const name of PEERS) {
      const { wall_ms, heap_mib, gz } = measurePeerLoad(folder, name, FLAG_COUNT);
      const firstMs = FIRST_PEERS.includes(name) ? measurePeerFirstAnswers(folder, name, FLAG_COUNT) : undefined;
      const best = peers[name];
      peers[name] = {
        ms: Math.min(best?.ms ?? Number.POSITIVE_INFINITY, wall_ms),
        mib: heap_mib,
        gzipBytes: gz,
        ...(firstMs === undefined ? {} : { firstMs: Math.min(best?.firstMs ?? Number.POSITIVE_INFINITY, firstMs) }),
      };
    }
  }
  return peers;
}

function leastFirst(peers: Readonly<Record<string, PeerLoad>>): number {
  return Math.min(...Object.values(peers).flatMap(({ firstMs }) => firstMs ?? []));
}

function leastLoad(peers: Readonly<Record<string, PeerLoad>>): number {
  return Math.min(...Object.values(peers).map(({ ms }) => ms));
}
