import { createPublicKey, verify } from "node:crypto";
import {
  decodePatch,
  decodeSnapshot,
  decodeUrgentKill,
  delegationText,
  isUrgentInForce,
  readDelegated,
  readPublicKey,
  readSignature,
  type SignatureParts,
  type SignedKind,
  signedPrefix,
} from "@sluice/evaluation";
import type { World } from "@sluice/ports";
import type { KeptForm, SentKill, SentPatch } from "../hub.ts";
import type { Publisher } from "../publisher.ts";

/** A snapshot of an environment, after decompression: what an SDK takes. */
export const SNAPSHOT_BYTES_MAX: number = 64 << 20;
/** More than any published file has. */
const STEPS_MAX = 10_000;

interface Parts {
  readonly world: World;
  readonly publisher: Publisher;
  /** What `sluice snapshot publish` wrote, from a file or a static host. */
  readonly read: () => Promise<Uint8Array>;
  /** Public keys of the server; with any, what none of them has signed is not used. */
  readonly signatureKeys: readonly string[];
}

/** Starts from a published snapshot where nothing is served yet; whatever is wrong with it is logged, and the server is waited for. */
export async function coldStart({ world, publisher, read, signatureKeys }: Parts): Promise<void> {
  if (publisher.hubs.some(({ snapshot }) => snapshot !== undefined)) return;
  try {
    const { kept, urgent, list } = readPublished(new TextDecoder().decode(await read()), signatureKeys);
    publisher.restore(kept, kept.snapshot.seq, urgent);
    if (list !== undefined) publisher.hub(kept.snapshot.environment)?.giveUrgentText(list.text, list.signature);
    world.log.info("relay.coldStart", { environment: kept.snapshot.environment, seq: kept.snapshot.seq });
  } catch (error) {
    world.log.error("relay.coldStart", { message: `The published snapshot is not used: ${error instanceof Error ? error.message : String(error)}.` });
  }
}

interface Published {
  readonly kept: KeptForm;
  readonly urgent: readonly SentKill[];
  /** The list of urgent kills as it was signed. */
  readonly list?: Step;
}
interface Step {
  readonly kind: SignedKind;
  readonly text: string;
  readonly signature: string;
}

function readPublished(text: string, signatureKeys: readonly string[]): Published {
  const json: unknown = JSON.parse(text);
  if (typeof json !== "object" || json === null) throw new Error("it holds no object");
  const { signed, snapshot, urgent }: Readonly<Record<string, unknown>> = { ...json };
  if (Array.isArray(signed)) return ofSteps(stepsOf(signed as readonly unknown[]), signatureKeys);
  if (signatureKeys.length > 0) throw new Error("it is not signed, and this relay takes only what one of its --signature-key has signed");
  const decoded = decodeSnapshot(snapshot ?? json);
  if (!decoded.ok) throw new Error(decoded.problem.map(({ path, message }) => `${path} ${message}`.trim()).join("; "));
  return { kept: { snapshot: decoded.value, signature: undefined, patches: [] }, urgent: killsOf(urgent ?? []) };
}

function stepsOf(list: readonly unknown[]): readonly Step[] {
  if (list.length > STEPS_MAX) throw new Error(`it holds more than ${STEPS_MAX} texts`);
  return list.map((item) => {
    const { kind, text, signature }: Readonly<Record<string, unknown>> = typeof item === "object" && item !== null ? { ...item } : {};
    if (kind !== "snapshot" && kind !== "patch" && kind !== "kill" && kind !== "kills") throw new Error("a text in it is of no known kind");
    if (typeof text !== "string" || typeof signature !== "string") throw new Error("a text in it is not whole");
    return { kind, text, signature };
  });
}

function ofSteps(steps: readonly Step[], signatureKeys: readonly string[]): Published {
  const [first, ...rest] = steps;
  const decoded = first?.kind === "snapshot" ? decodeSnapshot(first.text) : undefined;
  if (first === undefined || decoded?.ok !== true) throw new Error("it does not begin with a snapshot that can be read");
  const { environment } = decoded.value;
  const wrong = signatureKeys.length === 0 ? undefined : steps.find((step) => !isSigned(step, environment, signatureKeys));
  if (wrong !== undefined) throw new Error(`none of the --signature-key has signed the ${wrong.kind} in it`);
  const patches: SentPatch[] = [];
  const urgent: SentKill[] = [];
  for (const { kind, text, signature } of rest) {
    const patch = kind === "patch" ? decodePatch(text) : undefined;
    if (patch?.ok === true) patches.push({ patch: patch.value, signature });
    if (kind === "kill") urgent.push(...killsOf([JSON.parse(text)]).map(({ kill }) => ({ kill, signature })));
    if (kind === "kills") urgent.push(...killsOf((JSON.parse(text) as { readonly urgent?: unknown }).urgent));
  }
  const kept = { snapshot: decoded.value, signature: first.signature, patches };
  const list = rest.findLast(({ kind }) => kind === "kills");
  return { kept, urgent: urgent.filter(({ kill }) => isUrgentInForce(kill, decoded.value)), ...(list === undefined ? {} : { list }) };
}

function killsOf(list: unknown): readonly SentKill[] {
  if (!Array.isArray(list)) throw new Error("its list of urgent kills cannot be read");
  return (list as readonly unknown[]).map((item) => {
    const kill = decodeUrgentKill(item);
    if (!kill.ok) throw new Error("its list of urgent kills cannot be read");
    return { kill: kill.value, signature: undefined };
  });
}

/** By the server, or, of kills, by a relay that it has delegated them to. */
function isSigned({ kind, text, signature }: Step, environment: string, signatureKeys: readonly string[]): boolean {
  const signed = Buffer.from(signedPrefix(kind, environment) + text);
  const delegated = readDelegated(signature);
  if (delegated === undefined) return isOneOf(signatureKeys, signed, readSignature(signature));
  const { parts, key, delegation } = delegated;
  const isTrusted = isOneOf(signatureKeys, Buffer.from(delegationText(environment, key)), delegation);
  return isTrusted && (kind === "kill" || kind === "kills") && isOneOf([key.text], signed, parts);
}

function isOneOf(keys: readonly string[], signed: Uint8Array, parts: SignatureParts | undefined): boolean {
  return keys.some((one) => {
    const form = readPublicKey(one);
    if (form === undefined) throw new Error(`${one} is no public key`);
    const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: form.base64url }, format: "jwk" });
    return parts !== undefined && verify(undefined, signed, key, Buffer.from(parts.signature, "base64url"));
  });
}
