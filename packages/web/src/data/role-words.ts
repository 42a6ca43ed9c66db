import type { Role } from "@sluice/releases";

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
