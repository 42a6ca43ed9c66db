import { type FeedEnvironment, flagName } from "@sluice/contract";
import { customerHash, type FlagForm, type KillScope, type Result } from "@sluice/evaluation";
import {
  type Decisions,
  ENDED,
  type Exposure,
  flagsOfTarget,
  keyNow,
  type KillCatalogue,
  type KillTarget,
  type Refusal,
  type TargetFlags,
  withDependants,
} from "@sluice/releases";
import { type FlagListing, stateOf } from "@sluice/snapshot";

/** What a kill is asked to take away: one flag by name, or a target; for everybody, or for those of a scope. */
export interface BlastQuestion {
  readonly environment: string;
  readonly flag?: string;
  readonly of?: KillTarget;
  readonly scope?: Pick<KillScope, "segment" | "services" | "versions">;
  /** Customers by the key that applications send. */
  readonly customers?: readonly string[];
}

/** What is known at this moment. */
export interface BlastParts {
  readonly decisions: Decisions;
  readonly catalogue: KillCatalogue;
  readonly listings: readonly FlagListing[];
  readonly environments: readonly FeedEnvironment[];
  /** Processes with a stream in that environment, by service. */
  readonly services: readonly { readonly service: string; readonly instances: number }[];
  readonly forms: Readonly<Record<string, FlagForm>>;
}

/** What a kill would take away, in one sentence with names and counts, and the same as data. */
export interface BlastRadius extends TargetFlags {
  readonly sentence: string;
  /** Registered customers who have some of it now, as far as releases, opt-ins and pins alone decide it; else absent. */
  readonly customers?: number;
  /** The first of them, by id: at most `WHO_MAX`. */
  readonly who?: readonly string[];
  readonly releases: readonly { readonly release: string; readonly title: string }[];
  readonly services: readonly { readonly service: string; readonly instances: number }[];
  readonly instances: number;
  /** Flags that go off with it and are not killed themselves: those that need one of the killed, and those that need these in turn. */
  readonly dependants: readonly string[];
}

/** Refusals: unknownRelease, unknownFlag, noFlags of `flagsOfTarget`. A single flag is known to exist. */
export function blastRadiusOf(parts: BlastParts, question: BlastQuestion): Result<BlastRadius, Refusal> {
  const { environment, flag, of } = question;
  const target =
    of === undefined
      ? single(flag === undefined ? undefined : keyNow(parts.decisions.aliases, flag))
      : flagsOfTarget(parts.decisions, parts.catalogue, { environment, of });
  if (!target.ok) return target;
  const { flags, leftOut } = target.value;
  const asked = question.scope?.services;
  const services = asked === undefined ? parts.services : parts.services.filter(({ service }) => asked.includes(service));
  const instances = services.reduce((sum, one) => sum + one.instances, 0);
  const dependants = [...withDependants(parts.catalogue, flags)].filter((each) => !flags.includes(each)).sort();
  const releases = parts.decisions.releases
    .entriesSorted()
    .filter(
      ([, { content, phase }]) => content.environment === environment && !ENDED.includes(phase) && content.flags.some((each) => flags.includes(each.flag)),
    )
    .map(([release, { content }]) => ({ release, title: content.title }));
  const reached = customersOf(parts, question, flags);
  const sentence = say(parts, question, { flags, leftOut, releases, services, instances, reached, dependants });
  const customers =
    reached.kind === "some"
      ? {
          customers: reached.have,
          who: whoLoses(
            parts,
            question,
            flags.filter((each) => !isKilled(parts, environment, each)),
          ),
        }
      : {};
  return { ok: true, value: { sentence, flags, leftOut, ...customers, releases, services, instances, dependants } };
}

const single = (flag: string | undefined): Result<TargetFlags, Refusal> => ({ ok: true, value: { flags: flag === undefined ? [] : [flag], leftOut: [] } });

