import type { Role } from "@sluice/releases";

/** One of `GET /api/accounts`. What only admins may know is absent for others. */
export interface AccountListing {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** `invited`: has no password yet, and nobody is signed in to it. `removed`: cannot sign in any more. `locked`: after failures, until `lockedUntilMs`. */
  readonly state: "active" | "invited" | "locked" | "removed";
  readonly email?: string;
  readonly lockedUntilMs?: number;
  /** Signed-in browsers and personal tokens. */
  readonly sessions?: number;
  readonly tokens?: number;
}

/** `POST /api/accounts` and `/invite-again`: shown once. The link is the console's address with `/#/first?once=` and this. */
export interface Invited {
  readonly account: string;
  readonly once: string;
  readonly expiresAtMs: number;
}

/** `POST /api/sdk-keys`: `secret` is what programs send; it is shown once. `key`: first digits of its hash, by which it is listed and ended. */
export interface SdkKeyMade {
  readonly key: string;
  readonly environment: string;
  readonly name: string;
  readonly secret: string;
}

/** One of `GET /api/me/tokens`: the token itself was shown once. */
export interface TokenListing {
  /** First digits of its hash, by which it is ended. */
  readonly token: string;
  readonly expiresAtMs: number;
}

/** `GET /api/log/verify`: every hash of the decision log, computed anew. While `isDone` is false, ask again. */
export interface LogVerified {
  readonly isDone: boolean;
  readonly checked?: number;
  /** Where the chain does not hold. */
  readonly broken?: { readonly seq: number; readonly why: string };
  /** The end of the log that was checked: whoever keeps it elsewhere can tell later that nothing before it was changed. */
  readonly head?: { readonly epoch: string; readonly seq: number; readonly hash: string };
}
