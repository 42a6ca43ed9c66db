import type { DrillView, FeedDrill, Problem } from "@sluice/contract";
import type { Result } from "@sluice/evaluation";
import type { World } from "@sluice/ports";
import { decideDrillEnd, DRILL_ACTOR, type Decisions, type DrillEnd, machineCommand } from "@sluice/releases";
import type { EventLog, LogFollower } from "@sluice/store";
import type { EmergencyJournal } from "../emergency-journal.ts";
import { type Killed, killIdOf } from "../kill-answer.ts";
import { isKillInForce } from "../kill-in-force.ts";
import type { KillIntake } from "../kill-intake.ts";
import type { KillAuthor } from "../kill-wish.ts";
import type { Publisher } from "../publisher.ts";
import type { Receipts } from "../receipts.ts";

/** How long a drill waits for everybody to confirm. */
const WAIT_MS_MAX = 30_000;
const LOOK_EVERY_MS = 100;
/** Whether one is due is looked at this often. */
const DUE_EVERY_MS = 60_000;
const DAY_MS = 24 * 3_600_000;
/** A database that is gone is asked again this often, so that what was seen is written down after all; then once with every look at what is due. */
const TRIES_MAX = 30;
const TRY_EVERY_MS = 2_000;
const REASON = "A drill: switched off on purpose, to see how far a kill comes.";

interface Parts {
  readonly world: World;
  readonly store: EventLog;
  readonly log: LogFollower;
  readonly journal: EmergencyJournal;
  readonly intake: KillIntake;
  readonly publisher: Publisher;
  readonly receipts: Receipts;
  /** As `sluice.yaml` names them, an environment each. */
  readonly drills: () => readonly FeedDrill[];
}

interface DrillInForce {
  readonly id: string;
  readonly environment: string;
  /** Whoever began it; absent where that was erased. */
  readonly by?: string;
}

/**
 * Kills that are tried on purpose with a flag of the project: the real path to every connected process, and what came of it in the log. Each ends
 * by itself.
 */
export class Drills {
  readonly #parts: Parts;
  /** Kills of drills that this process waits for. */
  readonly #waiting = new Set<string>();
  /** Kills of drills that nobody here waited for when it was last looked. */
  #left: ReadonlySet<string> = new Set();
  #stopped = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Ends what an earlier life of a process left, and begins those that are due. */
  start(): void {
    for (const one of this.#inForce()) this.#finishFor(one);
    this.#dueLater();
  }

  stop(): void {
    this.#stopped = true;
  }

  #inForce(): readonly DrillInForce[] {
    const { environments } = this.#parts.log.decisions;
    return Object.values(environments).flatMap(({ kills }) => kills.entriesSorted().flatMap(([, kill]) => (kill.drill === true ? [kill] : [])));
  }