/** Who has some of it: nobody, everybody, a counted part of the registry, or more than the registry can say (rules of users decide). */
type Reached =
  | { readonly kind: "nobody" | "everybody" | "uncounted"; readonly of: number }
  | { readonly kind: "some"; readonly have: number; readonly of: number };

function customersOf(parts: BlastParts, question: BlastQuestion, flags: readonly string[]): Reached {
  const own = parts.decisions.environments[question.environment];
  const registered = parts.decisions.customers.entriesSorted().flatMap(([, { hashes }]) => hashes[question.environment] ?? []);
  const named = question.customers === undefined || own === undefined ? undefined : new Set(question.customers.map((key) => customerHash(own.salt, key)));
  const asked = named === undefined ? registered : [...named];
  const live = flags.filter((flag) => parts.forms[flag] !== undefined && stateOf(parts.forms[flag]) !== "off" && !isKilled(parts, question.environment, flag));
  if (live.length === 0) return { kind: "nobody", of: asked.length };
  if (!live.every((flag) => isExposureOnly(parts.forms[flag])))
    return { kind: live.some((flag) => stateOf(parts.forms[flag] ?? {}) === "on") ? "everybody" : "uncounted", of: asked.length };
  return { kind: "some", have: asked.filter((hash) => live.some((flag) => has(parts.forms[flag], own?.exposures.get(flag), hash))).length, of: asked.length };
}

const isKilled = ({ listings }: BlastParts, environment: string, flag: string): boolean =>
  listings.find(({ key }) => key === flag)?.environments[environment]?.state === "killed";

/** Customers who are told by id; more are counted. */
const WHO_MAX = 8;

/** The first registered customers who have some of it, for pages to name. */
function whoLoses({ decisions, forms }: BlastParts, { environment, customers: named }: BlastQuestion, flags: readonly string[]): readonly string[] {
  const own = decisions.environments[environment];
  const asked = named === undefined || own === undefined ? undefined : new Set(named.map((key) => customerHash(own.salt, key)));
  const who: string[] = [];
  for (const [id, { hashes }] of decisions.customers.entriesSorted()) {
    const hash = hashes[environment];
    if (hash === undefined || asked?.has(hash) === false) continue;
    if (flags.some((flag) => has(forms[flag], own?.exposures.get(flag), hash))) who.push(id);
    if (who.length === WHO_MAX) break;
  }
  return who;
}

/** A pin wins over what releases give. */
function has(form: FlagForm | undefined, exposure: Exposure | undefined, hash: string): boolean {
  const pin = form?.pins?.find(([, pinned]) => pinned === hash);
  if (pin !== undefined) return pin[2] !== (form?.off ?? "off");
  return exposure !== undefined && isExposed(exposure, hash);
}

/** True where nothing but releases, opt-ins and customers' pins gives somebody a variant that is not the off variant. */
function isExposureOnly(form: FlagForm | undefined): boolean {
  if (form === undefined) return true;
  const off = form.off ?? "off";
  return (form.rules ?? []).length === 0 && (form.pins ?? []).every(([who]) => who === "customer") && (form.default ?? off) === off;
}

function isExposed({ keys, rest, except }: Exposure, hash: string): boolean {
  return keys.includes(hash) || (rest === true && except?.includes(hash) !== true);
}

interface Said {
  readonly flags: readonly string[];
  readonly leftOut: readonly string[];
  readonly releases: readonly { readonly title: string }[];
  readonly services: readonly { readonly service: string }[];
  readonly instances: number;
  readonly reached: Reached;
  readonly dependants: readonly string[];
}

