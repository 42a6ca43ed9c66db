const OPERATOR_PREFIX = "slk_operator_";
const PREFIX = "slk_kill_";
/** What the derivation is for: the same operator key under another label gives a key that has nothing to do with this one. */
const LABEL = "sluice kill key 1";

/** Derives a secret of 256 bits from another, by HKDF-SHA256 (RFC 5869) with this label as its info, as base64url: `derivedSecret` of the ports. */
export type Derive = (secret: string, label: string) => string;

/**
 * The key that kills, shows how far that kill has come, and does nothing else. It follows from an operator key, so that whoever has that one can
 * make it anywhere, with no server to ask; from it nobody finds the operator key.
 */
export const killKeyOf = (operatorKey: string, derive: Derive): string => PREFIX + derive(operatorKey, LABEL);

/** Whether a secret is an operator key, by how Sluice writes them. */
export const isOperatorKey = (secret: string): boolean => secret.startsWith(OPERATOR_PREFIX);

/** Whether a secret is a kill key, by how Sluice writes them. */
export const isKillKey = (secret: string): boolean => secret.startsWith(PREFIX);
