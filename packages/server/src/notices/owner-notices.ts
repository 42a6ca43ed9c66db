import type { World } from "@sluice/ports";
import { actorWords, decideOwnersTold, type KillInForce, type LoggedEvent, toldCommand } from "@sluice/releases";
import { treeOf } from "@sluice/snapshot";
import type { Store } from "@sluice/store";
import type { ControlPlane } from "../control-plane.ts";
import { type Connector, ConnectorFailed } from "./connector.ts";
import { killNotice, type ToldKill } from "./kill-notice.ts";

/** Kills that wait to be told; a kill of everything is one. What comes on top is on the page Kill alone. */
const WAITING_MAX = 1_000;
/** Mails to one team within an hour: whoever is on duty reads the first ones, and the page has them all. */
const TEAM_HOURLY_MAX = 20;
const HOUR_MS = 3_600_000;
/** Kills of an earlier life of the process are told if they are not older. */
const LATE_MS = HOUR_MS;
const TRIES_MAX = 8;
const RETRY_MS_MIN = 5_000;
const RETRY_MS_MAX = 10 * 60_000;

interface Waiting {
  /** As it was placed: it may be lifted by the time that somebody can be told. */
  readonly kill: KillInForce;
  readonly tries: number;
  /** Teams that were told by an earlier try. */
  readonly told: readonly string[];
  /** Teams that cannot be told: their host refuses it for good. */
  readonly refused: readonly string[];
}

/** How telling goes on, for pages and metrics. */
export interface NoticesHealth {
  readonly via: string;
  readonly waiting: number;
  readonly lastToldAtMs?: number;
  /** Why the last try failed; absent where it did not. */
  readonly trouble?: string;
}

interface Parts {
  readonly world: Pick<World, "clock" | "timers" | "log">;
  readonly plane: Pick<ControlPlane, "decisions" | "decide" | "texts">;
  readonly store: Pick<Store, "readAt" | "account">;
  readonly connector: Connector;
  /** Where people reach the console; empty where nobody said. */
  readonly console: string;
}

/**
 * Tells the teams that own a flag that it was killed, at their addresses in `sluice.yaml`, and writes down who was told. One kill at a time; a host that
 * does not answer is tried again, later each time. A kill never waits for it. A message may come twice where a process ends in between.
 */
