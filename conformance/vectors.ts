import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Asker } from "@sluice/evaluation";
import type { Expected, World } from "./compare.ts";
import { recordedScripts } from "./compatibility/recorded.ts";
import { murmur128Start } from "./naive/hashing.ts";
import type { Reply, Request } from "./protocol.ts";

/** One question with its answer, whichever short form its file is written in. */
export interface Vector {
  readonly name: string;
  /** False where generate.ts wrote it: then its snapshot may hold any mistake. */
  readonly isByHand: boolean;
  readonly world: World;
  readonly flag: string;
  readonly context: unknown;
  readonly expected: Expected;
}

/** A conversation with a runner: decoding, patches, urgent kills. */
export interface Script {
  readonly name: string;
  readonly exchanges: readonly (readonly [Request, Reply])[];
}

const SALT = "s";
const base = {
  format: 1,
  environment: "production",
  epoch: "e2",
  seq: 20,
  replaces: ["e1", "l1"],
  seen: { l1: 20 },
  salt: SALT,
  journals: { j1: 5 },
  segments: { pros: { if: ["equals", "plan", "pro"] } },
};

/** `@key` stands for the hash of a customer or user in the vectors' environment. */
function withHashes(value: unknown): unknown {
  if (typeof value === "string") return value.startsWith("@") ? murmur128Start(`${SALT}:${value.slice(1)}`) : value;
  if (Array.isArray(value)) return value.map(withHashes);
  if (typeof value === "object" && value !== null) return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withHashes(member)]));
  return value;
}

interface Case {
  readonly because: string;
  readonly [field: string]: unknown;
}
interface VectorFile {
  readonly topic: string;
  readonly worlds?: Readonly<Record<string, World>>;
  readonly cases: readonly Case[];
  readonly [form: string]: unknown;
}

const slots = new Map(
  (JSON.parse(readFileSync(join(import.meta.dirname, "hashing/slots.json"), "utf8")) as { salt: string; unit: string; slot: number }[]).map(
    ({ salt, unit, slot }) => [`${salt}\n${unit}`, slot],
  ),
);

const ON = { value: true, variant: "on" } as const;
const OFF = { value: false, variant: "off" } as const;

function expand(file: VectorFile, one: Case, index: number): Omit<Vector, "isByHand"> {
  const name = `${file.topic} ${index + 1}: ${one.because}`;
  const problems = one["problems"] === true ? { problems: true } : {};
  if (file["conditions"] === true) {
    const world = { snapshot: { ...base, flags: { f: { rules: [{ id: "r", if: one["if"], serve: "on" }] } } } };
    const expected =
      one["matches"] === true ? { ...ON, reason: "TARGETING_MATCH", cause: "rule", by: "r" } : { ...OFF, reason: "DEFAULT", cause: "default", ...problems };
    return { name, world, flag: "f", context: one["context"], expected };
  }
  if (file["kills"] === true) {
    const flags = { f: { default: "on" } };
    const kill = withHashes(one["kill"] ?? {}) as object;
    const world: World =
      one["urgent"] === undefined
        ? { snapshot: { ...base, flags, kills: { k: { flags: ["f"], ...kill } } }, asker: { ...(one["asker"] as Asker | undefined) } }
        : { snapshot: { ...base, flags }, urgent: [{ id: "k", epoch: "e2", flags: ["f"], ...(withHashes(one["urgent"]) as object) }] };
    const isOver = one["urgent"] !== undefined && one["killed"] !== true && (one["urgent"] as { readonly scope?: unknown }).scope === undefined;
    const alive = { ...ON, reason: isOver ? "STATIC" : "DEFAULT", cause: "default" };
    return {
      name,
      world,
      flag: "f",
      context: one["context"] ?? {},
      expected: one["killed"] === true ? { ...OFF, reason: "DISABLED", cause: "kill", by: "k" } : alive,
    };
  }
  if (file["exposure"] === true) {
    const form = withHashes({
      ...(one["exposure"] === undefined ? {} : { exposure: one["exposure"] }),
      ...(one["pins"] === undefined ? {} : { pins: one["pins"] }),
    }) as object;
    const context = {
      ...(one["customer"] === undefined ? {} : { customer: one["customer"] }),
      ...(one["user"] === undefined ? {} : { targetingKey: one["user"] }),
    };
    const isOn = one["by"] === "exposure" || one["on"] === true;
    const expected = { ...(isOn ? ON : OFF), reason: one["by"] === "default" ? "DEFAULT" : "TARGETING_MATCH", cause: String(one["by"]), ...problems };
    return { name, world: { snapshot: { ...base, flags: { f: form } } }, flag: "f", context, expected };
  }
  const world = file.worlds?.[one["world"] as string];
  if (world === undefined) throw new Error(`${name}: no world ${String(one["world"])}`);
  let expected = one["expected"] as Expected | undefined;
  if (expected === undefined) {
    const [salt, unit] = one["slot"] as readonly [string, string];
    const slot = slots.get(`${salt}\n${unit}`);
    if (slot === undefined) throw new Error(`${name}: hashing/slots.json has no slot of ${JSON.stringify([salt, unit])}`);
    expected = (slot < Number(one["below"]) ? one["on"] : one["else"]) as Expected;
  }
  return { name, world, flag: String(one["flag"]), context: one["context"], expected };
}

const folder = join(import.meta.dirname, "vectors");

/** Files by hand first, then what generate.ts wrote. */
function filesOf(isScripts: boolean): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".json") && name.includes("script-") === isScripts)
    .sort();
}

const readJson = <T>(name: string): T => JSON.parse(readFileSync(join(folder, name), "utf8")) as T;

/** Every vector of every topic. */
export function readVectors(): readonly Vector[] {
  return filesOf(false).flatMap((name) => {
    const file = readJson<VectorFile>(name);
    return file.cases.map((one, index) => ({ ...expand(file, one, index), isByHand: !name.startsWith("generated") }));
  });
}

/** Every conversation, those that were recorded of earlier forms among them. */
export function readScripts(): readonly Script[] {
  const written = filesOf(true).flatMap((name) => {
    const { topic, scripts } = readJson<{
      readonly topic: string;
      readonly scripts: readonly { readonly because: string; readonly exchanges: Script["exchanges"] }[];
    }>(name);
    return scripts.map(({ because, exchanges }, index) => ({ name: `${topic} ${index + 1}: ${because}`, exchanges }));
  });
  return [...written, ...recordedScripts()];
}
