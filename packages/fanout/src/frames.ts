import type { SignedKind, Version } from "@sluice/evaluation";

const utf8 = new TextEncoder();

/** `sig` is a field of ours: readers of event streams pass over fields that they do not know (WHATWG HTML §9.2.6). */
interface FrameFields {
  readonly id?: string;
  readonly sig?: string | undefined;
}

/** One server-sent event, built once and written to every subscriber as it is. */
function frame(event: string, data: string, { id, sig }: FrameFields = {}): Uint8Array {
  const fields = `${id === undefined ? "" : `id: ${id}\n`}${sig === undefined ? "" : `sig: ${sig}\n`}`;
  return utf8.encode(`event: ${event}\n${fields}data: ${data}\n\n`);
}

/** Gives signatures of texts that are about to be sent; undefined for what it does not sign. */
export interface TextSigner {
  /** False for one that signs kills alone. */
  readonly signsSnapshots: boolean;
  sign(kind: SignedKind, environment: string, text: string): string | undefined;
}

/** `<epoch>:<seq>`: how a version is written in `id:`, `Last-Event-ID` and `ETag`. */
export function versionText({ epoch, seq }: Version): string {
  return `${epoch}:${seq}`;
}

/** The version in `Last-Event-ID`; undefined where there is none or it is nonsense. */
export function parseVersion(text: string | undefined): Version | undefined {
  const found = /^([\w-]{1,64}):(\d{1,15})$/.exec(text ?? "");
  return found ? { epoch: found[1] ?? "", seq: Number(found[2]) } : undefined;
}

const beat = frame("heartbeat", "{}");

export const frames = {
  hello: (hello: {
    readonly environment: string;
    readonly epoch: string;
    readonly seq: number;
    readonly heartbeatMs: number;
    readonly confirmJitterMs: number;
    readonly sampling: string | undefined;
  }): Uint8Array => frame("hello", JSON.stringify(hello)),
  /** `version`: where the patch leads. */
  patch: (version: Version, data: string, sig: string | undefined): Uint8Array => frame("patch", data, { id: versionText(version), sig }),
  urgent: (data: string, sig: string | undefined): Uint8Array => frame("urgent", data, { sig }),
  reset: (version: Version): Uint8Array => frame("reset", JSON.stringify({ epoch: version.epoch, seq: version.seq })),
  heartbeat: (version: Version, sampling: string | undefined): Uint8Array =>
    frame("heartbeat", JSON.stringify({ epoch: version.epoch, seq: version.seq, sampling })),
  browserHello: (hello: {
    readonly environment: string;
    readonly epoch: string;
    readonly seq: number;
    readonly heartbeatMs: number;
    readonly jitterMs: number;
  }): Uint8Array => frame("hello", JSON.stringify(hello)),
  changed: ({ epoch, seq }: Version, jitterMs: number): Uint8Array => frame("changed", JSON.stringify({ epoch, seq, jitterMs })),
  browserKill: ({ epoch, seq }: Version, answers: unknown): Uint8Array => frame("kill", JSON.stringify({ epoch, seq, answers })),
  beat: (): Uint8Array => beat,
  console: (event: string): Uint8Array => frame(event, "{}"),
} as const;
