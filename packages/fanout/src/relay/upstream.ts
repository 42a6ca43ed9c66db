import {
  delegationReply,
  RELAY_KILLS_BYTES_MAX,
  RELAY_KILLS_MAX,
  RELAY_OFFERED_MAX,
  RELAYS_LATE_MAX,
  RELAY_REPORT_INSTANCES_MAX,
  type RelayKill,
  type RelayReport,
} from "@sluice/contract";
import type { SampledContext } from "@sluice/evaluation";
import type { World } from "@sluice/ports";
import type { JournalledKill } from "@sluice/releases";
import { type Adopter, eachOnce } from "../emergency-adoption.ts";
import type { EmergencyJournal } from "../emergency-journal.ts";
import { versionText } from "../frames.ts";
import type { Publisher } from "../publisher.ts";
import type { InstanceState, Receipts } from "../receipts.ts";
import type { KillSigning } from "./kill-signing.ts";
import type { RelayKills } from "./relay-kills.ts";
import type { OwnKillTrial } from "./own-kill-trial.ts";
import type { RelayProbe } from "./relay-probe.ts";
import { inGroups, requestParts } from "./request-parts.ts";
import { TelemetryQueue } from "./telemetry-queue.ts";

/** What changed behind this relay is told at most this often. */
const REPORT_EVERY_MS = 100;
/** Also where nothing changed: the server sees that the relay lives, and what it serves. */
const REPORT_AT_LEAST_MS = 5_000;
const ASK_TIMEOUT_MS = 5_000;
/** A kill whose hand-on was lost on the way is sent again after this, and after twice as long each time: whoever is at the server waits for it. */
const KILLS_TIMEOUT_MS_MIN = 1_000;
/** What this relay may sign is asked for again after this, where there was no answer. */
const DELEGATION_RETRY_MS = 1_000;
const REPLY_BYTES_MAX = 1 << 20;
/** Of a head of at most 16 KiB; the server reads no more of it. */
const HAS_CHARS_MAX = 8_000;
/** Of the 4 MiB that a request with kills may have. */
const PART = { countMax: RELAY_KILLS_MAX, bytesMax: RELAY_KILLS_BYTES_MAX - 100 };
/** Of the mebibyte that a report may have: each process names every urgent kill that it serves, and during an outage that may be hundreds. */
const INSTANCES_BYTES_MAX = 512 << 10;
/** Beside them. */
const ASKED_MAX = 5_000;
const ASKED_BYTES_MAX = 256 << 10;
const NAME_CHARS_MAX = 200;

interface Reply {
  readonly status: number;
  readonly text: string;
}

interface Parts {
  readonly world: World;
  /** `https://…`, without a slash at the end. */
  readonly url: string;
  readonly key: string;
  /** What people call this relay. */
  readonly name: string;
  readonly signing: KillSigning;
  readonly publisher: Publisher;
  readonly receipts: Receipts;
  readonly relayed: RelayKills;
  readonly pages: (environment: string) => number;
  /** Trial kills at this relay; undefined where nobody would confirm them. */
  readonly probe: RelayProbe | undefined;
  /** Relays behind this one that are late with them. */
  readonly late: () => readonly string[];
  /** Trials of this relay's own kill; undefined where nobody tries it. */
  readonly ownKills: OwnKillTrial | undefined;
  /** Relays behind this one whose own kills do not work. */
  readonly withoutOwn: () => readonly string[];
  /** Flags asked for since the last call, by environment; what was not told is noted again. */
  readonly takeAsked: () => ReadonlyMap<string, readonly string[]>;
  readonly noteAsked: (environment: string, flag: string) => void;
}

/** The server above a relay: it is handed emergency kills until it has adopted them, and told who is behind this relay. */
export class Upstream implements Adopter {
  readonly #parts: Parts;
  #journal: EmergencyJournal | undefined;
  readonly #changed = new Map<string, InstanceState>();
  readonly #signed = new WeakMap<JournalledKill, RelayKill>();
  #isReachable = false;
  #mustAskDelegations = false;
  #askNotBeforeMs = 0;
  #mustTellAll = true;
  #isReporting = false;
  #isHandingOn = false;
  #killsTimeoutMs = KILLS_TIMEOUT_MS_MIN;
  #mustHandOnAgain = false;
  #stopped = false;
  /** What processes behind this relay have seen, on its way up. */
  readonly telemetry: TelemetryQueue;