export class OwnerNotices {
  readonly #parts: Parts;
  readonly #waiting = new Map<string, Waiting>();
  /** By team: when it was told, within the last hour; and how many kills it was not told of since. */
  readonly #sent = new Map<string, number[]>();
  readonly #unheard = new Map<string, number>();
  /** By team: why its host takes nothing for it. */
  readonly #refused = new Map<string, string>();
  #running: Promise<void> | undefined;
  #trouble: string | undefined;
  #lastToldAtMs: number | undefined;
  #stopped = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Tells what an earlier life of the process had not told yet, and says whether the connector can be used. */
  start(): void {
    const { plane, world, connector } = this.#parts;
    const sinceMs = world.clock.nowMs() - LATE_MS;
    for (const { kills } of Object.values(plane.decisions.environments))
      for (const [, kill] of kills.entriesSorted()) if (kill.atMs >= sinceMs && kill.told === undefined) this.#add(kill);
    void connector.check().catch((error: unknown) => this.#failed("check", error));
  }

  stop(): void {
    this.#stopped = true;
    this.#waiting.clear();
    this.#parts.connector.close();
  }

  onEvent({ facts }: Pick<LoggedEvent, "facts">): void {
    if (facts.kind !== "flagsKilled") return;
    const kill = this.#killOf(facts.kill);
    if (kill !== undefined) this.#add(kill);
  }

  get health(): NoticesHealth {
    const [refused] = [...this.#refused].map(([team, why]) => `${team} cannot be told: ${why}`);
    const trouble = this.#trouble ?? refused;
    return {
      via: this.#parts.connector.name,
      waiting: this.#waiting.size,
      ...(this.#lastToldAtMs === undefined ? {} : { lastToldAtMs: this.#lastToldAtMs }),
      ...(trouble === undefined ? {} : { trouble }),
    };
  }

  /** Says something to one address, to see that it comes. Throws `ConnectorFailed`. */
  async tryOut(address: string): Promise<void> {
    const { connector, console, world } = this.#parts;
    const where = console === "" ? "" : `\nThe console: ${console}\n`;
    const text = `This is what Sluice sends, so that you see that it comes: nothing is switched off.\n${where}`;
    await connector.send({ to: [address], subject: "Sluice reaches you", text, id: `try-${world.clock.nowMs()}` });
    this.#trouble = undefined;
  }

  /** Resolves when nothing is left to do now; what is tried again later is not waited for. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  #killOf(id: string): KillInForce | undefined {
    return Object.values(this.#parts.plane.decisions.environments)
      .map(({ kills }) => kills.get(id))
      .find((kill) => kill !== undefined);
  }

  #add(kill: KillInForce): void {
    // A drill is told on its page; whoever began it knows.
    if (this.#stopped || kill.drill === true) return;
    if (this.#waiting.size >= WAITING_MAX) return this.#parts.world.log.warn("notices.full", { kill: kill.id });
    this.#waiting.set(kill.id, { kill, tries: 0, told: [], refused: [] });
    this.#run();
  }

  #run(): void {
    const [next] = this.#waiting;
    if (this.#running !== undefined || this.#stopped || next === undefined) return;
    const [id, waiting] = next;
    this.#waiting.delete(id);
    this.#running = this.#tell(id, waiting).finally(() => {
      this.#running = undefined;
      this.#run();
    });
  }

  async #tell(id: string, waiting: Waiting): Promise<void> {
    const told = [...waiting.told];
    const refused = [...waiting.refused];
    // Another server has told.
    if (this.#parts.plane.decisions.commands.has(toldCommand(id))) return;
    const isDone = await this.#tellTeams(waiting.kill, { told, refused }).catch((error: unknown) => this.#failed(id, error));
    const mayTryAgain = waiting.tries + 1 < TRIES_MAX;
    if (!isDone && mayTryAgain) return this.#later(id, { kill: waiting.kill, tries: waiting.tries + 1, told, refused });
    await this.#writeDown(id, told).catch((error: unknown) => this.#failed(id, error));
  }

  /** True when every team was told or cannot be told; one whose host is busy keeps no other from hearing. Throws `StoreUnavailable`. */
  async #tellTeams(kill: KillInForce, { told, refused }: { readonly told: string[]; readonly refused: string[] }): Promise<boolean> {
    let isDone = true;
    for (const [team, addresses] of await this.#teamsOf(kill)) {
      if (told.includes(team) || refused.includes(team)) continue;
      const sent = await this.#send(kill, team, addresses);
      if (sent === "later") isDone = false;
      else (sent === "refused" ? refused : told).push(team);
    }
    return isDone;
  }

  async #writeDown(kill: string, teams: readonly string[]): Promise<void> {
    const { plane, world } = this.#parts;
    if (teams.length === 0) return;
    await plane.decide(toldCommand(kill), async (decisions) => ({ ok: true, value: decideOwnersTold(decisions, { kill, teams, atMs: world.clock.nowMs() }) }));
  }

  /** Teams that own a flag of the kill and have an address, by their keys. */
  async #teamsOf({ flags }: KillInForce): Promise<ReadonlyMap<string, readonly string[]>> {
    const { texts, decisions } = this.#parts.plane;
    await texts.need(decisions);
    const mails = texts.project(decisions)?.mails ?? new Map<string, readonly string[]>();
    const owners = new Set(flags.flatMap((flag) => this.#ownerOf(flag) ?? []));
    return new Map([...mails].filter(([team]) => owners.has(team)));
  }

  #ownerOf(flag: string): string | undefined {
    const { texts, decisions } = this.#parts.plane;
    return texts.read(treeOf(decisions.files)).flags.get(flag)?.owner;
  }

  async #send(kill: KillInForce, team: string, addresses: readonly string[]): Promise<"sent" | "refused" | "later"> {
    const { world, connector, console } = this.#parts;
    const nowMs = world.clock.nowMs();
    const recent = (this.#sent.get(team) ?? []).filter((atMs) => atMs > nowMs - HOUR_MS);
    if (recent.length >= TEAM_HOURLY_MAX) {
      this.#unheard.set(team, (this.#unheard.get(team) ?? 0) + 1);
      return "refused";
    }
    const { subject, text } = killNotice(await this.#toldKill(kill, team), team, console);
    try {
      await connector.send({ to: addresses, subject, text, id: `${kill.id}-${team}` });
    } catch (error) {
      if (!(error instanceof ConnectorFailed)) throw error;
      if (!error.isFinal) {
        this.#failed(kill.id, error);
        return "later";
      }
      world.log.warn("notices.refused", { team, why: error.message });
      this.#refused.set(team, error.message);
      return "refused";
    }
    this.#sent.set(team, [...recent, nowMs]);
    this.#unheard.delete(team);
    this.#refused.delete(team);
    this.#lastToldAtMs = nowMs;
    this.#trouble = undefined;
    return "sent";
  }

  async #toldKill(kill: KillInForce, team: string): Promise<ToldKill> {
    const { store } = this.#parts;
    const [event] = await store.readAt([kill.seq]);
    const { by, reason, incident } = event?.personal ?? {};
    const account = by === undefined ? undefined : await store.account(by);
    const isOwn = (flag: string): boolean => this.#ownerOf(flag) === team;
    return {
      kill: kill.id,
      environment: kill.environment,
      own: kill.flags.filter(isOwn),
      others: kill.flags.filter((flag) => !isOwn(flag)),
      scope: kill.scope,
      isOver: this.#killOf(kill.id) === undefined,
      atMs: kill.atMs,
      by: account?.name ?? (by === undefined ? "somebody whose name was erased" : actorWords(by)),
      reason,
      incident,
      unheard: this.#unheard.get(team) ?? 0,
    };
  }

  #later(id: string, waiting: Waiting): void {
    const { timers } = this.#parts.world;
    timers.after(Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** (waiting.tries - 1)), () => {
      if (this.#stopped || this.#waiting.has(id)) return;
      this.#waiting.set(id, waiting);
      this.#run();
    });
  }

  #failed(what: string, error: unknown): false {
    this.#trouble = error instanceof Error ? error.message : String(error);
    this.#parts.world.log.warn("notices.failed", { what, why: this.#trouble });
    return false;
  }
}
