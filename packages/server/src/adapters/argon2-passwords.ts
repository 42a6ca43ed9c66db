import { hash, verify } from "@node-rs/argon2";
import type { Passwords } from "../accounts.ts";

/** OWASP's first recommendation for Argon2id: 19 MiB, two passes, one lane (cheatsheetseries.owasp.org, Password Storage). */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Argon2id, off this thread. */
export const argon2Passwords: Passwords = {
  hash: (password) => hash(password, COST),
  verify: async (stored, password) => {
    try {
      return await verify(stored, password);
    } catch {
      // Not a PHC string: nobody's password.
      return false;
    }
  },
};
