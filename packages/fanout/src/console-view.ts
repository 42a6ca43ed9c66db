import type { FeedDrill, FeedEnvironment, FeedGuardLimits, FeedMessage, FeedTrigger, SourceHealth } from "@sluice/contract";
import type { World } from "@sluice/ports";
import type { Result, Version } from "@sluice/evaluation";
import { actorWords, type KillableFlag, type KillCatalogue, killReviewAtMs, liftWaiting, type Refusal } from "@sluice/releases";
import { aliasesIn, type FlagListing, stateOf } from "@sluice/snapshot";
import type { Store } from "@sluice/store";
import { type BlastQuestion, type BlastRadius, blastRadiusOf } from "./blast-radius.ts";
import type { Adopter } from "./emergency-adoption.ts";
import type { LogFollower } from "@sluice/store";
import type { Publisher } from "./publisher.ts";
import type { Receipts } from "./receipts.ts";

/** Reasons, incidents and names of people are read once per kill and kept for this many. */
const DETAILS_MAX = 1_000;
/** Kills whose reason is looked up for one answer; the others follow with the next. */
const DETAILS_AT_ONCE_MAX = 50;
const DETAIL_TIMEOUT_MS = 250;

interface KillDetail {
  readonly by?: string;
  readonly reason?: string;
  readonly incident?: string;
}

type Catalogue = Extract<FeedMessage, { readonly kind: "catalogue" }>;

interface ViewParts {
  readonly world: World;
  readonly store: Store;
  readonly log: LogFollower;
  readonly publisher: Publisher;
  readonly receipts: Receipts;
  readonly adoption: Pick<Adopter, "pending">;
}

/** What the console's pages show, from memory. */
export class ConsoleView {
  flags: readonly FlagListing[] = [];
  environments: readonly FeedEnvironment[] = [];
  triggers: readonly FeedTrigger[] = [];
  drills: readonly FeedDrill[] = [];
  /** How much guards may do by themselves, where the API has said it. */
  guards: FeedGuardLimits | undefined;
  source: SourceHealth | undefined;
  readonly #parts: ViewParts;
  /** Of each kill, and of each wish for a lift, what its event said. */
  readonly #details = new Map<string, { readonly seq: number; readonly words: KillDetail }>();

  constructor(parts: ViewParts) {
    this.#parts = parts;
  }

  /** What the API, or before it the disk, says there is. */
  learn({ flags, environments, triggers = [], drills = [], guards }: Omit<Catalogue, "kind">): void {
    this.flags = flags;
    this.environments = environments;
    this.triggers = triggers;
    this.drills = drills;
    this.guards = guards;
  }

  /** What was learnt last, for the disk to keep. */
  get kept(): Omit<Catalogue, "kind" | "sampling"> {
    const { flags, environments, triggers, drills, guards } = this;
    return { flags, environments, triggers, drills, ...(guards === undefined ? {} : { guards }) };
  }