  get views(): readonly DrillView[] {
    const running = new Map(this.#inForce().map(({ id, environment }) => [environment, id]));
    return this.#parts.drills().map(({ environment, flag, every, customer, everybodyWithinDays }) => {
      const last = this.#parts.log.decisions.environments[environment]?.drill;
      const now = running.get(environment);
      return {
        environment,
        flag,
        ...(every === undefined ? {} : { every }),
        ...(customer === undefined ? {} : { customer }),
        ...(everybodyWithinDays === undefined ? {} : { everybodyWithinDays }),
        ...(now === undefined ? {} : { running: now }),
        ...(last === undefined ? {} : { last }),
      };
    });
  }

  /** Begins a drill; it goes on by itself. Problems: those of a kill, noDrill, drillRunning, drillWouldPause. */
  async begin(author: KillAuthor, { command, environment }: { readonly command: string; readonly environment: string }): Promise<Result<Killed, Problem>> {
    const drill = this.#parts.drills().find((one) => one.environment === environment);
    if (drill === undefined) return { ok: false, problem: noDrill(environment) };
    const refusal = this.#refuse(drill, command);
    if (refusal !== undefined) return { ok: false, problem: refusal };
    const whom = drill.customer === undefined ? {} : { customers: [drill.customer] };
    const killed = await this.#parts.intake.kill(author, { command, environment, flags: [drill.flag], ...whom, reason: REASON, drill: true });
    const kill = killed.ok ? killed.value.kill : killIdOf(command);
    // One that nobody could write down is in force, whatever was answered.
    if (killed.ok || isKillInForce(this.#parts, { kill, environment })) void this.#finish({ kill, environment }, author);
    return killed;
  }

  #refuse({ environment, flag }: FeedDrill, command: string): Problem | undefined {
    const { decisions } = this.#parts.log;
    if (decisions.commands.has(command)) return undefined;
    if (this.#inForce().some((kill) => kill.environment === environment))
      return { code: "drillRunning", message: `A drill goes on in ${environment}.`, fix: "Wait half a minute: it ends by itself." };
    const release = releaseOf(decisions, { environment, flag });
    if (release === undefined) return undefined;
    return {
      code: "drillWouldPause",
      field: "environment",
      message: `The drill's flag ${flag} is part of the release "${release}": a kill would pause it.`,
      fix: "Name a flag under drills: in sluice.yaml that no release gives.",
    };
  }

  #dueLater(): void {
    this.#parts.world.timers.after(DUE_EVERY_MS, () => {
      if (this.#stopped) return;
      this.#finishLeft();
      void this.#beginDue().finally(() => this.#dueLater());
    });
  }

  /**
   * Ends drills that outlived an outage, or the server that began them: in force since the last look with nobody here who waits. By then whoever else
   * does has had twice its time.
   */
  #finishLeft(): void {
    const left = this.#inForce().filter(({ id }) => !this.#waiting.has(id));
    for (const one of left) if (this.#left.has(one.id)) this.#finishFor(one);
    this.#left = new Set(left.map(({ id }) => id));
  }

  #finishFor({ id, environment, by }: DrillInForce): void {
    void this.#finish({ kill: id, environment }, { id: by ?? DRILL_ACTOR });
  }

  async #beginDue(): Promise<void> {
    const { world, log, receipts } = this.#parts;
    const nowMs = world.clock.nowMs();
    for (const { environment, every } of this.#parts.drills()) {
      const last = log.decisions.environments[environment]?.drill;
      // With nobody connected there is nothing to see; it stays due.
      if (every === undefined || (last !== undefined && nowMs - last.atMs < every * DAY_MS) || receipts.connectedIn(environment) === 0) continue;
      // Of several processes one begins it: the command is the same.
      const command = machineCommand.drill(environment, Math.floor((last?.atMs ?? nowMs) / DAY_MS), Math.floor(nowMs / DAY_MS));
      const begun = await this.begin({ id: DRILL_ACTOR, role: "engineer" }, { command, environment });
      if (!begun.ok) world.log.warn("drill.refused", { environment, why: begun.problem.message });
    }
  }

  /** Waits until everybody has confirmed, or long enough; takes the kill back, and writes down what came of it. */
  async #finish({ kill, environment }: { readonly kill: string; readonly environment: string }, author: Pick<KillAuthor, "id">): Promise<void> {
    if (this.#waiting.has(kill)) return;
    this.#waiting.add(kill);
    const { world, receipts } = this.#parts;
    const endMs = world.clock.monotonicMs() + WAIT_MS_MAX;
    let receipt = receipts.receipt(kill);
    while (receipt !== undefined && !receipt.done && world.clock.monotonicMs() < endMs) {
      await new Promise<void>((resolve) => void world.timers.after(LOOK_EVERY_MS, resolve));
      receipt = receipts.receipt(kill);
    }
    const { of = 0, confirmed = 0, relays = [], elapsedMs } = receipt ?? {};
    const isWhole = of > 0 && confirmed === of && relays.length === 0;
    const missing = relays.length === 0 ? {} : { cutOff: relays.length };
    const end = { kill, environment, by: author.id, of, confirmed, ...missing, ...(isWhole && elapsedMs !== undefined ? { allMs: elapsedMs } : {}) };
    const isOver = await this.#again(() => this.#end({ ...end, command: machineCommand.drillOver(kill), atMs: world.clock.nowMs() }));
    if (!isOver) world.log.error("drill.notLifted", { kill, fix: `sluice lift ${kill}` });
    this.#waiting.delete(kill);
  }

  /** True when the log has it; false where it is to be tried again. */
  async #end(end: DrillEnd): Promise<boolean> {
    const { store, log, journal } = this.#parts;
    // A kill that waits for the log cannot be lifted yet.
    if (journal.pending.some(({ kill }) => kill === end.kill)) return false;
    await log.catchUp();
    const proposals = decideDrillEnd(log.decisions, end);
    if (proposals.length === 0) return true;
    const result = await store.append(proposals, log.decisions.seq);
    if (result.kind === "appended") log.take(result.events);
    return result.kind !== "conflict";
  }

  /** True when it was done within a minute. */
  async #again(work: () => Promise<boolean>): Promise<boolean> {
    for (let tries = 0; tries < TRIES_MAX && !this.#stopped; tries++) {
      if (await work().catch(() => false)) return true;
      await new Promise<void>((resolve) => void this.#parts.world.timers.after(TRY_EVERY_MS, resolve));
    }
    return false;
  }
}

const noDrill = (environment: string): Problem => ({
  code: "noDrill",
  field: "environment",
  message: `sluice.yaml names no drill for ${JSON.stringify(environment)}.`,
  fix: `Write into it: drills: { ${environment}: { flag: <a release flag that only a canary has> } }`,
});

/** A release that a kill of this flag would pause. */
function releaseOf(decisions: Decisions, { environment, flag }: { readonly environment: string; readonly flag: string }): string | undefined {
  const [found] = decisions.releases.entriesSorted().filter(([, { phase, content }]) => {
    const isMoving = phase === "planned" || phase === "inProgress";
    return isMoving && content.environment === environment && content.flags.some((one) => one.flag === flag);
  });
  return found?.[1].content.title;
}
