import { createHash } from "node:crypto";
import { type FeedTrigger, jsonReply, type Problem, problemReply, problems } from "@sluice/contract";
import type { HttpReply, HttpRequest, World } from "@sluice/ports";
import { type Decisions, type JournalledKill, keysNow, type KillCatalogue, machineCommand, triggerActor } from "@sluice/releases";
import { killIdOf } from "../kill-answer.ts";
import type { KillIntake } from "../kill-intake.ts";
import { type Alert, isKnownShape, readAlerts, type TriggerShape } from "./alert.ts";
import { expiredProof, proveAlert, refusedProof, TOLERANCE_MS } from "./alert-proof.ts";
import { armedFlags } from "./armed-flags.ts";
import { AlertMemory, HOUR_MS } from "./alert-memory.ts";
import type { TriggerSecrets } from "./trigger-secrets.ts";

/** Notifications of one trigger that wait for their turn; their senders repeat what was refused. */
const WAITING_MAX = 100;
/** Alerts of one notification that are looked at until one of them makes a kill. */
const ALERTS_TRIED_MAX = 20;

interface Parts {
  readonly world: World;
  readonly intake: KillIntake;
  readonly secrets: TriggerSecrets;
  readonly view: { readonly triggers: readonly FeedTrigger[] };
  readonly catalogue: () => KillCatalogue;
  readonly knowsFlagsOf: (environment: string) => boolean;
  readonly log: { readonly decisions: Decisions };
  /** Kills that wait for the log. */
  readonly adoption: { readonly pending: readonly JournalledKill[] };
}

/** Of the digest in an alert's command. */
const DIGITS = 32;
/** By how much the clock of another server of the same database may be ahead. */
const AHEAD_MS_MAX = 60_000;

/** A trigger of a shape that this version knows. */
type Trigger = FeedTrigger & { readonly shape: TriggerShape };

/** An alert and the command that it is: the same for ever. */
type Commanding = Alert & { readonly command: string };

/** What an alert comes to. */
interface Triggered {
  readonly did: "killed" | "again" | "nothing";
  readonly kill?: string;
  readonly flags?: readonly string[];
  readonly why?: string;
}

const tooBusy: Problem = {
  code: "tooManyStreams",
  message: `${WAITING_MAX} notifications of this trigger wait for their turn already.`,
  fix: "Send it again in a moment.",
};

/**
 * Alerts that switch off what is armed for them, by the way of a person's kill: without the API, the store or Git. One notification of a
 * trigger at a time, so that a storm of alerts is one kill.
 */
