import type { KillCatalogue } from "@sluice/releases";

/**
 * Which of a trigger's flags its alert switches off: those that there are. An ops or a permission flag only where the trigger names no other,
 * as bulk kills leave them alone; one that is unknown must not save the others.
 */
export function armedFlags(
  { flags }: { readonly flags: readonly string[] },
  catalogue: KillCatalogue,
): { readonly armed: readonly string[]; readonly notArmed: readonly string[] } {
  const isArmed = (flag: string): boolean => {
    const kind = catalogue.get(flag)?.kind;
    return kind !== undefined && (flags.length === 1 || (kind !== "ops" && kind !== "permission"));
  };
  return { armed: flags.filter(isArmed), notArmed: flags.filter((flag) => !isArmed(flag)) };
}
