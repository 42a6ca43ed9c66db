import type { Facts, LoggedEvent, Personal } from "@sluice/releases";
import type { SqlRow, SqlValue } from "./sql.ts";
import type { Account, CustomerContact, Grant, RegisteredCustomer, Role, SdkKey } from "./store.ts";

/** A row that is not as this program writes it: somebody else wrote to the database. */
export class RowNotUnderstood extends Error {
  override readonly name = "RowNotUnderstood";
}

export function text(value: SqlValue | undefined): string {
  if (typeof value !== "string") throw new RowNotUnderstood(`expected text, found ${typeof value}`);
  return value;
}

/** PostgreSQL gives bigint as text and SQLite as a number; above 2⁵³ neither is right for us. */
export function whole(value: SqlValue | undefined): number {
  const number = typeof value === "string" ? Number(value) : value;
  if (typeof number !== "number" || !Number.isSafeInteger(number)) throw new RowNotUnderstood(`expected a whole number, found ${String(value)}`);
  return number;
}

export function eventOf(row: SqlRow): LoggedEvent {
  const personal = row["personal"];
  const salt = row["salt"];
  return {
    seq: whole(row["seq"]),
    epoch: text(row["epoch"]),
    atMs: whole(row["at_ms"]),
    command: text(row["command"]),
    // The hash chain, not a schema, says whether these are what was written.
    facts: JSON.parse(text(row["facts"])) as Facts,
    ...(typeof personal === "string" ? { personal: JSON.parse(personal) as Personal } : {}),
    ...(typeof salt === "string" ? { salt } : {}),
    personalHash: text(row["personal_hash"]),
    prevHash: text(row["prev_hash"]),
    hash: text(row["hash"]),
  };
}

const roles: readonly Role[] = ["engineer", "product", "marketing", "customerSuccess", "admin", "auditor"];
const kinds: readonly Grant["kind"][] = ["session", "token", "operator", "kill", "once"];

export function accountOf(row: SqlRow): Account {
  const role = roles.find((one) => one === row["role"]);
  if (role === undefined) throw new RowNotUnderstood(`no role ${String(row["role"])}`);
  return {
    id: text(row["id"]),
    email: text(row["email"]),
    name: text(row["name"]),
    role,
    passwordHash: text(row["password_hash"]),
    failures: whole(row["failures"]),
    lockedUntilMs: whole(row["locked_until_ms"]),
  };
}

export function grantOf(row: SqlRow): Grant {
  const kind = kinds.find((one) => one === row["kind"]);
  if (kind === undefined) throw new RowNotUnderstood(`no kind of grant ${String(row["kind"])}`);
  const account = row["account"];
  return { hash: text(row["hash"]), kind, ...(typeof account === "string" ? { account } : {}), expiresAtMs: whole(row["expires_at_ms"]) };
}

export function keyOf(row: SqlRow): SdkKey {
  return { hash: text(row["hash"]), environment: text(row["environment"]), name: text(row["name"]) };
}

export function customerOf(row: SqlRow): RegisteredCustomer {
  const { owner, aliases, contacts } = row;
  return {
    id: text(row["id"]),
    key: text(row["customer_key"]),
    ...(typeof aliases === "string" ? { aliases: JSON.parse(aliases) as readonly string[] } : {}),
    name: text(row["name"]),
    ...(typeof owner === "string" ? { owner } : {}),
    ...(typeof contacts === "string" ? { contacts: JSON.parse(contacts) as readonly CustomerContact[] } : {}),
  };
}