export class TriggerIntake {
  readonly #parts: Parts;
  readonly #memory: AlertMemory;
  readonly #turns = new Map<string, { last: Promise<unknown>; waiting: number }>();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#memory = new AlertMemory(parts.world.clock);
  }

  async answer(name: string, request: HttpRequest): Promise<HttpReply> {
    const trigger = this.#parts.view.triggers.find((one): one is Trigger => one.name === name && isKnownShape(one.shape));
    // Of a trigger that is not there, nothing is different that could be seen.
    if (trigger === undefined) return problemReply(refusedProof);
    const nowMs = this.#parts.world.clock.nowMs();
    const proof = proveAlert(trigger.shape, request, { secrets: await this.#parts.secrets.working(name), nowMs });
    if (proof.kind === "wrong") return problemReply(refusedProof);
    if (proof.kind === "expired") return problemReply(expiredProof);
    const once = proof.once === undefined ? undefined : `${name}\n${proof.once}`;
    if (once !== undefined && this.#memory.isReplay(once)) return problemReply(replayed);
    const reply = await this.#inTurn(name, () => this.#notified(trigger, request));
    // What failed may be sent again as it is.
    if (once !== undefined && reply.status < 400) this.#memory.tookOnce(once, TOLERANCE_MS * 2);
    return reply;
  }

  async #inTurn(name: string, work: () => Promise<HttpReply>): Promise<HttpReply> {
    const turn = this.#turns.get(name) ?? { last: Promise.resolve(), waiting: 0 };
    this.#turns.set(name, turn);
    if (turn.waiting >= WAITING_MAX) return problemReply(tooBusy);
    turn.waiting += 1;
    const mine = turn.last.then(work);
    turn.last = mine.then(
      () => (turn.waiting -= 1),
      () => (turn.waiting -= 1),
    );
    return mine;
  }

  async #notified(trigger: Trigger, request: HttpRequest): Promise<HttpReply> {
    const notified = readAlerts(trigger.shape, request);
    if (!notified.ok) return problemReply(notified.problem);
    const { alerts, why } = notified.value;
    // An alert may name a flag as it was called when the alert was written, and so may sluice.yaml.
    const { aliases } = this.#parts.log.decisions;
    const armedNow = keysNow(aliases, trigger.flags);
    const flags = notified.value.flags === undefined ? armedNow : keysNow(aliases, notified.value.flags);
    const foreign = flags.find((flag) => !armedNow.includes(flag));
    if (foreign !== undefined) return problemReply(notArmed(trigger, foreign));
    if (alerts.length === 0) return replyOf({ did: "nothing", why });
    if (!this.#parts.knowsFlagsOf(trigger.environment)) return problemReply(problems.noSnapshot);
    const { armed } = armedFlags({ flags: armedNow }, this.#parts.catalogue());
    const aimed = flags.filter((flag) => armed.includes(flag));
    if (aimed.length === 0) return problemReply(nothingArmed(trigger));
    const keyed = alerts.map((alert) => ({ ...alert, command: commandOf(trigger, alert, notified.value.flags ?? []) }));
    return this.#fired(trigger, aimed, keyed);
  }

  /** The first alert that is new kills; the others are the same trouble. */
  async #fired(trigger: Trigger, flags: readonly string[], alerts: readonly Commanding[]): Promise<HttpReply> {
    const fresh = alerts.filter(({ command }) => this.#memory.killOf(command) === undefined);
    const [known] = alerts.flatMap(({ command }) => this.#memory.killOf(command) ?? []);
    if (fresh.length === 0) return replyOf({ did: "again", ...(known === undefined ? {} : { kill: known }), flags });
    for (const { title, incident, command } of fresh.slice(0, ALERTS_TRIED_MAX)) {
      const covering = this.#killCovering(trigger.environment, flags);
      if (covering !== undefined) {
        for (const one of fresh) this.#memory.answered(one.command, covering);
        return replyOf({ did: "again", kill: covering, flags });
      }
      if (!this.#memory.mayKill(trigger, this.#killsOfLastHour(trigger))) return problemReply(tooOften(trigger));
      const killed = await this.#parts.intake.kill(
        // Who wrote the trigger into sluice.yaml was an engineer.
        { id: triggerActor(trigger.name), role: "engineer" },
        { command, environment: trigger.environment, flags: [...flags], reason: title, incident },
      );
      // The trigger named other flags when this alert came first.
      if (!killed.ok && killed.problem.code === "commandReused") continue;
      // One that was lifted is not in force again: a person decided, and this alert is the one that they decided about.
      if (!killed.ok && killed.problem.code === "killLifted") {
        this.#memory.answered(command, killIdOf(command));
        continue;
      }
      if (!killed.ok) return problemReply(killed.problem);
      this.#memory.answered(command, killed.value.kill);
      // Lifted in this very moment, by another process.
      if (this.#killCovering(trigger.environment, flags) === undefined) continue;
      this.#memory.killed(trigger.name, killed.value.kill);
      for (const one of fresh) this.#memory.answered(one.command, killed.value.kill);
      return replyOf({ did: "killed", kill: killed.value.kill, flags: killed.value.flags }, 201);
    }
    return replyOf({ did: "again", flags, why: "It was told before, and a person has decided since." });
  }

  /** Made by any server, and before a restart: those that wait for the log, and, lifted or not, those whose command it remembers. */
  #killsOfLastHour({ name }: Trigger): ReadonlySet<string> {
    const nowMs = this.#parts.world.clock.nowMs();
    // A server whose clock is ahead must not keep the others' triggers from killing.
    const isRecent = ({ atMs }: { readonly atMs: number }): boolean => atMs > nowMs - HOUR_MS && atMs <= nowMs + AHEAD_MS_MAX;
    const waiting = this.#parts.adoption.pending.filter((kill) => kill.personal.by === triggerActor(name) && isRecent(kill));
    const logged = this.#parts.log.decisions.commands.entriesSorted().filter(([command, known]) => isCommandOf(name, command) && isRecent(known));
    return new Set([...waiting.map(({ kill }) => kill), ...logged.flatMap(([, { kind, id }]) => (kind === "flagsKilled" && id !== undefined ? [id] : []))]);
  }

  /** A kill in force that, with others, switches all of these off for everybody. */
  #killCovering(environment: string, flags: readonly string[]): string | undefined {
    const { environments, aliases } = this.#parts.log.decisions;
    const logged = environments[environment]?.kills.entriesSorted() ?? [];
    const waiting = this.#parts.adoption.pending.filter((kill) => kill.environment === environment);
    const kills = [...logged.map(([, kill]) => kill), ...waiting.map((kill) => ({ ...kill, flags: keysNow(aliases, kill.flags), id: kill.kill }))].filter(
      ({ scope }) => scope === undefined,
    );
    if (!flags.every((flag) => kills.some((kill) => kill.flags.includes(flag)))) return undefined;
    return kills.find((kill) => kill.flags.some((flag) => flags.includes(flag)))?.id;
  }
}

const replyOf = (triggered: Triggered, status = 200): HttpReply => jsonReply(status, triggered);

/** The same alert is the same command for ever, on any server: however often it is told, it kills once. */
function commandOf({ name, environment }: Trigger, { id }: Alert, asked: readonly string[]): string {
  const digest = createHash("sha256").update(JSON.stringify([environment, id, [...asked].sort()]));
  return machineCommand.trigger(name, digest.digest("hex").slice(0, DIGITS));
}

const isCommandOf = (trigger: string, command: string): boolean => command === machineCommand.trigger(trigger, command.slice(-DIGITS));

const replayed: Problem = {
  code: "replayed",
  message: "This very request was taken already.",
  fix: "Nothing is to be done: what it asked for has happened. A new attempt is signed with its own time.",
};

function notArmed({ name }: Trigger, flag: string): Problem {
  return {
    code: "notArmed",
    field: "flags",
    message: `${flag} is not armed for the trigger ${name}, so nothing was killed.`,
    fix: `Add it to triggers.${name}.flags in sluice.yaml, or leave it out.`,
  };
}

function nothingArmed({ name }: Trigger): Problem {
  return {
    code: "notArmed",
    message: `No flag of the trigger ${name} can be switched off: they are unknown here, or ops or permission flags beside others.`,
    fix: "`sluice validate` says which; correct the trigger's flags in sluice.yaml.",
  };
}

function tooOften({ name, perHour }: Trigger): Problem {
  return {
    code: "tooOften",
    message: `The trigger ${name} has killed ${perHour} times within this hour, as often as it may.`,
    fix: "Kill by hand, or raise perHour in sluice.yaml.",
  };
}
