import { flagName, flagNamed } from "./flag-name.ts";
import type { FlagListing } from "./console-data.ts";

/** What a kill on the page is aimed at: one flag, or everything of a release, team or tag, or what depends on a flag. */
export interface KillAim {
  /** Tells one aim from another. */
  readonly key: string;
  /** As it stands in sentences and on the button. */
  readonly name: string;
  /** What of it says what goes off, in questions to the server and in the kill. */
  readonly query: Readonly<Record<string, string>>;
  readonly body: { readonly flags: readonly string[] } | { readonly of: { readonly kind: string; readonly name: string } };
  readonly flag?: FlagListing;
  /** For whom and where alone; absent: for everybody. */
  readonly scope?: KillScope;
}

/** For whom and where a kill is; what is absent limits nothing. Customers by the key that applications send. */
export interface KillScope {
  readonly customers?: readonly string[];
  readonly segment?: string;
  readonly services?: readonly string[];
  readonly versions?: string;
}

/** What the server is asked about a kill before it is made. */
export function questionOf({ query, scope = {} }: KillAim, environment: string): string {
  const { customers = [], services = [], segment, versions } = scope;
  const asked = new URLSearchParams({ environment, ...query, ...(segment === undefined ? {} : { segment }), ...(versions === undefined ? {} : { versions }) });
  for (const customer of customers) asked.append("customer", customer);
  for (const service of services) asked.append("service", service);
  return asked.toString();
}

/** The same as a kill says it. */
export function aimBody({ body, scope = {} }: KillAim): object {
  const { customers, ...others } = scope;
  return { ...body, ...(customers === undefined ? {} : { customers }), ...(Object.keys(others).length === 0 ? {} : { scope: others }) };
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
