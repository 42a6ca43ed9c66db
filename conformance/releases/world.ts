// A random world: customers over zones, days around a change of clocks, people who decide at random minutes, and a server whose clock is set
// and that is away. Everything from the seed.
import type { Audience, Customer, Decisions, Proposal, Refusal, ReleaseContent } from "@sluice/releases";
import * as releases from "@sluice/releases";
import { murmur32 } from "../naive/hashing.ts";
import { seeded } from "../worlds.ts";
import { changesOf, MINUTE, offsetMs, type Window } from "./calendar.ts";

const HOUR = 60 * MINUTE;
export const ENVIRONMENT = "production";
export const FLAGS = ["photos", "maps", "offers"];
/**
 * North and south, by an hour and by half of one, at offsets of half an hour and of three quarters, at night and at midnight. Each world is laid
 * around a change of the clocks of one of them.
 */
export const CHANGING = [
  "America/Los_Angeles",
  "America/New_York",
  "America/St_Johns",
  "America/Havana",
  "America/Santiago",
  "Atlantic/Azores",
  "Europe/London",
  "Europe/Berlin",
  "Europe/Helsinki",
  "Africa/Cairo",
  "Asia/Beirut",
  "Australia/Sydney",
  "Australia/Adelaide",
  "Australia/Lord_Howe",
  "Pacific/Auckland",
  "Pacific/Chatham",
];
const ZONES = [...CHANGING, "Asia/Kolkata", "Asia/Kathmandu", "UTC"];
/** Both changes of a year fall into it, in each of those zones. */
const YEAR: Window = { fromMs: Date.parse("2026-08-01T00:00Z"), untilMs: Date.parse("2027-08-01T00:00Z") };
const PEOPLE = ["ada", "ben", "cy"];
const TRACKS = ["internal", "early", "standard", "late"] as const;
type Granted = { readonly ok: true; readonly value: readonly Proposal[] } | { readonly ok: false; readonly problem: Refusal };

type Weighted = readonly [weight: number, make: () => Granted | undefined];

interface Owned {
  readonly own: ReadonlySet<string>;
}

interface Known {
  readonly ids: readonly string[];
  readonly atMs: number;
}

/** The server's clock is set at `atMs`: from then on it shows `byMs` more than it would have. */
export interface Jump {
  readonly atMs: number;
  readonly byMs: number;
}

/** Its own times are those of a clock that nobody sets; what the server's clock shows then is `clockMs`. */
export class World {
  readonly random: () => number;
  readonly startMs: number;
  readonly endMs: number;
  /** Whose clocks change in this world, and when. */
  readonly home: string;
  readonly changeMs: number;
  readonly jumps: readonly Jump[];
  readonly customers: readonly Customer[];
  /** Minutes at which somebody decides. */
  readonly decisionsAtMs: readonly number[];
  /** The scheduler does not look. */
  readonly absences: readonly Window[];
  /** The definition of a flag is broken. */
  readonly broken: readonly (Window & { readonly flag: string })[];
  #made = 0;
  /** Draws of pins alone: they change nothing of what else happens in a world. */
  readonly #drawOfPins: () => number;
  /** What was wished for each release, to come back to. */
  #pinned = 0;
  readonly #contents = new Map<string, readonly ReleaseContent[]>();