function say(parts: BlastParts, question: BlastQuestion, said: Said): string {
  const where = parts.environments.find(({ key }) => key === question.environment)?.name ?? question.environment;
  const [only = ""] = said.flags;
  const what = said.flags.length === 1 ? flagName(only) : `${said.flags.length} features (${nameSome(said.flags.map(flagName))})`;
  const sentences = [whatGoes(question, { what, where, reached: said.reached }), ...uncounted(question, said), whoSwitches(said)];
  if (said.dependants.length > 0) sentences.push(goesWithIt(said));
  if (said.releases.length > 0)
    sentences.push(`It pauses ${said.releases.length === 1 ? "the release" : "the releases"} ${nameSome(said.releases.map(({ title }) => title))}.`);
  if (said.leftOut.length > 0)
    sentences.push(
      `${nameSome(said.leftOut.map(flagName))} ${said.leftOut.length === 1 ? "is an operations or permission flag and stays as it is" : "are operations or permission flags and stay as they are"}.`,
    );
  return sentences.join(" ");
}

function whatGoes(question: BlastQuestion, { what, where, reached }: { readonly what: string; readonly where: string; readonly reached: Reached }): string {
  if (reached.kind === "nobody") return `${what} is off in ${where} already: a kill keeps it off whatever is merged.`;
  return `Killing it takes ${what} away in ${where} from ${whom(reached, question)}${scopeWords(question)}.`;
}

/** Why nobody is counted, for whoever would kill it: a release's page says a number, and this none. */
function uncounted({ customers }: BlastQuestion, { flags, reached }: Said): readonly string[] {
  if (reached.kind !== "uncounted" || customers !== undefined) return [];
  const give = flags.length === 1 ? "Its rules in Git give it" : "Rules in Git give some of them";
  return [`${give} to more people than releases do, so they are not counted.`];
}

function goesWithIt({ dependants, flags }: Said): string {
  const [goes, needs] = dependants.length === 1 ? ["goes", "it needs"] : ["go", "they need"];
  const [them, it] = flags.length === 1 ? ["it", "it"] : ["them", "some of them"];
  return `${nameSome(dependants.map(flagName))} ${goes} off with ${them}, because ${needs} ${it}.`;
}

function whom(reached: Reached, { customers }: BlastQuestion): string {
  if (customers !== undefined) return namedOnes(reached, customers);
  switch (reached.kind) {
    case "nobody":
      return "nobody";
    case "everybody":
      return reached.of === 0 ? "everyone" : `everyone, all ${count(reached.of, "customer", "customers")} among them`;
    case "uncounted":
      return "everyone who has it now";
    case "some":
      return `the ${reached.have} of ${count(reached.of, "customer", "customers")} who ${reached.have === 1 ? "has" : "have"} it now`;
  }
}

function namedOnes(reached: Reached, customers: readonly string[]): string {
  const names = nameSome(customers);
  if (reached.kind === "some") return `${reached.have} of the ${count(reached.of, "customer", "customers")} you named (${names})`;
  return reached.kind === "everybody" ? names : `${names}, as far as they have it now`;
}

function scopeWords({ scope, customers }: BlastQuestion): string {
  const parts = [
    ...(scope?.segment === undefined ? [] : [`only for whom the segment ${scope.segment} matches`]),
    ...(scope?.services === undefined ? [] : [`only in ${nameSome(scope.services)}`]),
    ...(scope?.versions === undefined ? [] : [`only in versions ${scope.versions}`]),
  ];
  if (parts.length > 0) return `, ${parts.join(", ")}; everyone else keeps it`;
  return customers === undefined ? "" : "; everyone else keeps it";
}

function whoSwitches({ instances, services }: Said): string {
  if (instances === 0) return "No process is connected there right now; those that come later start without it.";
  return `${count(instances, "running process", "running processes")} of ${nameSome(services.map(({ service }) => service))} ${instances === 1 ? "switches" : "switch"} it off at once.`;
}

const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;

/** All of up to three names, else two and how many more. */
function nameSome(names: readonly string[]): string {
  if (names.length <= 1) return names[0] ?? "";
  if (names.length > 3) return `${names.slice(0, 2).join(", ")} and ${names.length - 2} others`;
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;
}