  constructor(parts: Parts) {
    this.#parts = parts;
    const { world, name } = parts;
    const instance = `relay ${name} ${[...world.random.bytes(6)].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
    this.telemetry = new TelemetryQueue({
      world,
      instance: instance.slice(-NAME_CHARS_MAX),
      send: async (text) => (await this.#post("/relay/v1/telemetry", text, ASK_TIMEOUT_MS))?.status,
    });
    parts.receipts.onInstance = (state) => void this.#changed.set(`${state.environment}\n${state.instance}`, state);
  }

  /** Hands sampled contexts on; false where nobody took them. */
  async samples(environment: string, contexts: readonly SampledContext[]): Promise<boolean> {
    return (await this.#ask("/relay/v1/samples", { environment, contexts }))?.status === 204;
  }

  /** Before what waits is resumed: of a journal that is not known here nothing waits, and nothing would be handed on again. */
  start(journal: EmergencyJournal): void {
    this.#journal = journal;
    this.#report(0);
  }

  stop(): void {
    this.#stopped = true;
    this.telemetry.stop();
  }

  /** With which everything is asked for: who this is, and what it has. */
  get whoAndWhat(): Readonly<Record<string, string>> {
    const { key, name, signing, publisher, probe } = this.#parts;
    const has = publisher.hubs.flatMap(({ environment, version }) =>
      version === undefined ? [] : [`${encodeURIComponent(environment)}=${versionText(version)}`],
    );
    // What has no room comes whole: a head that is too large would be refused, with everything that the relay asks.
    let room = HAS_CHARS_MAX;
    const told = has.filter((one) => (room -= one.length + 1) >= 0);
    const who = { authorization: `Bearer ${key}`, "sluice-relay": encodeURIComponent(name), "sluice-relay-id": signing.folderId };
    return { ...who, "sluice-has": told.join(","), ...(probe === undefined ? {} : { "sluice-relay-probe": "1" }) };
  }

  /** The feed lives, or does not any more. */
  reachable(isReachable: boolean): void {
    const isNews = isReachable && !this.#isReachable;
    if (!isReachable) this.#parts.probe?.feedEnded();
    this.#isReachable = isReachable;
    if (!isNews) return;
    this.#mustTellAll = true;
    this.telemetry.reachable();
    this.#mustAskDelegations = true;
    this.#askNotBeforeMs = 0;
    this.#askDelegations();
    this.handOn();
  }

  get isWaiting(): boolean {
    return (this.#journal?.pending.length ?? 0) > 0 || this.#parts.relayed.pending.length > 0;
  }

  get pending(): Adopter["pending"] {
    return eachOnce([...(this.#journal?.pending ?? []), ...this.#parts.relayed.pending]);
  }

  /** Hands on what waits, without waiting for it: a kill that is asked for meanwhile goes its own way. */
  async adopt(): Promise<boolean> {
    this.handOn();
    return !this.isWaiting;
  }

  /** A snapshot changed: kills that it lists as adopted wait no longer, also behind one of another environment that is refused. */
  settle(environment: string): void {
    this.#parts.relayed.settle(environment);
    const journal = this.#journal;
    if (journal === undefined) return;
    const listed = this.#parts.publisher.hub(environment)?.snapshot?.journals?.[journal.id] ?? -1;
    if (listed < (journal.pending[0]?.counter ?? Number.POSITIVE_INFINITY)) return;
    const adopted = journal.pending.filter((kill) => kill.environment === environment && kill.counter <= listed);
    const last = adopted.at(-1);
    if (last === undefined) return;
    this.#parts.world.log.info("kill.adopted", { kill: last.kill, kills: adopted.length });
    void journal.settled(adopted);
  }

  /** Sends everything that waits, each journal's of one environment in their order; one at a time, and once more where something came meanwhile. */
  handOn(): void {
    if (this.#isHandingOn) {
      this.#mustHandOnAgain = true;
      return;
    }
    this.#isHandingOn = true;
    this.#mustHandOnAgain = false;
    void this.#handOnAll().finally(() => {
      this.#isHandingOn = false;
      if (this.#mustHandOnAgain && !this.#stopped) this.handOn();
    });
  }

  async #handOnAll(): Promise<void> {
    const own = inGroups(this.#journal?.pending ?? [], ({ environment }) => environment);
    const signed = own.map((kills) => kills.map((kill) => this.#signedOf(kill)));
    // What the server refuses in one environment, which it may not have any more, keeps no other waiting.
    for (const kills of [...signed, ...this.#parts.relayed.inOrder]) for (const part of requestParts(kills, PART)) if (!(await this.#handOnOne(part))) break;
  }

  /** Each is signed once, however often it is handed on: thousands may wait, and every kill that comes hands all of them on. */
  #signedOf(kill: JournalledKill): RelayKill {
    const signed = this.#signed.get(kill) ?? this.#parts.signing.handOn(kill);
    this.#signed.set(kill, signed);
    return signed;
  }

  /** False where what stands behind these must wait too. */
  async #handOnOne(kills: readonly RelayKill[]): Promise<boolean> {
    const reply = await this.#ask("/relay/v1/kills", { kills }, this.#killsTimeoutMs);
    this.#killsTimeoutMs = reply === undefined ? Math.min(ASK_TIMEOUT_MS, this.#killsTimeoutMs * 2) : KILLS_TIMEOUT_MS_MIN;
    if (reply !== undefined && reply.status >= 300) this.#parts.world.log.error("relay.killsRefused", { status: reply.status, why: reply.text.slice(0, 500) });
    return reply !== undefined && reply.status < 300;
  }

  /** Asks what this relay may sign: with each feed, and on until there is something for every environment that comes signed. */
  #askDelegations(): void {
    const { world, signing, publisher } = this.#parts;
    const nowMs = world.clock.monotonicMs();
    const isMissing = this.#mustAskDelegations || publisher.hubs.some(({ environment, isSigned }) => isSigned && !signing.mayKill(environment));
    if (!this.#isReachable || !isMissing || nowMs < this.#askNotBeforeMs) return;
    this.#askNotBeforeMs = nowMs + ASK_TIMEOUT_MS;
    void this.#askDelegationsOnce().then((isAnswered) => {
      if (isAnswered) this.#mustAskDelegations = false;
      this.#askNotBeforeMs = world.clock.monotonicMs() + DELEGATION_RETRY_MS;
    });
  }

  async #askDelegationsOnce(): Promise<boolean> {
    const reply = await this.#ask("/relay/v1/delegation", { publicKey: this.#parts.signing.key.text });
    const read = reply?.status === 200 ? delegationReply.safeParse(parsed(reply.text)) : undefined;
    if (read?.success !== true) return false;
    await this.#parts.signing.delegated(read.data.delegations);
    for (const hub of this.#parts.publisher.hubs) hub.signUrgent();
    return true;
  }

  #ask(path: string, body: unknown, timeoutMs: number = ASK_TIMEOUT_MS): Promise<Reply | undefined> {
    return this.#post(path, JSON.stringify(body), timeoutMs);
  }

  /** Undefined where there was no answer. */
  async #post(path: string, json: string, timeoutMs: number): Promise<Reply | undefined> {
    const { world, url } = this.#parts;
    const headers = { ...this.whoAndWhat, "content-type": "application/json" };
    try {
      const reply = await world.http.request(
        { method: "POST", url: url + path, headers, body: new TextEncoder().encode(json) },
        { timeoutMs, maxBytes: REPLY_BYTES_MAX },
      );
      return { status: reply.status, text: new TextDecoder().decode(reply.body) };
    } catch (error) {
      world.log.info("relay.upstream", { path, why: error instanceof Error ? error.message : String(error) });
      return undefined;
    }
  }

  #report(sinceMs: number): void {
    if (this.#stopped) return;
    this.#askDelegations();
    const isDue = this.#isReachable && !this.#isReporting && (this.#mustTellAll || this.#changed.size > 0 || sinceMs >= REPORT_AT_LEAST_MS);
    if (isDue) {
      this.#isReporting = true;
      void this.#tell().finally(() => {
        this.#isReporting = false;
      });
    }
    this.#parts.world.timers.after(REPORT_EVERY_MS, () => this.#report(isDue ? 0 : sinceMs + REPORT_EVERY_MS));
  }

  /** What could not be told is told whole with the next report. */
  async #tell(): Promise<void> {
    const isWhole = this.#mustTellAll;
    const states = isWhole ? this.#parts.receipts.connectedNow : [...this.#changed.values()];
    this.#mustTellAll = false;
    this.#changed.clear();
    const asked = this.#takeAsked();
    const told = states.map(({ relay: _relay, ...state }) => state);
    const parts = requestParts(told, { countMax: RELAY_REPORT_INSTANCES_MAX, bytesMax: INSTANCES_BYTES_MAX });
    for (const [at, instances] of (parts.length === 0 ? [[]] : parts).entries()) {
      const report = {
        // A whole list of more than one part begins with a part that ends all others.
        isWhole: isWhole && at === 0,
        serves: this.#serves(),
        instances: [...instances],
        asked: at === 0 ? asked : [],
        ...(at === 0 ? { ...this.#offers(), ...this.#probed(), ...this.#ownKills() } : {}),
      } satisfies RelayReport;
      const reply = await this.#ask("/relay/v1/report", report);
      if (reply?.status === 204) continue;
      // Each SDK says it once.
      if (at === 0) this.#noteAsked(asked);
      this.#mustTellAll = true;
      return;
    }
  }

  /** As many as one report has room for; the others go with the next. */
  #takeAsked(): RelayReport["asked"] {
    const all = [...this.#parts.takeAsked()].flatMap(([environment, keys]) => keys.map((key) => ({ environment, keys: [key] })));
    const [now = [], ...later] = requestParts(all, { countMax: ASKED_MAX, bytesMax: ASKED_BYTES_MAX });
    for (const part of later) this.#noteAsked(part);
    return inGroups(now, ({ environment }) => environment).flatMap((group) => {
      const environment = group[0]?.environment;
      return environment === undefined ? [] : [{ environment, keys: group.flatMap(({ keys }) => keys) }];
    });
  }

  #noteAsked(asked: RelayReport["asked"]): void {
    for (const { environment, keys } of asked) for (const key of keys) this.#parts.noteAsked(environment, key);
  }

  /** Kills of an epoch that is over, which the new one does not list: the server has lost them. Those of a journal are handed on as such. */
  #offers(): Pick<RelayReport, "offered"> {
    const offered = this.#parts.publisher.hubs.flatMap(({ environment, snapshot, urgent }) => {
      const kills = urgent.filter(({ epoch, counter }) => counter === undefined && snapshot?.replaces?.includes(epoch) === true);
      return kills.length === 0 ? [] : [{ environment, kills: kills.slice(0, RELAY_OFFERED_MAX) }];
    });
    return offered.length === 0 ? {} : { offered };
  }

  #probed(): Pick<RelayReport, "probe"> {
    const { probe, late } = this.#parts;
    if (probe?.view === undefined) return {};
    const named = late().slice(0, RELAYS_LATE_MAX);
    return { probe: { ...(probe.kill === undefined ? {} : { kill: probe.kill }), late: named.map((relay) => relay.slice(0, NAME_CHARS_MAX)) } };
  }

  #ownKills(): Pick<RelayReport, "ownKills"> {
    const { ownKills, withoutOwn } = this.#parts;
    if (ownKills === undefined) return {};
    const late = withoutOwn().slice(0, RELAYS_LATE_MAX);
    return { ownKills: { isLate: ownKills.view.isLate, late: late.map((relay) => relay.slice(0, NAME_CHARS_MAX)) } };
  }

  #serves(): RelayReport["serves"] {
    return this.#parts.publisher.hubs.flatMap(({ environment, version, urgent }) =>
      version === undefined ? [] : [{ environment, ...version, urgent: urgent.map(({ id }) => id).slice(0, 1_000), pages: this.#parts.pages(environment) }],
    );
  }
}

/** Undefined for what is no JSON: whatever stands between may answer in the server's place. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
