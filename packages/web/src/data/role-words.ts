import { rolesThatMay } from "@sluice/contract";
import type { Action, Role } from "@sluice/releases";

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
