import type { FeedMessage } from "@sluice/contract";
import { type Patch, type Snapshot, type UrgentKill, type Version } from "@sluice/evaluation";
import type { Log } from "@sluice/ports";
import type { Decisions, LoggedEvent } from "@sluice/releases";
import { diffSnapshots, type KillAt, patchesForKills, patchForLift, sameContent } from "@sluice/snapshot";
import { agrees, contradicts, type Publication } from "./contradiction.ts";
import type { TextSigner } from "./frames.ts";
import { Hub, type KeptForm, type SentKill } from "./hub.ts";

/** Events kept for going on from where the API's publications stand: far more than the API is ever behind. */
const RECENT_EVENTS_MAX = 5_000;

/** What an event does to snapshots: nothing, a kill or its end (patched in here), or something that only the API's compiler can say. */
const changes: Readonly<Record<LoggedEvent["facts"]["kind"], "nothing" | "kill" | "compiled">> = {
  flagsKilled: "kill",
  killLifted: "kill",
  killKept: "nothing",
  commitHeld: "nothing",
  customersChanged: "nothing",
  releaseSaved: "nothing",
  releasePlanned: "nothing",
  releaseApproved: "nothing",
  releaseChangeAsked: "nothing",
  releaseTakenOver: "nothing",
  releasePaused: "nothing",
  releaseResumed: "nothing",
  releaseUndecided: "nothing",
  waveMoved: "nothing",
  holdPlaced: "nothing",
  holdLifted: "nothing",
  freezeDeclared: "nothing",
  freezeEnded: "nothing",
  deploymentRecorded: "nothing",
  accountChanged: "nothing",
  sdkKeyChanged: "nothing",
  projectCreated: "compiled",
  commitAdopted: "compiled",
  enlargementDecided: "compiled",
  listChanged: "compiled",
  listChangeAsked: "nothing",
  liftAsked: "nothing",
  liftRefused: "nothing",
  drillEnded: "nothing",
  harmFound: "nothing",
  ownersTold: "nothing",
  listChangeDecided: "compiled",
  flagReverted: "compiled",
  segmentReverted: "compiled",
  revertAsked: "nothing",
  revertDecided: "compiled",
  revertEnded: "compiled",
  exposureSettled: "compiled",
  epochStarted: "compiled",
  waveStarted: "compiled",
  customersExposed: "compiled",
  releaseEnded: "compiled",
  optedIn: "compiled",
  optedOut: "compiled",
  customerPinned: "compiled",
  pinEnded: "compiled",
};

interface Place {
  readonly hub: Hub;
  /** The log is folded into what this hub serves up to here. */
  folded: number;
  /** It is what a last life served, and the log may have lost it since: events of a log that went on without it do not follow it. */
  isUnchecked: boolean;
  /** The log was looked at since the API contradicted what is served: what it tells next is right. */
  isSure: boolean;
}

/**
 * Every environment's hub, and the order in which the two sources of changes may touch it: this process's own kills and lifts,
 * which it patches in itself, and the API's publications of everything else. No version is published before its whole content is here.
 */
export class Publisher {
  readonly #places = new Map<string, Place>();
  readonly #log: Log;
  readonly #signer: TextSigner | undefined;
  readonly #recent: LoggedEvent[] = [];
  /** Epochs that ended while this process heard the log: the API may not have heard it yet. */
  readonly #over = new Set<string>();
  /** Environments that have changed since `together` began. */
  #together: Set<string> | undefined;
  /** Kills that the log has told meanwhile, in its order. */
  #toldTogether: LoggedEvent[] = [];
  /** While it is, publications of the API are not taken, nor events patched in: the log has lost decisions, and the API may not know. */
  isHeld: boolean = false;
  /** Looks whether the log still has what was read of it, and holds publications where it has not; rejects where that is not to be known. Absent where there is no log. */
  look: (() => Promise<unknown>) | undefined;
  #isLooking = false;
  /** Called when an environment's content changed, for the disk cache and the console. */
  onChange: (environment: string) => void = () => {};

  /** Called for each environment when it is first heard of. */
  onHub: (hub: Hub) => void = () => {};

  constructor(log: Log, signer: TextSigner | undefined) {
    this.#log = log;
    this.#signer = signer;
  }

  hub(environment: string): Hub | undefined {
    return this.#places.get(environment)?.hub;
  }

