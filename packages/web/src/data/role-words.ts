import { rolesThatMay } from "@sluice/contract";
import type { Action, Role } from "@sluice/releases";
import type { ReleasePhase } from "./release-data.ts";

/** The functions of people as people call them. */
export const roleNames: Readonly<Record<Role, string>> = {
  engineer: "Engineering",
  product: "Product",
  marketing: "Marketing",
  customerSuccess: "Customer Success",
  admin: "Admin",
  auditor: "Auditor",
};

/** The same for a role as it travels; one that a newer server has is shown as it is. */
export const roleWord = (role: string): string => new Map<string, string>(Object.entries(roleNames)).get(role) ?? role;

/** "Engineering, Product or an admin": who may do this, by the server's own table. */
export function whoMay(action: Action): string {
  const names = rolesThatMay(action).map((role) => (role === "admin" ? "an admin" : role === "auditor" ? "an auditor" : roleNames[role]));
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names.at(-1) ?? ""}`;
}

/** Which right a kill of a flag of this kind takes: what runs a service, or says who paid for it, is killed by fewer. */
export const killAction = (kind: string): Action => (kind === "ops" || kind === "permission" ? "killOpsFlag" : "killReleaseFlag");

/** Which right a change of this plan takes: proposing while it is a draft, planning from then on. */
export const editAction = ({ phase }: { readonly phase: ReleasePhase }): Action => (phase === "draft" ? "draftRelease" : "planRelease");
