import { createHash } from "node:crypto";
import type { FeedGuardLimits } from "@sluice/contract";
import type { World } from "@sluice/ports";
import {
  decideHarm,
  guardActor,
  type FoundHarm,
  type GuardDeed,
  type HarmWish,
  machineCommand,
  movingReleases,
  SCOPE_VALUES_MAX,
  type WhyHeldBack,
  whyHeldBack,
} from "@sluice/releases";
import type { EventLog, LogFollower } from "@sluice/store";
import { killIdOf } from "../kill-answer.ts";
import { isKillInForce } from "../kill-in-force.ts";
import type { KillIntake } from "../kill-intake.ts";
import type { Publisher } from "../publisher.ts";
import { type GuardOf, guardKey, isKilledFor, mayHave } from "./guarded-flags.ts";

/** What is told again of harm that lasts: nothing for so long. */
const TOLD_AGAIN_MS = 6 * 3_600_000;
const HOUR_MS = 3_600_000;
/** A database that is gone is asked again until it is back, so that what was found is written down after all: a guard acts a few times a day at most. */
const TRY_EVERY_MS = 2_000;
const TRY_EVERY_MS_MAX = 60_000;
const USUAL_LIMITS: FeedGuardLimits = { perDay: 10, quietHours: 24 };

interface Parts {
  readonly world: World;
  readonly store: EventLog;
  readonly log: LogFollower;
  readonly intake: Pick<KillIntake, "kill">;
  readonly publisher: Publisher;
  readonly limits: () => FeedGuardLimits | undefined;
}

/** Harm as a watch says it. `customers` are hashes; absent: of everybody, whom nobody can name. */
export interface Harmed {
  readonly customers?: readonly string[];
  /** Customers that had reported with the feature, where that is known. */
  readonly of?: number;
  /** The past alone says so: nobody could be compared who is without the feature. */
  readonly isAlone?: boolean;
  /** The plain words of it, for these of its customers. */
  readonly words: (harmed?: readonly string[]) => string;
}

