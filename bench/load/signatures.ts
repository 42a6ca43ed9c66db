import { Signing } from "../../packages/fanout/src/signing.ts";
import { SignatureCheck } from "../../sdks/js-server/src/signature-check.ts";

const ENVIRONMENT = "production";
/** A snapshot of megabytes takes milliseconds: few times are enough. */
const SNAPSHOT_TIMES = 9;

/** The private key of RFC 8032, section 7.1, test 1: known to everybody, so good for nothing but this. */
const signing = new Signing(["sls_nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"]);

/** Bytes of a patch with the line of the stream that carries its signature. */
export function signedBytes(patch: string): number {
  return Buffer.byteLength(`${patch}sig: ${signing.sign("patch", ENVIRONMENT, patch)}\n`);
}

/** Durations in milliseconds: signing a patch, verifying it, and verifying a whole snapshot. */
export function timeSignatures(
  patch: string,
  snapshot: string,
  times: number,
): { readonly signMs: readonly number[]; readonly verifyMs: readonly number[]; readonly verifySnapshotMs: readonly number[] } {
  const check = SignatureCheck.of(
    signing.keys.map(({ publicKey }) => publicKey),
    ENVIRONMENT,
  );
  if (!check.ok || check.value === undefined) throw new Error("the key cannot be used");
  const { value } = check;
  const bytes = Buffer.from(snapshot);
  const [ofPatch, ofSnapshot] = [signing.sign("patch", ENVIRONMENT, patch), signing.sign("snapshot", ENVIRONMENT, bytes)];
  if (value.problemOf("patch", patch, ofPatch) !== undefined || value.problemOf("snapshot", bytes, ofSnapshot) !== undefined)
    throw new Error("a signature does not fit");
  return {
    signMs: repeat(times, () => signing.sign("patch", ENVIRONMENT, patch)),
    verifyMs: repeat(times, () => value.problemOf("patch", patch, ofPatch)),
    verifySnapshotMs: repeat(SNAPSHOT_TIMES, () => value.problemOf("snapshot", bytes, ofSnapshot)),
  };
}

function repeat(times: number, run: () => unknown): readonly number[] {
  return Array.from({ length: times }, () => {
    const start = process.hrtime.bigint();
    run();
    return Number(process.hrtime.bigint() - start) / 1e6;
  });
}