  /** Each flag. One that is served but that the API has not described yet counts as a release flag, so that it can be killed. */
  catalogue(): KillCatalogue {
    const known = new Map<string, KillableFlag>();
    for (const hub of this.#parts.publisher.hubs) for (const key of Object.keys(hub.snapshot?.flags ?? {})) known.set(key, { kind: "release" });
    for (const flag of this.flags) known.set(flag.key, flag);
    // Under a former key stands the same flag, with the same guard.
    for (const { snapshot } of this.#parts.publisher.hubs)
      for (const [name, key] of Object.entries(aliasesIn(snapshot?.flags ?? {}))) known.set(name, known.get(key) ?? { kind: "release" });
    return known;
  }

  /** False just after a start that found nothing on the disk and has not heard the API: whether a flag exists cannot be said then. */
  knowsFlagsOf(environment: string): boolean {
    return this.flags.length > 0 || this.#parts.publisher.hub(environment)?.snapshot !== undefined;
  }

  /** The policy of an environment. Where neither the API nor the disk has named it, two are needed: a lift can wait until they have. */
  liftNeedsTwo(environment: string): boolean {
    const known = this.environments.find(({ key }) => key === environment);
    return known === undefined || known.liftNeedsTwo === true;
  }

  servedFlags(environment: string): readonly string[] {
    return Object.keys(this.#parts.publisher.hub(environment)?.snapshot?.flags ?? {});
  }

  /** Keys of the segments that an environment serves; undefined where nobody has told this process. */
  servedSegments(environment: string): ReadonlySet<string> | undefined {
    const snapshot = this.#parts.publisher.hub(environment)?.snapshot;
    return snapshot === undefined ? undefined : new Set(Object.keys(snapshot.segments ?? {}));
  }

  listEnvironments(): readonly (FeedEnvironment & { readonly version: Version | undefined; readonly instances: number })[] {
    const known = new Map(this.environments.map((environment) => [environment.key, environment]));
    for (const hub of this.#parts.publisher.hubs)
      if (!known.has(hub.environment)) known.set(hub.environment, { key: hub.environment, name: hub.environment, protected: hub.environment === "production" });
    return [...known.values()].map((environment) => ({
      ...environment,
      version: this.#parts.publisher.hub(environment.key)?.version,
      instances: this.#parts.receipts.connectedIn(environment.key),
    }));
  }

  /** The catalogue with kills as they are this moment, which may be newer than the API's. */
  listFlags(): readonly FlagListing[] {
    return this.flags.map((flag) => ({
      ...flag,
      environments: Object.fromEntries(
        Object.entries(flag.environments).map(([environment, here]) => [environment, this.#withKills(flag.key, environment, here)]),
      ),
    }));
  }

  #withKills(flag: string, environment: string, here: FlagListing["environments"][string]): FlagListing["environments"][string] {
    const hub = this.#parts.publisher.hub(environment);
    const form = hub?.snapshot?.flags[flag];
    if (hub?.snapshot === undefined || form === undefined) return here;
    const kills = [...Object.entries(hub.snapshot.kills ?? {}), ...hub.urgent.map((kill) => [kill.id, kill] as const)].filter(([, kill]) =>
      kill.flags.includes(flag),
    );
    const { kills: _old, ...rest } = here;
    const unkilled = stateOf(form);
    const state = kills.some(([, kill]) => kill.scope === undefined) ? "killed" : kills.length > 0 && unkilled === "on" ? "partlyOn" : unkilled;
    return { ...rest, state, ...(kills.length === 0 ? {} : { kills: kills.map(([id]) => id).sort() }) };
  }

  /** What a kill would take away. */
  blastRadius(question: BlastQuestion): Result<BlastRadius, Refusal> {
    const { log, receipts, publisher } = this.#parts;
    return blastRadiusOf(
      {
        decisions: log.decisions,
        catalogue: this.catalogue(),
        listings: this.listFlags(),
        environments: this.environments,
        services: receipts.services(question.environment),
        forms: publisher.hub(question.environment)?.snapshot?.flags ?? {},
      },
      question,
    );
  }

  async listKills(environment: string | undefined): Promise<readonly unknown[]> {
    const inForce = Object.values(this.#parts.log.decisions.environments).flatMap((one) => one.kills.entriesSorted().map(([, kill]) => kill));
    const known = new Set(inForce.map((kill) => kill.id));
    const waiting = this.#parts.adoption.pending.filter((kill) => !known.has(kill.kill));
    const nowMs = this.#parts.world.clock.nowMs();
    const asked = inForce
      .filter((kill) => environment === undefined || kill.environment === environment)
      .map((kill) => ({ ...kill, liftAsked: liftWaiting(kill, nowMs) }));
    const decided = asked.flatMap(({ id, seq, liftAsked, liftRefused }) => {
      const said = liftAsked ?? liftRefused;
      return [{ id, seq }, ...(said === undefined ? [] : [{ id: liftOf(id), seq: said.seq }])];
    });
    const unknown = decided.filter(({ id, seq }) => this.#details.get(id)?.seq !== seq).sort((a, b) => b.seq - a.seq);
    // A database that does not answer must not make the list of kills wait.
    if (this.#parts.log.storeOk) await Promise.all(unknown.slice(0, DETAILS_AT_ONCE_MAX).map(({ id, seq }) => this.#lookUp(id, seq)));
    const rows = [
      ...asked.map(({ id, environment: where, flags, scope, atMs, seq, liftAsked, liftRefused, told, ...kill }) => ({
        kill: id,
        environment: where,
        flags,
        scope,
        atMs,
        seq,
        reviewAtMs: killReviewAtMs({ ...kill, atMs }),
        ...this.#details.get(id)?.words,
        ...(told === undefined ? {} : { told }),
        ...(liftAsked === undefined ? {} : { liftAsked: { atMs: liftAsked.atMs, ...this.#details.get(liftOf(id))?.words } }),
        ...(liftRefused === undefined ? {} : { liftRefused: { atMs: liftRefused.atMs, ...this.#details.get(liftOf(id))?.words } }),
      })),
      ...waiting.map((kill) => ({
        kill: kill.kill,
        environment: kill.environment,
        flags: kill.flags,
        scope: kill.scope,
        atMs: kill.atMs,
        emergency: true,
        by: actorWords(kill.personal.by),
        reason: kill.personal.reason,
        incident: kill.personal.incident,
      })),
    ];
    return rows.filter((row) => environment === undefined || row.environment === environment).sort((a, b) => b.atMs - a.atMs);
  }

  /** Who and why, from the log; without it where the store does not answer at once. */
  async #lookUp(kill: string, seq: number): Promise<void> {
    const { store, world } = this.#parts;
    const read = async (): Promise<KillDetail | undefined> => {
      const [event] = await store.read(seq - 1, 1);
      if (event?.personal === undefined) return {};
      const { by, reason, incident } = event.personal;
      const account = await store.account(by);
      return { by: account?.name ?? actorWords(by), ...(reason === undefined ? {} : { reason }), ...(incident === undefined ? {} : { incident }) };
    };
    const tooLong = new Promise<undefined>((resolve) => {
      world.timers.after(DETAIL_TIMEOUT_MS, () => resolve(undefined));
    });
    const detail = await Promise.race([read().catch(() => undefined), tooLong]);
    if (detail === undefined) return;
    const oldest = this.#details.keys().next().value;
    if (this.#details.size >= DETAILS_MAX && oldest !== undefined) this.#details.delete(oldest);
    this.#details.set(kill, { seq, words: detail });
  }
}

/** Of the lift that waits, or was refused: never both. */
const liftOf = (kill: string): string => `lift of ${kill}`;
