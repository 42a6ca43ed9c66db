// What the semantics say of releases, minute by minute and by brute force. Shares no code with packages/releases: only the shape of facts.
//
// The reading (numbers are those of the semantics):
// - 9   A customer's start is its wave's start (a wall clock: in the customer's zone, else in the release's), moved by what people and
//       freezes moved the wave, then the first minute outside its holds, the environment's freezes and closed hours.
// - 9   At that minute every gate must be true: approvals of exactly this content, needed versions, the bake of the wave before, valid
//       flags. Until 15 minutes later a gate may become true; whoever starts then must be free of windows at THAT minute too (invariant 2:
//       no start inside a blocked window; 10: nor outside business hours by then). After that the release asks, and nothing of it starts.
//       An approval counts before its end, at each of these minutes; who had agreed and whose word is over has not agreed.
// - 9   Membership is resolved when the wave begins: with its first member, or at its own start where it has none.
// - 9   Waves come in the plan's order: a wave is looked at when every wave before it has begun (19).
// - 13  A wave for everybody also reaches who is registered after it began.
// - 14  Whoever has it keeps it, until the release is rolled back; an opt-in until it ends.
// - 16  A pin fixes a flag for a customer until its minute, and a newer one takes its place. One that a release's early access let through
//       goes when that release is rolled back. It changes no start, and who has what besides.
// - 17  A hold gates opt-ins and starts, it ends at its end or when it is lifted: that minute is the held customer's turn (invariant 5).
// - 18  A freeze that asks: a wave whose own start (release's zone, into open hours) is inside asks at that minute. One that shifts moves
//       that wave to the first open minute behind, and every wave behind it by as much, for good once the wave has begun.
// - 21  A kill pauses every release with the flag; lifting resumes nothing.
// - An answer (a new start) or an edit of the plan ends the asking; what is still late asks again.
import type { Facts } from "@sluice/releases";
import { slot } from "../naive/hashing.ts";
import { firstFree, instantIn, isIn, isOpen, MINUTE } from "./calendar.ts";

const GRACE = 15;
const MONTH = 30 * 24 * 60 * MINUTE;

type Fact<K extends Facts["kind"]> = Extract<Facts, { readonly kind: K }>;
type Content = Fact<"releaseSaved">["content"];
type Customer = Fact<"customersChanged">["set"][number];
type Hold = Fact<"holdPlaced">;
type Freeze = Fact<"freezeDeclared">;

interface Wave {
  /** A start that a person set; else the plan's. */
  setMs?: number;
  movedMs: number;
  members?: Set<string>;
  rest: boolean;
  begunMs: number;
  has: Set<string>;
}

interface Release {
  content: Content;
  hash: string;
  phase: string;
  before: string;
  askedWave: number;
  approved: Map<string, { readonly hash: string; readonly endsMs: number }>;
  waves: Wave[];
  optIns: Map<string, number | undefined>;
}

/** What happened by itself: the oracle's word for a scheduler's fact. */
export interface Happened {
  readonly atMs: number;
  readonly what: string;
}

export class Oracle {
  readonly customers = new Map<string, Customer>();
  readonly releases = new Map<string, Release>();
  /** What happened by itself and nobody has taken from here yet. */
  readonly happened: Happened[] = [];
  /** By flag and customer. */
  readonly pins = new Map<string, Fact<"customerPinned">>();
  readonly #holds = new Map<string, Hold>();
  readonly #freezes = new Map<string, Freeze>();
  readonly #versions = new Map<string, string>();
  /** Starts worked out since anything was decided last. */
  #planned = new Map<string, number>();
  #own = new Map<Wave, number>();
  #shift = new Map<Release, readonly number[]>();
  #belong = new Map<Wave, readonly string[]>();
  #isBroken: (flag: string) => boolean = () => false;