  constructor(seed: number) {
    this.random = seeded(seed);
    this.#drawOfPins = seeded(seed ^ PINS);
    this.home = this.pick(CHANGING);
    this.changeMs = this.pick(changesOf(this.home, YEAR));
    this.startMs = this.changeMs - this.between(-6 * 60, 36 * 60) * MINUTE;
    this.endMs = this.startMs + this.between(24, 60) * HOUR;
    this.customers = Array.from({ length: this.between(3, 12) }, () => this.#customer());
    const first = Array.from({ length: 5 }, () => this.startMs);
    this.decisionsAtMs = [...first, ...Array.from({ length: this.between(5, 30) }, () => this.minute())];
    this.absences = Array.from({ length: this.chance(0.4) ? this.between(1, 2) : 0 }, () => this.#span(this.between(1, this.pick([14, 30, 90]))));
    this.jumps = Array.from({ length: this.chance(0.5) ? this.between(1, 4) : 0 }, () => this.#jump()).sort((a, b) => a.atMs - b.atMs);
    this.broken = Array.from({ length: this.chance(0.15) ? 1 : 0 }, () => ({ ...this.#span(this.between(5, 200)), flag: this.pick(FLAGS) }));
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  between(least: number, most: number): number {
    return least + Math.floor(this.random() * (most - least + 1));
  }

  pick<T>(list: readonly T[]): T {
    const found = list[Math.floor(this.random() * list.length)];
    if (found === undefined) throw new Error("nothing to pick from");
    return found;
  }

  minute(fromMs: number = this.startMs, untilMs: number = this.endMs): number {
    return fromMs + Math.floor((this.random() * (untilMs - fromMs)) / MINUTE) * MINUTE;
  }

  readonly isBroken = (flag: string, atMs: number): boolean => this.broken.some((span) => span.flag === flag && span.fromMs <= atMs && atMs < span.untilMs);

  isAbsent(atMs: number): boolean {
    return this.absences.some(({ fromMs, untilMs }) => fromMs <= atMs && atMs < untilMs);
  }

  /** What the server's clock shows. */
  clockMs(atMs: number): number {
    return this.jumps.reduce((shownMs, jump) => (jump.atMs <= atMs ? shownMs + jump.byMs : shownMs), atMs);
  }

  #jump(): Jump {
    return { atMs: this.#busyMinute(), byMs: this.pick([-1, 1]) * this.between(1, this.pick([14, 14, 14, 30, 200, 900])) * MINUTE };
  }

  /** Half of them are near the change of the clocks, where many plans begin. */
  #busyMinute(): number {
    const minute = this.minute(this.changeMs - 60 * MINUTE, this.changeMs + 120 * MINUTE);
    return this.chance(0.6) && minute >= this.startMs ? minute : this.minute();
  }

  #zone(): string {
    return this.chance(0.4) ? this.home : this.pick(ZONES);
  }

  #span(minutes: number): Window {
    const fromMs = this.#busyMinute();
    return { fromMs, untilMs: fromMs + minutes * MINUTE };
  }

  #customer(): Customer {
    this.#made += 1;
    const id = `c${this.#made}`;
    const zone = this.chance(0.8) ? { zone: this.#zone() } : {};
    const tags = ["a", "b"].filter(() => this.chance(0.4));
    const track = this.pick(TRACKS);
    const internal = track === "internal" ? { internal: true as const } : {};
    return { id, ...zone, track, tags, ...internal, hashes: { [ENVIRONMENT]: id.padStart(16, "0") } };
  }

  #audience(): Audience {
    const kind = this.between(0, 9);
    if (kind < 3) return { tracks: [this.pick(TRACKS), this.pick(TRACKS)] };
    if (kind < 4) return { tags: [this.pick(["a", "b"])] };
    if (kind < 5) return { customers: [this.pick(this.customers).id, this.pick(this.customers).id] };
    return kind < 7 ? { share: this.between(10_000, 90_000) } : {};
  }

  /** Where a plan begins: where clocks change, where the server's is set or the server is away, or at any time. */
  #beginning(nowMs: number): number {
    const troubles = [...this.jumps.map(({ atMs }) => atMs), ...this.absences.map(({ fromMs }) => fromMs)].map((atMs) => this.clockMs(atMs - MINUTE));
    const ahead = troubles.filter((atMs) => atMs > nowMs);
    return ahead.length > 0 && this.chance(0.6) ? this.pick(ahead) + this.between(-3, 15) * MINUTE : nowMs + this.between(-30, 12 * 60) * MINUTE;
  }

  /** Half of the starts are near to each other, so that bakes, holds and graces meet; a third of the plans begin where clocks change. */
  content(nowMs: number): ReleaseContent {
    const isAtChange = this.changeMs > nowMs && this.chance(0.35);
    let atMs = isAtChange ? this.changeMs + this.between(-30, 70) * MINUTE : this.#beginning(nowMs);
    const zone = this.#zone();
    const bake = (): number => this.pick([0, 5, 10, 60, 240, 1440]) * MINUTE;
    // Whoever plans for that night reads the clock as it was before: some of these times are skipped, and some come twice.
    const shown = (instant: number): number => instant + (isAtChange ? offsetMs(this.home, this.changeMs - MINUTE) : offsetMs(zone, instant));
    const waves = Array.from({ length: this.between(1, 4) }, (_, index) => {
      const bakeMs = bake();
      const isLocal = this.chance(isAtChange ? 0.8 : 0.4);
      const start = isLocal ? { local: new Date(shown(atMs)).toISOString().slice(0, 16) } : { atMs };
      atMs += this.chance(0.8) ? Math.max(0, bakeMs + this.between(-12, 300) * MINUTE) : this.between(0, 30) * MINUTE;
      return { name: `wave ${index}`, audience: this.#audience(), start, bakeMs };
    });
    const minute = new Date(shown(this.changeMs)).getUTCHours() * 60 + this.between(-20, 70);
    const from = isAtChange ? Math.max(0, minute) : this.between(0, 1300);
    return {
      title: `Release ${this.between(1, 1e9)}`,
      owner: "ada",
      environment: ENVIRONMENT,
      flags: [...new Set([this.pick(FLAGS), this.pick(FLAGS)])].map((flag) => ({ flag, serve: "on" })),
      risk: this.pick(releases.RISKS),
      zone,
      waves,
      ...(this.chance(0.25) ? { needs: [{ service: "web", version: this.pick(["1.0.0", "1.2.0", "1.10.0"]) }] } : {}),
      ...(this.chance(0.4) ? { approvals: [this.pick(["engineer", "product"] as const)] } : {}),
      ...(this.chance(0.35)
        ? { openHours: { days: [1, 2, 3, 4, 5, 6, 7].filter(() => this.chance(0.8)), fromMinute: from, toMinute: from + this.between(10, 140) } }
        : {}),
      ...(this.chance(0.5) ? { earlyAccessFromMs: this.minute() } : {}),
    };
  }

  /** Somebody wants something; what is refused happens to nobody. */
  decide(decisions: Decisions, atMs: number): readonly Proposal[] {
    this.#made += 1;
    const wish = this.#wish(decisions, atMs, `w${this.#made}`);
    return wish?.ok === true ? wish.value : [];
  }

  /** Somebody wants a pin placed or taken off, in half of the minutes in which people decide. */
  pin(decisions: Decisions, atMs: number): readonly Proposal[] {
    const draw = (most: number): number => Math.floor(this.#drawOfPins() * most);
    const of = <T>(list: readonly T[]): T | undefined => list[draw(list.length)];
    const kind = draw(10);
    this.#pinned += 1;
    const asking = { command: `pin${this.#pinned}`, atMs, by: "ada", role: "admin" as const, reason: "because", own: new Set<string>() };
    const [flag, customer, serve] = [of(FLAGS) ?? "", of(decisions.customers.entriesSorted())?.[0] ?? "", draw(3) > 0 ? "on" : "off"];
    const untilMs = atMs + (1 + draw(600)) * MINUTE;
    if (kind > 4) return [];
    const pin = `p${this.#pinned}`;
    const placed = of(decisions.environments[ENVIRONMENT]?.pins.entriesSorted() ?? [])?.[1].id;
    const done =
      kind === 4 && placed !== undefined
        ? releases.decideUnpin(decisions, PINNABLE, { ...asking, pin: placed })
        : releases.decidePin(decisions, PINNABLE, { ...asking, pin, environment: ENVIRONMENT, flag, customer, serve, untilMs });
    return done.ok ? done.value : [];
  }

  #wish(decisions: Decisions, atMs: number, command: string): Granted | undefined {
    const by = this.pick(PEOPLE);
    const asking = { command, atMs, by, role: "admin" as const, reason: "because", own: new Set<string>() };
    const ids = decisions.releases.entriesSorted().map(([id]) => id);
    if (ids.length === 0 || (ids.length < 3 && this.chance(0.2)))
      return this.#save(decisions, { ...asking, release: `r${ids.length + 1}`, content: this.content(atMs) });
    const release = this.pick(ids);
    const known = decisions.releases.get(release);
    if (known === undefined) return undefined;
    const ofKnown = { ...asking, release };
    const wishes = [...this.#steps(decisions, ofKnown, known), ...this.#surroundings(decisions, asking, { ids, atMs })];
    let at = this.random() * wishes.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, make] of wishes) if ((at -= weight) < 0) return make();
    return undefined;
  }

  /** What people do to one release, and how often. */
  #steps(decisions: Decisions, wish: releases.ReleaseWish & Owned, known: releases.ReleaseState): readonly Weighted[] {
    const { phase } = known;
    const customer = (): string => this.pick(this.customers).id;
    const until = (): { readonly untilMs?: number } => (this.chance(0.6) ? { untilMs: wish.atMs + this.between(1, 600) * MINUTE } : {});
    return [
      [phase === "draft" ? 60 : 0, () => releases.decidePlanRelease(decisions, wish, () => undefined)],
      [(known.content.approvals ?? []).length > 0 ? 14 : 0, () => this.#approve(decisions, wish)],
      [3, () => this.#save(decisions, { ...wish, content: this.#edit(decisions, wish.release, wish.atMs) })],
      [3, () => releases.decidePauseRelease(decisions, wish)],
      [phase === "paused" ? 15 : 0, () => releases.decideResumeRelease(decisions, wish)],
      [phase === "needsDecision" ? 15 : 4, () => this.#move(decisions, wish)],
      [6, () => releases.decideOptIn(decisions, { ...wish, customer: customer(), ...until() })],
      [2, () => releases.decideOptOut(decisions, { ...wish, customer: customer() })],
      [0.5, () => releases.decideCancelRelease(decisions, wish)],
      [0.5, () => releases.decideRollBack(decisions, wish)],
    ];
  }

  /** What happens around releases. */
  #surroundings(decisions: Decisions, asking: releases.Asking & Owned & { readonly reason: string }, { ids, atMs }: Known): readonly Weighted[] {
    const window = (): Window & { readonly environment: string } => {
      // Often at the very minute of a start, or while one waits in its grace.
      const near = decisions.releases.entriesSorted().flatMap(([, each]) => each.waves.map((_, index) => releases.waveStartMs(decisions, each, index)));
      const isNear = near.length > 0 && this.chance(0.4);
      const fromMs = isNear ? this.pick(near) + this.pick([-60, 0, 0, 3]) * MINUTE : atMs + this.between(-120, 600) * MINUTE;
      return { environment: ENVIRONMENT, fromMs, untilMs: fromMs + this.between(1, this.pick([20, 200, 2000])) * MINUTE };
    };
    const some = (): readonly string[] => decisions.customers.entriesSorted().flatMap(([id]) => (this.chance(0.3) ? [id] : []));
    const { command } = asking;
    const version = (): string => this.pick(["1.0.0", "1.2.0", "1.10.0", "0.9.0"]);
    return [
      [12, () => releases.decideHold(decisions, { ...asking, hold: `h${command}`, customers: some(), ...window(), ...this.#only(ids) })],
      [5, () => this.#endWindow(decisions, asking, "hold")],
      [3, () => releases.decideFreeze(decisions, { ...asking, freeze: `f${command}`, ...window(), policy: this.pick(["ask", "shift"]) })],
      [3, () => this.#endWindow(decisions, asking, "freeze")],
      [6, () => releases.decideRecordDeployment(decisions, { ...asking, service: "web", environment: ENVIRONMENT, version: version() })],
      [2, () => releases.decideKill(decisions, CATALOGUE, { ...asking, kill: `k${command}`, environment: ENVIRONMENT, flags: [this.pick(FLAGS)] })],
      [3, () => this.#liftKill(decisions, asking)],
      [4, () => releases.decideChangeCustomers(decisions, this.#customers(decisions, asking))],
    ];
  }

  #save(decisions: Decisions, wish: Omit<Parameters<typeof releases.decideSaveRelease>[1], "contentHash">): Granted {
    const expectedHash = decisions.releases.get(wish.release)?.contentHash;
    const contentHash = murmur32(JSON.stringify(wish.content)).toString(16);
    this.#contents.set(wish.release, [...(this.#contents.get(wish.release) ?? []), wish.content]);
    return releases.decideSaveRelease(decisions, { ...wish, contentHash, ...(expectedHash === undefined ? {} : { expectedHash }) });
  }

  #edit(decisions: Decisions, release: string, atMs: number): ReleaseContent {
    const content = decisions.releases.get(release)?.content ?? this.content(atMs);
    const wanted = this.content(atMs);
    const live = decisions.releases.get(release)?.waves.filter(({ phase }) => phase === "live").length ?? 0;
    const kind = this.between(0, 5);
    if (kind === 5) return this.pick(this.#contents.get(release) ?? [content]);
    if (kind === 0) return { ...content, title: `${this.pick(["A", "B"])} title` };
    if (kind === 1) return { ...content, flags: wanted.flags };
    if (kind === 2) return { ...content, waves: [...content.waves.slice(0, live), ...wanted.waves] };
    if (kind === 3)
      return { ...content, waves: content.waves.map((wave, index) => (index < live ? wave : { ...wave, start: { atMs: atMs + index * 3 * HOUR } })) };
    const { openHours: _hours, ...rest } = content;
    return { ...rest, ...(wanted.openHours === undefined ? {} : { openHours: wanted.openHours }) };
  }

  #approve(decisions: Decisions, wish: releases.ReleaseWish): Granted | undefined {
    const known = decisions.releases.get(wish.release);
    const as = known?.content.approvals?.[0];
    if (known === undefined || as === undefined) return undefined;
    // Many of them end within this world, and most of these at the minute of a start or a little before.
    const starts = known.waves.map((_, index) => releases.waveStartMs(decisions, known, index)).filter((startMs) => startMs > wish.atMs);
    const isNear = starts.length > 0 && this.chance(0.5);
    const untilMs = isNear ? this.pick(starts) - this.pick([0, 0, 4, 30]) * MINUTE : wish.atMs + this.between(1, 900) * MINUTE;
    const ends = untilMs > wish.atMs && this.chance(0.7) ? { untilMs } : {};
    return releases.decideApprove(decisions, { ...wish, role: as, as, contentHash: known.contentHash, ...ends });
  }

  #move(decisions: Decisions, wish: releases.ReleaseWish): Granted | undefined {
    const known = decisions.releases.get(wish.release);
    const wave = known?.phase === "needsDecision" && this.chance(0.8) ? (known.undecidedWave ?? 0) : this.between(0, (known?.waves.length ?? 1) - 1);
    return releases.decideMoveWave(decisions, { ...wish, wave, startAtMs: wish.atMs + this.between(-5, 600) * MINUTE });
  }

  #only(ids: readonly string[]): { readonly releases?: readonly string[]; readonly risks?: ReleaseContent["risk"][] } {
    return { ...(this.chance(0.15) ? { releases: [this.pick(ids)] } : {}), ...(this.chance(0.15) ? { risks: [this.pick(releases.RISKS)] } : {}) };
  }

  #endWindow(decisions: Decisions, asking: releases.Asking & { readonly own: ReadonlySet<string> }, kind: "hold" | "freeze"): Granted | undefined {
    const ids = (kind === "hold" ? decisions.holds : decisions.freezes).entriesSorted().map(([id]) => id);
    if (ids.length === 0) return undefined;
    const id = this.pick(ids);
    return kind === "hold" ? releases.decideLiftHold(decisions, { ...asking, hold: id }) : releases.decideEndFreeze(decisions, { ...asking, freeze: id });
  }

  #liftKill(decisions: Decisions, asking: releases.Asking): Granted | undefined {
    const kills = decisions.environments[ENVIRONMENT]?.kills.entriesSorted() ?? [];
    return kills.length === 0 ? undefined : releases.decideLift(decisions, { ...asking, kill: this.pick(kills)[0] });
  }

  #customers(decisions: Decisions, asking: releases.Asking): releases.ChangeCustomersWish {
    const known = decisions.customers.entriesSorted();
    if (known.length > 2 && this.chance(0.15)) return { ...asking, set: [], removed: [this.pick(known)[0]] };
    const changed = { ...this.pick(known)[1], track: this.pick(TRACKS) };
    return { ...asking, set: [this.chance(0.6) ? this.#customer() : changed] };
  }
}

/** Any number that is no world's: the stream of pins is another one than the world's own. */
const PINS = 0x50_1245;
const PINNABLE = new Map(FLAGS.map((flag) => [flag, { kind: "release" as const, variants: ["off", "on"] }]));
const CATALOGUE = new Map(FLAGS.map((flag) => [flag, { kind: "release" as const }]));