/** What guards do by themselves: on the way of a person's kill, within what the project lets them, and always written down. */
export class GuardDeeds {
  readonly #parts: Parts;
  /** Deeds that the log does not have yet, by guard. */
  readonly #waiting = new Map<string, FoundHarm[]>();
  #count = 0;
  #stopped = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Does what the guard says about harm. Resolves when a kill is in force; writing it down goes on. */
  async react(one: GuardOf, harm: Harmed): Promise<void> {
    const { flag, guard } = one;
    const customers = harm.customers?.filter((customer) => this.#isConcerned(one, customer));
    if (customers?.length === 0) return;
    // Where everybody has the feature, a trouble of everything looks like harm of it, and a kill would take it from all.
    const heldBack = this.#heldBack(one) ?? (guard.reaction === "kill" && harm.isAlone === true ? "alone" : undefined);
    const wanted: GuardDeed = guard.reaction === "kill" ? "killed" : this.#canPause(one) ? "paused" : "announced";
    const words = harm.words(customers);
    const found = {
      guard: guard.name,
      environment: guard.environment,
      flag,
      ...(customers === undefined ? {} : { harmed: customers.length, ...(harm.of === undefined ? {} : { of: harm.of }) }),
      words,
    };
    if (heldBack !== undefined || wanted === "announced") return this.#announce(one, { ...found, ...(heldBack === undefined ? {} : { heldBack }) });
    if (wanted === "paused") return this.#write(one, { ...found, did: "paused" });
    const kills = await this.#kill(one, customers ?? [], words);
    if (kills.length === 0) return this.#announce(one, { ...found, heldBack: "refused" });
    this.#write(one, { ...found, did: "killed", kills });
  }

  /** Whether anything would be another for this customer: it may have the feature, and nothing switches it off for it. */
  #isConcerned({ flag, guard: { environment } }: GuardOf, customer: string): boolean {
    const hub = this.#parts.publisher.hub(environment);
    const form = hub?.snapshot?.flags[flag];
    if (form === undefined || hub === undefined || !mayHave(form, customer)) return false;
    return !isKilledFor(this.#parts.log.decisions, hub.beside, { environment, flag, customer });
  }

  #canPause({ flag, guard: { environment, reaction } }: GuardOf): boolean {
    return reaction === "pause" && movingReleases(this.#parts.log.decisions, environment, [flag]).length > 0;
  }

  #heldBack(one: GuardOf): WhyHeldBack | undefined {
    const { flag, kind, guard } = one;
    if (guard.reaction === "announce") return undefined;
    // The file says so too; what a guard may never do does not hang on a file.
    if (kind !== "release" && kind !== "experiment") return "refused";
    const { perDay, quietHours } = this.#parts.limits() ?? USUAL_LIMITS;
    const bounds = { perDay: guard.perDay, allPerDay: perDay, quietMs: quietHours * HOUR_MS };
    return whyHeldBack(this.#found, { guard: guard.name, flag }, { bounds, nowMs: this.#parts.world.clock.nowMs() });
  }

  /** What guards have found and done, as the log says it and as it will. */
  get #found(): readonly FoundHarm[] {
    const environments = Object.values(this.#parts.log.decisions.environments);
    return [...environments.flatMap(({ harm = [] }) => harm), ...[...this.#waiting.values()].flat()];
  }

  /** One event for the harmed; a second one only where a kill cannot name them all. */
  async #kill({ flag, guard }: GuardOf, customers: readonly string[], reason: string): Promise<readonly string[]> {
    const kills: string[] = [];
    for (let from = 0; from < customers.length; from += SCOPE_VALUES_MAX) {
      const scope = { customers: customers.slice(from, from + SCOPE_VALUES_MAX) };
      const command = this.#command(flag, guard);
      const killed = await this.#parts.intake.kill(
        // Whoever wrote the guard into the flag's file was an engineer.
        { id: guardActor(guard.name), role: "engineer" },
        { command, environment: guard.environment, flags: [flag], scope, reason },
      );
      const kill = killIdOf(command);
      if (killed.ok) kills.push(killed.value.kill);
      // Neither the database nor the journal could write it down: it was sent all the same.
      else if (isKillInForce(this.#parts, { kill, environment: guard.environment })) kills.push(kill);
      else this.#parts.world.log.error("guard.refused", { guard: guard.name, flag, why: killed.problem.message });
    }
    return kills;
  }

  /** Another for each deed, of this process and of others. */
  #command(flag: string, { name, environment }: GuardOf["guard"]): string {
    this.#count += 1;
    const { random, clock } = this.#parts.world;
    const salt = [...random.bytes(8), this.#count, clock.nowMs()].join(".");
    return machineCommand.guard(createHash("sha256").update([environment, flag, name, salt].join("\n")).digest("hex").slice(0, 32));
  }

  #announce(one: GuardOf, found: Omit<HarmWish, "command" | "atMs" | "did">): void {
    const nowMs = this.#parts.world.clock.nowMs();
    const isTold = this.#found.some(
      ({ guard, flag, did, heldBack, atMs }) =>
        guard === found.guard && flag === found.flag && did !== "killed" && heldBack === found.heldBack && Math.abs(nowMs - atMs) < TOLD_AGAIN_MS,
    );
    if (!isTold) this.#write(one, { ...found, did: "announced" });
  }

  #write(one: GuardOf, found: Omit<HarmWish, "command" | "atMs">): void {
    const { world } = this.#parts;
    const wish = { ...found, command: this.#command(one.flag, one.guard), atMs: world.clock.nowMs() };
    const { guard, flag, atMs, did, words, heldBack } = wish;
    world.log.warn("guard.harm", { guard, flag, environment: wish.environment, did, why: wish.words });
    const key = guardKey(one);
    const deed: FoundHarm = { guard, flag, atMs, did, words, ...(heldBack === undefined ? {} : { heldBack }) };
    this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), deed]);
    void this.#again(() => this.#append(wish)).then((isWritten) => {
      if (!isWritten) world.log.error("guard.notWritten", { guard, flag, why: wish.words });
      // What the log never got counts in this process all the same.
      if (isWritten) this.#waiting.set(key, this.#waiting.get(key)?.filter((one) => one !== deed) ?? []);
    });
  }

  async #append(wish: HarmWish): Promise<boolean> {
    const { store, log } = this.#parts;
    await log.catchUp();
    const proposals = decideHarm(log.decisions, wish);
    if (proposals.length === 0) return true;
    const result = await store.append(proposals, log.decisions.seq);
    if (result.kind === "appended") log.take(result.events);
    return result.kind !== "conflict";
  }

  async #again(work: () => Promise<boolean>): Promise<boolean> {
    for (let waitMs = TRY_EVERY_MS; !this.#stopped; waitMs = Math.min(TRY_EVERY_MS_MAX, waitMs * 2)) {
      if (await work().catch(() => false)) return true;
      await new Promise<void>((resolve) => void this.#parts.world.timers.after(waitMs, resolve));
    }
    return false;
  }
}
