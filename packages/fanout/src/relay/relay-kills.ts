import { createPublicKey, verify } from "node:crypto";
import { type Problem, readJournalledKill, type RelayKill } from "@sluice/contract";
import { readPublicKey, readSignature, type Result } from "@sluice/evaluation";
import type { World } from "@sluice/ports";
import { type Decisions, isMachineCommand, isThatKill, type JournalledKill, killInForce } from "@sluice/releases";
import { killIdOf } from "../kill-answer.ts";
import type { Publisher } from "../publisher.ts";
import { inGroups } from "./request-parts.ts";
import { journalPrefixOf, relayKillBytes } from "./kill-signing.ts";

/** Kills of relays that wait for the log here: as many urgent kills as an SDK takes. */
const WAITING_MAX = 10_000;

interface Parts {
  readonly world: World;
  readonly publisher: Publisher;
  readonly decisions: () => Decisions;
  /** Puts a kill in force here at once. */
  readonly sendUrgent: (kill: JournalledKill) => void;
  /** Some were taken that were not known. */
  readonly onTaken: () => void;
}

interface Waiting {
  readonly kill: JournalledKill;
  readonly sent: RelayKill;
}

/** What waits of one journal in one environment, in its order, and the counter that the snapshot listed when it was looked at. */
interface Group {
  readonly environment: string;
  readonly journal: string;
  listed: number;
  readonly kills: Map<string, JournalledKill>;
}

const groupKey = ({ environment, journal }: JournalledKill): string => `${environment}\n${journal}`;

const refused = (message: string): { readonly ok: false; readonly problem: Problem } => ({
  ok: false,
  problem: { code: "relayRefused", message, fix: "Look at the relay's version and its data folder; the kill is in force behind it all the same." },
});

/**
 * Emergency kills that relays took while nobody else could, until the log has them. They are kept in memory alone: their relay has them in
 * its journal and hands them on again, all of one journal in its order, until a snapshot says that they are adopted.
 */
export class RelayKills {
  readonly #parts: Parts;
  readonly #waiting = new Map<string, Waiting>();
  /** The same by environment and journal: a snapshot is looked at once for each, however many wait. */
  readonly #groups = new Map<string, Group>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** In the order in which each journal wrote them. */
  get pending(): readonly JournalledKill[] {
    return [...this.#waiting.values()].map(({ kill }) => kill);
  }

  /** The same as they came, those of one environment and journal together: what a relay between hands on. */
  get inOrder(): readonly (readonly RelayKill[])[] {
    return inGroups([...this.#waiting.values()], ({ kill }) => groupKey(kill)).map((waiting) => waiting.map(({ sent }) => sent));
  }

  /** In force at once; all of one request or none. `mayFor`: the environments that the relay's key opens. */
  take(kills: readonly RelayKill[], mayFor: (environment: string) => boolean): Result<{ readonly taken: number }, Problem> {
    const read: Waiting[] = [];
    for (const sent of kills) {
      const kill = this.#read(sent, mayFor);
      if (!kill.ok) return kill;
      read.push({ kill: kill.value, sent });
    }
    const fresh = read.filter(({ kill }) => !this.#waiting.has(kill.kill) && !this.#isAdopted(kill));
    if (this.#waiting.size + fresh.length > WAITING_MAX) {
      const message = `${WAITING_MAX} kills of relays wait for the log already.`;
      return { ok: false, problem: { code: "tooManyKills", message, fix: "They are in force behind their relays. Bring the database back." } };
    }
    this.#parts.publisher.together(() => {
      for (const one of fresh) {
        this.#add(one);
        this.#parts.sendUrgent(one.kill);
        this.#parts.world.log.warn("kill.ofRelay", { kill: one.kill.kill, environment: one.kill.environment, journal: one.kill.journal });
      }
    });
    if (fresh.length > 0) this.#parts.onTaken();
    return { ok: true, value: { taken: read.length } };
  }

  #read({ text, key, signature }: RelayKill, mayFor: (environment: string) => boolean): Result<JournalledKill, Problem> {
    const [form, parts, kill] = [readPublicKey(key), readSignature(signature), readJournalledKill(text)];
    if (form === undefined || parts === undefined || kill === undefined) return refused("A kill of the relay cannot be read.");
    if (!kill.journal.startsWith(journalPrefixOf(form))) return refused(`The journal ${kill.journal} is not of the key that signed the kill ${kill.kill}.`);
    const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: form.base64url }, format: "jwk" });
    if (!verify(undefined, relayKillBytes(text), publicKey, Buffer.from(parts.signature, "base64url")))
      return refused(`The kill ${kill.kill} does not fit its signature.`);
    if (!mayFor(kill.environment) || this.#parts.publisher.hub(kill.environment) === undefined)
      return refused(`This relay's key does not open the environment ${kill.environment}.`);
    // Under such a command a decision of Sluice's own would never be taken.
    if (isMachineCommand(kill.command)) return refused(`The command ${kill.command} has a form that Sluice keeps for its own decisions.`);
    // An id that is another kill's would put this one in its place, and so switch on what that one keeps off.
    if (kill.kill !== killIdOf(kill.command)) return refused(`The kill ${kill.kill} is not that of its command.`);
    const known = killInForce(this.#parts.decisions(), kill.kill) ?? this.#waiting.get(kill.kill)?.kill;
    if (!isThatKill(known, kill, this.#parts.decisions().aliases)) return refused(`The id ${kill.kill} is another kill's.`);
    // A relay whose clock runs ahead would date its kills so that they can be undone for longer, and are looked at again later.
    return { ok: true, value: { ...kill, atMs: Math.min(kill.atMs, this.#parts.world.clock.nowMs()) } };
  }

  #add(one: Waiting): void {
    const { environment, journal, kill } = one.kill;
    const key = groupKey(one.kill);
    const group = this.#groups.get(key) ?? { environment, journal, listed: -1, kills: new Map() };
    group.kills.set(kill, one.kill);
    this.#groups.set(key, group);
    this.#waiting.set(kill, one);
  }

  #remove(kill: JournalledKill): void {
    const key = groupKey(kill);
    const group = this.#groups.get(key);
    group?.kills.delete(kill.kill);
    if (group?.kills.size === 0) this.#groups.delete(key);
    this.#waiting.delete(kill.kill);
  }

  #listed({ environment, journal }: Pick<JournalledKill, "environment" | "journal">): number {
    return this.#parts.publisher.hub(environment)?.snapshot?.journals?.[journal] ?? -1;
  }

  #isAdopted(kill: JournalledKill): boolean {
    return this.#listed(kill) >= kill.counter;
  }

  /** A snapshot changed: what it lists as adopted waits no longer. The cost grows with journals and with what ends, not with what waits. */
  settle(environment: string): void {
    for (const group of this.#groups.values()) {
      if (group.environment !== environment) continue;
      const listed = this.#listed(group);
      if (listed === group.listed) continue;
      group.listed = listed;
      for (const kill of group.kills.values()) {
        // A journal comes in its order: what stands behind one that waits, waits too.
        if (kill.counter > listed) break;
        this.#remove(kill);
      }
    }
  }

  /** The log has them, or can never have them. */
  async settled(kills: readonly JournalledKill[]): Promise<void> {
    for (const kill of kills) this.#remove(kill);
  }
}