  get hubs(): readonly Hub[] {
    return [...this.#places.values()].map((place) => place.hub);
  }

  folded(environment: string): number {
    return this.#places.get(environment)?.folded ?? 0;
  }

  #place(environment: string): Place {
    let place = this.#places.get(environment);
    if (place === undefined) {
      place = { hub: new Hub(environment, this.#signer), folded: 0, isUnchecked: false, isSure: false };
      this.#places.set(environment, place);
      this.onHub(place.hub);
    }
    return place;
  }

  /** An event of the log, in order, whoever appended it. Kills that are told within `together` go out when it ends, or before the next other event. */
  event(event: LoggedEvent): void {
    if (this.#together !== undefined && event.facts.kind === "flagsKilled") return void this.#toldTogether.push(event);
    this.#takeTold();
    this.#take([event]);
  }

  #takeTold(): void {
    const events = this.#toldTogether;
    if (events.length === 0) return;
    this.#toldTogether = [];
    this.#take(events);
  }

  #take(events: readonly LoggedEvent[]): void {
    for (const event of events) this.#remember(event);
    for (const place of this.#places.values()) {
      this.#goOn(place);
      for (const event of events) this.#sendAhead(place, event);
    }
  }

  #remember(event: LoggedEvent): void {
    // Places that a database has lost are given anew.
    while (event.seq <= (this.#recent.at(-1)?.seq ?? 0)) this.#recent.pop();
    this.#recent.push(event);
    if (event.facts.kind === "epochStarted") this.ended(event.facts.replaces);
    if (this.#recent.length > RECENT_EVENTS_MAX) this.#recent.shift();
  }

  /** A kill that cannot be patched in yet, because something before it is still being compiled, goes ahead of its patch. */
  #sendAhead({ hub, folded }: Place, { facts, seq, epoch }: LoggedEvent): void {
    if (facts.kind !== "flagsKilled" || facts.environment !== hub.environment || hub.snapshot === undefined) return;
    // Sequences of two epochs do not compare: what is of one that is replaced was folded long ago, what is of a new one cannot be yet.
    if (hub.snapshot.epoch === epoch ? folded >= seq : hub.snapshot.replaces?.includes(epoch) === true) return;
    hub.publishUrgent({ id: facts.kill, epoch, seq, flags: facts.flags, ...(facts.scope === undefined ? {} : { scope: facts.scope }) });
    // What was served is written down, and with it that the log was seen so far: a loss of its tail is found.
    this.#changed(hub.environment);
  }

  /** What changes meanwhile is told once, when it has all happened: whoever hears it looks through all that is in force. */
  together(change: () => void): void {
    if (this.#together !== undefined) return change();
    const told = (this.#together = new Set<string>());
    try {
      change();
    } finally {
      this.#takeTold();
      this.#together = undefined;
      for (const environment of told) this.onChange(environment);
    }
  }

  #changed(environment: string): void {
    if (this.#together === undefined) return this.onChange(environment);
    this.#together.add(environment);
  }

  /** These epochs are over, and the API may not have heard it. */
  ended(epochs: readonly string[]): void {
    for (const epoch of epochs) this.#over.add(epoch);
  }

  /** Puts a kill in force beside the environment's snapshot, also where there is none yet: it comes into force with it. */
  urgent(environment: string, kill: UrgentKill, signature?: string): void {
    this.#place(environment).hub.publishUrgent(kill, signature);
    this.#changed(environment);
  }

  /** The signature of a version that was patched together here. */
  seal({ environment, epoch, seq, signature }: Version & { readonly environment: string; readonly signature: string }): void {
    this.hub(environment)?.seal({ epoch, seq }, signature);
    this.#changed(environment);
  }

  /**
   * Sends ahead every kill in force that a snapshot does not have: after a start, when what this process served last is older than the
   * log, and its events were told to nobody here.
   */
  hold(decisions: Decisions): void {
    for (const { hub } of this.#places.values()) {
      const { snapshot } = hub;
      if (snapshot === undefined) continue;
      for (const [id, kill] of decisions.environments[hub.environment]?.kills.entriesSorted() ?? []) {
        if (Object.hasOwn(snapshot.kills ?? {}, id)) continue;
        hub.publishUrgent({ id, epoch: decisions.epoch, seq: kill.seq, flags: kill.flags, ...(kill.scope === undefined ? {} : { scope: kill.scope }) });
      }
    }
  }

  /** Patches in what directly follows and needs no compiler. */
  #goOn(place: Place): void {
    const { hub } = place;
    if (this.isHeld || place.isUnchecked) return;
    for (;;) {
      const next = this.#eventAt(place.folded + 1);
      const snapshot = hub.snapshot;
      // An epoch that is over may have gone on for a while in a log that had lost what is served here.
      if (next === undefined || snapshot === undefined || next.epoch !== snapshot.epoch || this.#over.has(snapshot.epoch)) return;
      const { facts, seq } = next;
      if (changes[facts.kind] === "compiled") return;
      const kills = this.#killsFrom(next);
      const isLiftHere = facts.kind === "killLifted" && facts.environment === hub.environment;
      const isNews = isLiftHere ? this.#patchIn(hub, patchForLift(snapshot, facts, seq)) : this.#patchInKills(hub, kills, snapshot);
      if (isNews) this.#changed(hub.environment);
      place.folded = kills.at(-1)?.seq ?? seq;
    }
  }

  #patchIn(hub: Hub, patch: Patch | undefined): boolean {
    return patch !== undefined && hub.publishPatch(patch);
  }

  #patchInKills(hub: Hub, kills: readonly KillAt[], snapshot: Snapshot): boolean {
    const { each, whole } = patchesForKills(
      snapshot,
      kills.filter(({ kill }) => kill.environment === hub.environment),
    );
    return (
      whole !== undefined &&
      hub.publishPatches(
        each.filter((patch) => patch !== undefined),
        whole,
      )
    );
  }

  /** Kills that stand in the log one after the other from `first` on; none where that is no kill. */
  #killsFrom(first: LoggedEvent): readonly KillAt[] {
    const found: KillAt[] = [];
    for (let next: LoggedEvent | undefined = first; next?.facts.kind === "flagsKilled" && next.epoch === first.epoch; next = this.#eventAt(next.seq + 1))
      found.push({ kill: next.facts, seq: next.seq });
    return found;
  }

  #eventAt(seq: number): LoggedEvent | undefined {
    if (seq > (this.#recent.at(-1)?.seq ?? 0)) return undefined;
    const direct = this.#recent[seq - (this.#recent[0]?.seq ?? 0)];
    return direct?.seq === seq ? direct : this.#recent.find((event) => event.seq === seq);
  }

  /** What was served before this process ended; the log and the feed take it from there. */
  restore({ snapshot, signature, patches }: KeptForm, folded: number, urgent: readonly SentKill[]): void {
    const place = this.#place(snapshot.environment);
    const { hub } = place;
    if (hub.snapshot !== undefined) return;
    hub.publishSnapshot(snapshot, signature);
    for (const one of patches) hub.publishPatch(one.patch, one.signature);
    for (const one of urgent) hub.publishUrgent(one.kill, one.signature);
    place.folded = folded;
    place.isUnchecked = true;
  }

  /** The log is known to have what is served, or its new epoch has begun: what was read of it meanwhile is patched in. */
  settled(): void {
    for (const place of this.#places.values()) {
      place.isUnchecked = false;
      this.#goOn(place);
    }
  }

  /**
   * One publication of the API. False where it does not fit what is here: the caller connects again and gets snapshots. What contradicts what is
   * served is believed once the log was looked at.
   */
  feed(message: Publication): boolean {
    if (this.isHeld) return false;
    const place = this.#place(message.environment);
    if (this.look !== undefined && !place.isSure && (this.#isOfAnotherLog(message) || contradicts(place, message))) return this.#lookAtLog();
    const fits =
      message.kind === "snapshot"
        ? this.#takeSnapshot(place, message)
        : message.kind === "patch"
          ? this.#takePatch(place, message)
          : place.hub.snapshot !== undefined;
    if (!fits) return this.#lookAtLog();
    place.isSure = false;
    place.folded = Math.max(place.folded, message.folded);
    this.#goOn(place);
    return true;
  }

  /** Whether what it is folded from is not what was read of the log here. */
  #isOfAnotherLog({ folded, hash }: Publication): boolean {
    const read = this.#eventAt(folded);
    return read !== undefined && hash !== undefined && hash !== read.hash && !this.#over.has(read.epoch);
  }

  /** While the store says nothing, what is served stays: what contradicts it may come of a log that has lost decisions. */
  #lookAtLog(): false {
    if (this.look === undefined || this.#isLooking) return false;
    this.#isLooking = true;
    const looked = (isWhole: boolean): void => {
      this.#isLooking = false;
      for (const place of this.#places.values()) place.isSure = isWhole && !this.isHeld;
    };
    this.look().then(
      () => looked(true),
      () => looked(false),
    );
    return false;
  }

  #takePatch(place: Place, { patch, signature }: Extract<FeedMessage, { readonly kind: "patch" }>): boolean {
    const { hub } = place;
    const version = hub.version;
    if (this.#over.has(patch.epoch)) return true;
    if (version === undefined || version.epoch !== patch.epoch) return false;
    if (patch.to <= version.seq) {
      if (agrees(hub, patch)) return true;
      this.#log.error("publish.diverged", { environment: hub.environment, seq: patch.to });
      return false;
    }
    if (!hub.publishPatch(patch, signature)) return false;
    this.#changed(hub.environment);
    return true;
  }

  #takeSnapshot(place: Place, { snapshot, folded, signature }: Extract<FeedMessage, { readonly kind: "snapshot" }>): boolean {
    const { hub } = place;
    const own = hub.snapshot;
    // Whoever is behind may still tell of an epoch that is over.
    if (this.#over.has(snapshot.epoch) || own?.replaces?.includes(snapshot.epoch) === true) return true;
    if (own !== undefined && own.epoch === snapshot.epoch) {
      // This process is ahead by kills that the API has yet to fold: its publications will come and be compared.
      if (folded < place.folded && snapshot.seq <= own.seq) return true;
      if (snapshot.seq === own.seq && sameContent(own, snapshot)) {
        if (signature !== undefined) hub.seal(snapshot, signature);
        return true;
      }
      // A patch made here has no signature of whoever made the snapshot.
      if (snapshot.seq > own.seq && signature === undefined) {
        const patch = diffSnapshots(own, snapshot);
        if (patch !== undefined && hub.publishPatch(patch)) {
          this.#changed(hub.environment);
          return true;
        }
      } else if (snapshot.seq <= own.seq) this.#log.error("publish.diverged", { environment: hub.environment, seq: snapshot.seq, own: own.seq });
    }
    hub.publishSnapshot(snapshot, signature);
    place.folded = folded;
    this.#changed(hub.environment);
    return true;
  }
}