  /** A person, a pipeline or a trigger decides at `atMs`. */
  take(facts: Facts, atMs: number): void {
    this.#forget();
    const release = "release" in facts ? this.releases.get(facts.release) : undefined;
    if (facts.kind === "customersChanged") {
      for (const id of facts.removed ?? []) this.customers.delete(id);
      for (const customer of facts.set) this.customers.set(customer.id, customer);
    }
    if (facts.kind === "releaseSaved") this.#save(facts, release);
    if (facts.kind === "holdPlaced") this.#holds.set(facts.hold, facts);
    if (facts.kind === "freezeDeclared") this.#freezes.set(facts.freeze, facts);
    if (facts.kind === "holdLifted") cutShort(this.#holds, facts.hold, atMs);
    if (facts.kind === "freezeEnded") cutShort(this.#freezes, facts.freeze, atMs);
    if (facts.kind === "deploymentRecorded") this.#versions.set(facts.service, facts.version);
    if (facts.kind === "customerPinned") this.pins.set(`${facts.flag} ${facts.customer}`, facts);
    if (facts.kind === "pinEnded") this.#dropPins(({ pin }) => pin === facts.pin);
    if (facts.kind === "releaseEnded" && facts.how === "rolledBack") this.#dropPins((pin) => pin.release === facts.release);
    if (facts.kind === "flagsKilled")
      for (const each of this.releases.values()) if (each.content.flags.some(({ flag }) => facts.flags.includes(flag))) pause(each);
    if (release !== undefined) this.#steer(release, facts, atMs);
  }

  #dropPins(isDropped: (pin: Fact<"customerPinned">) => boolean): void {
    for (const [key, pin] of this.pins) if (isDropped(pin)) this.pins.delete(key);
  }

  #forget(): void {
    this.#planned = new Map();
    this.#own = new Map();
    this.#shift = new Map();
    this.#belong = new Map();
  }

