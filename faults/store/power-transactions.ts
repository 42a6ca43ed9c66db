import type { Proposal } from "@sluice/releases";
import type { Blob } from "@sluice/store";

/** Events of one append: one to four, so that an append is many rows. */
export function partsOf(index: number): number {
  return 1 + (index % 4);
}

export function commandOf(index: number): string {
  return `power-${String(index).padStart(6, "0")}`;
}

export function blobOf(index: number): string {
  return String(index).padStart(40, "0");
}

/** Append number `index`: its events and a content beside them, of ever different length. */
export function transaction(index: number): { readonly proposals: readonly Proposal[]; readonly blobs: readonly Blob[] } {
  const proposals = Array.from({ length: partsOf(index) }, (_, part): Proposal => ({
    command: commandOf(index),
    atMs: 1_700_000_000_000 + index,
    facts: { kind: "flagsKilled", kill: `k${index}-${part}`, environment: "production", flags: [`area-${part}.flag-${index % 20}`] },
    personal: { by: "drill", reason: "x".repeat((index * 37) % 700) },
  }));
  return { proposals, blobs: [{ id: blobOf(index), bytes: new Uint8Array((index * 211) % 3_000).fill(index % 251) }] };
}
