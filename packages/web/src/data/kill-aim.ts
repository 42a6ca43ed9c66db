import { flagName, flagNamed } from "./flag-name.ts";
import type { FlagListing } from "./console-data.ts";

/** What a kill on the page is aimed at: one flag, or everything of a release, team or tag, or what depends on a flag. */
export interface KillAim {
  /** Tells one aim from another. */
  readonly key: string;
  /** As it stands in sentences and on the button. */
  readonly name: string;
  /** How the server is asked what it would take away, and told to kill. */
  readonly query: Readonly<Record<string, string>>;
  readonly body: { readonly flags: readonly string[] } | { readonly of: { readonly kind: string; readonly name: string } };
  readonly flag?: FlagListing;
}

const words: Readonly<Record<string, (name: string) => string>> = {
  release: (name) => `the release ${name}`,
  team: (name) => `everything of ${name}`,
  tag: (name) => `everything tagged ${name}`,
  dependants: (name) => `${flagName(name)} and what depends on it`,
};

/** The aim that an address names; `undefined` where it names none, or a flag that is not there. */
export function aimIn(values: URLSearchParams, flags: readonly FlagListing[]): KillAim | undefined {
  const [of, name] = [values.get("of") ?? "", values.get("name") ?? ""];
  const say = words[of];
  if (say !== undefined && name !== "")
    return { key: `${of}/${name}`, name: say(values.get("title") ?? name), query: { of, name }, body: { of: { kind: of, name } } };
  const flag = flagNamed(flags, values.get("flag") ?? "");
  return flag && { key: flag.key, name: flagName(flag.key), query: { flag: flag.key }, body: { flags: [flag.key] }, flag };
}