  #save({ release: id, content, contentHash, agreed = [] }: Fact<"releaseSaved">, known: Release | undefined): void {
    if (known === undefined) {
      const waves = content.waves.map(freshWave);
      this.releases.set(id, { content, hash: contentHash, phase: "draft", before: "planned", askedWave: -1, approved: new Map(), waves, optIns: new Map() });
      return;
    }
    const isKept = (index: number): boolean =>
      known.waves[index]?.members !== undefined || JSON.stringify(known.content.waves[index]?.start) === JSON.stringify(content.waves[index]?.start);
    known.waves = content.waves.map((_, index) => (isKept(index) ? (known.waves[index] ?? freshWave()) : freshWave()));
    known.content = content;
    known.hash = contentHash;
    known.approved = new Map(agreed.map(({ role, untilMs }) => [role, { hash: contentHash, endsMs: untilMs }]));
    if (known.phase === "needsDecision") known.phase = known.before;
  }

  #steer(release: Release, facts: Facts, atMs: number): void {
    if (facts.kind === "releasePlanned") release.phase = "planned";
    if (facts.kind === "releaseApproved") release.approved.set(facts.role, { hash: facts.contentHash, endsMs: facts.untilMs ?? atMs + MONTH });
    if (facts.kind === "releasePaused") pause(release);
    if (facts.kind === "releaseResumed") release.phase = release.before;
    if (facts.kind === "waveMoved") this.#move(release, facts);
    if (facts.kind === "releaseEnded") release.phase = facts.how;
    if (facts.kind === "optedIn") release.optIns.set(facts.customer, facts.untilMs);
    if (facts.kind === "optedOut") release.optIns.delete(facts.customer);
  }

  /** The wave starts when the person says; those behind it that have not begun move by as much, unless only latecomers are moved. */
  #move(release: Release, { wave: index, startAtMs }: Fact<"waveMoved">): void {
    const wave = release.waves[index];
    if (wave === undefined) throw new Error("there is no such wave");
    const carriedMs = index === 0 ? 0 : (this.#shifts(release)[index - 1] ?? 0);
    const byMs = wave.members === undefined ? startAtMs - this.#ownStart(release, index) : 0;
    wave.setMs = startAtMs - (wave.members === undefined ? carriedMs : 0);
    wave.movedMs = 0;
    for (const behind of release.waves.slice(index + 1)) if (behind.members === undefined) behind.movedMs += byMs;
    if (release.phase === "needsDecision" && release.askedWave === index) release.phase = release.before;
    this.#forget();
  }

  /** The scheduler looks, until nothing more happens at this minute. `isBroken`: what the definitions say of a flag now. */
  look(atMs: number, isBroken: (flag: string) => boolean): void {
    this.#isBroken = isBroken;
    for (const { pin, untilMs } of this.pins.values()) {
      if (untilMs > atMs) continue;
      this.#dropPins((each) => each.pin === pin);
      this.happened.push({ atMs, what: `${pin} ends` });
    }
    for (const [id, release] of this.releases) {
      if (release.phase !== "planned" && release.phase !== "inProgress" && release.optIns.size === 0) continue;
      const ends = [...release.optIns].flatMap(([customer, untilMs]) => (untilMs !== undefined && untilMs <= atMs ? [customer] : []));
      for (const customer of ends.toSorted()) this.#end(id, release, customer, atMs);
      while ((release.phase === "planned" || release.phase === "inProgress") && this.#step(id, release, atMs));
    }
  }

  #end(id: string, release: Release, customer: string, atMs: number): void {
    release.optIns.delete(customer);
    this.happened.push({ atMs, what: `${id} ends the opt-in of ${customer}` });
  }

  #step(id: string, release: Release, atMs: number): boolean {
    const closed = this.#closed(release, atMs);
    for (const [index, wave] of release.waves.entries()) {
      const due = this.#waiting(release, index).filter((customer) => this.planned(id, index, customer) <= atMs);
      if (wave.members === undefined || due.length === 0) continue;
      if (due.some((customer) => atMs - this.planned(id, index, customer) > GRACE * MINUTE)) return this.#ask(id, index, atMs, closed);
    }
    for (const [index, wave] of release.waves.entries()) {
      if (wave.members === undefined) return this.#begin(id, release, index, atMs) || false;
      if (closed.length > 0) continue;
      const now = this.#waiting(release, index).filter((customer) => this.planned(id, index, customer) <= atMs && this.#isFree(release, index, customer, atMs));
      if (now.length === 0) continue;
      for (const customer of now) wave.has.add(customer);
      this.happened.push({ atMs, what: `${id} gives wave ${index} to ${now.toSorted().join(" ")}` });
      return true;
    }
    const last = release.waves.length - 1;
    const isWatched = atMs >= (release.waves[last]?.begunMs ?? 0) + (release.content.waves[last]?.bakeMs ?? 0);
    if (!isWatched || release.waves.some((_, index) => this.#waiting(release, index).length > 0)) return false;
    release.phase = "completed";
    this.happened.push({ atMs, what: `${id} is completed` });
    return true;
  }

  #ask(id: string, index: number, atMs: number, why: readonly string[]): true {
    const release = this.releases.get(id);
    if (release !== undefined) Object.assign(release, { before: release.phase, phase: "needsDecision", askedWave: index });
    this.happened.push({ atMs, what: `${id} asks about wave ${index}: ${why.length === 0 ? "missed" : [...why].sort().join(" ")}` });
    return true;
  }

  #begin(id: string, release: Release, index: number, atMs: number): boolean {
    const own = this.#ownStart(release, index);
    const frozen = [...this.#freezes.values()].filter((freeze) => freeze.policy === "ask" && isIn(own, freeze)).map(() => "frozen");
    const wave = release.waves[index];
    if (wave === undefined) return false;
    const members = this.#belong.get(wave) ?? this.#wouldBelong(id, release, index);
    this.#belong.set(wave, members);
    const first = frozen.length > 0 || members.length === 0 ? own : Math.min(...members.map((customer) => this.planned(id, index, customer)));
    if (atMs < first) return false;
    const before = release.waves[index - 1];
    const isBaked = before === undefined || atMs >= before.begunMs + (release.content.waves[index - 1]?.bakeMs ?? 0);
    const closed = [...this.#closed(release, atMs), ...(isBaked ? [] : ["bakeNotOver"]), ...frozen];
    if (frozen.length > 0 || atMs - first > GRACE * MINUTE) return this.#ask(id, index, atMs, closed);
    const now = members.filter((customer) => this.planned(id, index, customer) <= atMs && this.#isFree(release, index, customer, atMs));
    const isFree = members.length > 0 ? now.length > 0 : this.#isWaveFree(release, atMs);
    if (closed.length > 0 || !isFree) return false;
    const shiftMs = this.#shifts(release)[index] ?? 0;
    for (const each of release.waves.slice(index)) each.movedMs += shiftMs;
    Object.assign(wave, { members: new Set(members), has: new Set(now), begunMs: atMs, rest: isForAll(release.content.waves[index]?.audience) });
    release.phase = "inProgress";
    this.#forget();
    this.happened.push({ atMs, what: `${id} begins wave ${index} for ${members.toSorted().join(" ")}: ${now.toSorted().join(" ")}` });
    return true;
  }

  #closed(release: Release, atMs: number): readonly string[] {
    const { approvals = [], needs = [], flags } = release.content;
    return [
      ...(approvals.every((role) => release.approved.get(role)?.hash === release.hash) ? [] : ["approvalMissing"]),
      ...approvals.filter((role) => release.approved.get(role)?.hash === release.hash && this.#isOver(release, role, atMs)).map(() => "approvalEnded"),
      ...needs.filter(({ service, version }) => !isAtLeast(this.#versions.get(service), version)).map(() => "deploymentMissing"),
      ...flags.filter(({ flag }) => this.#isBroken(flag)).map(() => "flagInvalid"),
    ];
  }

  #isOver({ approved }: Release, role: string, atMs: number): boolean {
    return atMs >= (approved.get(role)?.endsMs ?? 0);
  }

  #waiting({ waves }: Release, index: number): readonly string[] {
    return [...(waves[index]?.members ?? [])].filter((customer) => waves[index]?.has.has(customer) !== true && this.customers.has(customer));
  }

  /** Whom the wave would take if it began now: named by it, and by no wave before it. */
  #wouldBelong(id: string, release: Release, index: number): readonly string[] {
    const isNamed = (at: number, { id: customer, track, tags }: Customer): boolean => {
      const begun = release.waves[at]?.members;
      if (begun !== undefined) return begun.has(customer) || release.waves[at]?.rest === true;
      const audience = release.content.waves[at]?.audience ?? {};
      if (audience.tracks !== undefined && !audience.tracks.includes(track)) return false;
      if (audience.tags !== undefined && !audience.tags.some((tag) => tags.includes(tag))) return false;
      if (audience.customers !== undefined && !audience.customers.includes(customer)) return false;
      return audience.share === undefined || slot(`${id}:${at}`, customer) < audience.share;
    };
    const all = [...this.customers.values()];
    return all.filter((each) => isNamed(index, each) && !release.waves.slice(0, index).some((_, at) => isNamed(at, each))).map((each) => each.id);
  }

  #wished(release: Release, index: number, zone: string): number {
    const [wave, start] = [release.waves[index], release.content.waves[index]?.start];
    if (wave === undefined || start === undefined) throw new Error("there is no such wave");
    return (wave.setMs ?? ("atMs" in start ? start.atMs : instantIn(zone, start.local))) + wave.movedMs;
  }

  /** By how much freezes move each wave that has not begun. */
  #shifts(release: Release): readonly number[] {
    const known = this.#shift.get(release);
    if (known !== undefined) return known;
    const shifting = [...this.#freezes.values()].filter(({ policy }) => policy === "shift");
    const { openHours, zone } = release.content;
    let shiftMs = 0;
    const shifts = release.waves.map((wave, index) => {
      if (wave.members !== undefined) return 0;
      const start = this.#wished(release, index, zone) + shiftMs;
      const opened = firstFree(start, (atMs) => isOpen(atMs, openHours, zone));
      if (shifting.some((freeze) => isIn(opened, freeze)))
        shiftMs += firstFree(start, (atMs) => isOpen(atMs, openHours, zone) && !shifting.some((freeze) => isIn(atMs, freeze))) - start;
      return shiftMs;
    });
    this.#shift.set(release, shifts);
    return shifts;
  }

  #ownStart(release: Release, index: number): number {
    const { openHours, zone } = release.content;
    const wave = release.waves[index];
    const known = wave === undefined ? undefined : this.#own.get(wave);
    if (known !== undefined || wave === undefined) return known ?? Number.NaN;
    const own = firstFree(this.#wished(release, index, zone) + (this.#shifts(release)[index] ?? 0), (atMs) => isOpen(atMs, openHours, zone));
    this.#own.set(wave, own);
    return own;
  }

  #isFree(release: Release, index: number, customer: string, atMs: number): boolean {
    const { openHours, risk, zone, waves } = release.content;
    const isLocal = "local" in (waves[index]?.start ?? {});
    if (!isOpen(atMs, openHours, isLocal ? (this.customers.get(customer)?.zone ?? zone) : zone)) return false;
    if ([...this.#freezes.values()].some((freeze) => isIn(atMs, freeze))) return false;
    const concerns = ({ releases, risks }: Hold): boolean =>
      (releases === undefined && risks === undefined) || releases?.some((id) => this.releases.get(id) === release) === true || risks?.includes(risk) === true;
    return ![...this.#holds.values()].some((hold) => hold.customers.includes(customer) && concerns(hold) && isIn(atMs, hold));
  }

  #isWaveFree({ content: { openHours, zone } }: Release, atMs: number): boolean {
    return isOpen(atMs, openHours, zone) && ![...this.#freezes.values()].some((freeze) => isIn(atMs, freeze));
  }

  /** The minute of one customer's turn. */
  planned(id: string, index: number, customer: string): number {
    const key = `${id} ${index} ${customer}`;
    const known = this.#planned.get(key);
    if (known !== undefined) return known;
    const release = this.releases.get(id);
    if (release === undefined) throw new Error("there is no such release");
    const wished = this.#wished(release, index, this.customers.get(customer)?.zone ?? release.content.zone) + (this.#shifts(release)[index] ?? 0);
    const atMs = firstFree(wished, (minute) => this.#isFree(release, index, customer, minute));
    this.#planned.set(key, atMs);
    return atMs;
  }

  /** Whether the release gives the customer its value, kills not considered. */
  gives(id: string, customer: string): boolean {
    const release = this.releases.get(id);
    if (release === undefined || release.phase === "rolledBack") return false;
    const { optIns, waves } = release;
    if (optIns.has(customer) || waves.some((wave) => wave.has.has(customer))) return true;
    return waves.some(({ rest }) => rest) && !waves.some(({ members }) => members?.has(customer) === true);
  }

  /** Whether the customer has the flag's released value, kills not considered: from any release that gave it. */
  has(flag: string, customer: string): boolean {
    return [...this.releases].some(([id, { content }]) => content.flags.some((each) => each.flag === flag) && this.gives(id, customer));
  }
}

const freshWave = (): Wave => ({ movedMs: 0, rest: false, begunMs: 0, has: new Set() });

function pause(release: Release): void {
  if (release.phase === "planned" || release.phase === "inProgress") release.before = release.phase;
  if (release.phase === "planned" || release.phase === "inProgress" || release.phase === "needsDecision") release.phase = "paused";
}

/** A window that is ended early has ended then; one that has not begun never was. */
function cutShort<W extends { readonly fromMs: number; readonly untilMs: number }>(windows: Map<string, W>, id: string, atMs: number): void {
  const window = windows.get(id);
  if (window === undefined) return;
  if (window.fromMs >= atMs) windows.delete(id);
  else windows.set(id, { ...window, untilMs: Math.min(window.untilMs, atMs) });
}

const isForAll = (audience: Content["waves"][number]["audience"] | undefined): boolean => audience !== undefined && Object.keys(audience).length === 0;

function isAtLeast(running: string | undefined, needed: string): boolean {
  if (running === undefined) return false;
  const [a, b] = [running.split(".").map(Number), needed.split(".").map(Number)];
  for (const place of [0, 1, 2]) if (a[place] !== b[place]) return (a[place] ?? 0) > (b[place] ?? 0);
  return true;
}
