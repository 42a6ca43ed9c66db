import { type KillScope, type Patch, segmentsOf, type Snapshot, type UrgentKill } from "@sluice/evaluation";
import type { Log, StreamSink } from "@sluice/ports";
import { frames } from "../frames.ts";
import { HEARTBEAT_MS, type Hub, type HubChange } from "../hub.ts";
import { BrowserView, type Viewer } from "./browser-view.ts";

/** Up to this many streams ask again at once after a change that is no kill; */
const REFETCH_AT_ONCE_MAX = 20;
/** above that so many a second on average, which leaves most of a core to everything else, */
const REFETCHES_PER_S = 2_000;
/** but a page is never behind by more than this. */
const JITTER_MS_MAX = 30_000;

interface Subscriber {
  readonly sink: StreamSink;
  readonly viewer: Viewer;
  /** Wall-clock milliseconds after which its token is no longer good; absent without one. */
  readonly expiresAtMs?: number;
}

const EVERYBODYS: ReadonlySet<string> = new Set<keyof KillScope>(["services", "versions"]);

/** The pages of one environment: what they are answered, and what they are told when it changes. */
export class BrowserHub {
  readonly #hub: Hub;
  readonly #subscribers = new Set<Subscriber>();
  #view: BrowserView | undefined;

  constructor(hub: Hub, log: Log) {
    this.#hub = hub;
    hub.follow((change) => {
      try {
        this.#changed(change);
      } catch (error) {
        // Whoever kills must never hear of pages: theirs come back and ask again.
        log.error("browser.failed", { environment: hub.environment, why: error instanceof Error ? error.message : String(error) });
        this.closeAll();
      }
    });
  }

  streams(viewer: Viewer): number {
    let open = 0;
    for (const subscriber of this.#subscribers) if (subscriber.viewer === viewer) open += 1;
    return open;
  }

  /** How the environment answers now; made when it is first asked for after a change. Undefined where there is no snapshot yet. */
  get view(): BrowserView | undefined {
    const { snapshot, urgent } = this.#hub;
    if (snapshot === undefined) return undefined;
    const isSame = this.#view?.snapshot === snapshot && sameKills(this.#view.urgent, urgent);
    if (!isSame) this.#view = new BrowserView(snapshot, urgent, this.#view);
    return this.#view;
  }

  /** Begins a page's stream: where the environment stands, and every kill in force that the log does not have yet. */
  attach(subscriber: Subscriber): () => void {
    const { sink, viewer } = subscriber;
    const { snapshot, urgent, environment } = this.#hub;
    const view = this.view;
    if (snapshot === undefined || view === undefined) {
      sink.close();
      return () => {};
    }
    sink.write(frames.browserHello({ environment, epoch: snapshot.epoch, seq: snapshot.seq, heartbeatMs: HEARTBEAT_MS, jitterMs: 0 }));
    for (const kill of urgent) {
      const { kill: bytes, isMore } = killFrames(view, kill);
      if (bytes[viewer] !== undefined) sink.write(bytes[viewer]);
      if (isMore) sink.write(frames.changed(snapshot, 0));
    }
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  }

  /** Ends streams whose token is no longer good, and tells the others that theirs stands. */
  heartbeat(nowMs: number): void {
    for (const subscriber of this.#subscribers) {
      if ((subscriber.expiresAtMs ?? Number.POSITIVE_INFINITY) <= nowMs) this.#end(subscriber);
      else this.#write(subscriber, frames.beat());
    }
  }

  closeAll(): void {
    for (const subscriber of this.#subscribers) this.#end(subscriber);
  }

  #changed(change: HubChange): void {
    if (this.#subscribers.size === 0) return;
    const before = this.#view;
    const view = this.view;
    if (view === undefined) return;
    if (change.kind === "sealed") return;
    if (change.kind === "reset") return this.#hint(view);
    if (change.kind === "urgent") return this.#killed(view, [change.kill]);
    // What a kill brings to everybody does not wait for a hint's jitter, whatever came with it.
    this.#killed(view, Object.values(change.patch.set?.kills ?? {}));
    if (!isOnlyKills(change.patch) && touches(change, new Set([...(before?.closure ?? []), ...view.closure]))) this.#hint(view);
  }

  #killed(view: BrowserView, kills: readonly Pick<UrgentKill, "flags" | "scope">[]): void {
    let isMore = false;
    for (const kill of kills) {
      const { kill: bytes, isMore: more } = killFrames(view, kill);
      isMore ||= more;
      for (const subscriber of this.#subscribers) if (bytes[subscriber.viewer] !== undefined) this.#write(subscriber, bytes[subscriber.viewer]);
    }
    if (isMore) this.#hint(view);
  }

  #hint(view: BrowserView): void {
    const streams = this.#subscribers.size;
    const jitterMs = streams <= REFETCH_AT_ONCE_MAX ? 0 : Math.min(JITTER_MS_MAX, Math.ceil((streams / REFETCHES_PER_S) * 1_000));
    const bytes = frames.changed(view.snapshot, jitterMs);
    for (const subscriber of this.#subscribers) this.#write(subscriber, bytes);
  }

  #write(subscriber: Subscriber, bytes: Uint8Array | undefined): void {
    // A reader that cannot keep up is let go, as in the SDKs' hub: it comes back and asks again.
    if (bytes !== undefined && !subscriber.sink.write(bytes)) this.#end(subscriber);
  }

  #end(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
    subscriber.sink.close();
  }
}

/** The same bytes for everybody with the same view, made once; without them where whom the kill covers differs by context. */
function killFrames(
  view: BrowserView,
  kill: Pick<UrgentKill, "flags" | "scope">,
): { readonly kill: Partial<Record<Viewer, Uint8Array>>; readonly isMore: boolean } {
  // Pages state no service and no version, so a scope of these alone covers all of them, as it does every SDK that states none.
  if (!Object.keys(kill.scope ?? {}).every((part) => EVERYBODYS.has(part))) return { kill: {}, isMore: kill.flags.some((key) => view.closure.has(key)) };
  const { off, isMore } = view.effectOf(kill.flags);
  const made: Partial<Record<Viewer, Uint8Array>> = {};
  for (const viewer of ["signed", "public"] as const) {
    const answers = view.answers(viewer, {}, off);
    if (Object.keys(answers).length > 0) made[viewer] = frames.browserKill(view.snapshot, answers);
  }
  return { kill: made, isMore };
}

function sameKills(a: readonly UrgentKill[], b: readonly UrgentKill[]): boolean {
  return a.length === b.length && a.every((kill, index) => kill === b[index]);
}

function isOnlyKills({ set = {}, drop = {} }: Patch): boolean {
  return Object.keys(drop).length === 0 && Object.keys(set).every((part) => part === "kills" || part === "journals");
}

/** Whether a patch can change an answer of these flags. Segments are few and shared: any change of one counts. */
function touches({ patch, before }: { readonly patch: Patch; readonly before: Snapshot }, closure: ReadonlySet<string>): boolean {
  const { set = {}, drop = {} } = patch;
  if (set.salt !== undefined || set.customer !== undefined || segmentsOf(patch).length > 0) return true;
  const kills = [...Object.values(set.kills ?? {}), ...(drop.kills ?? []).flatMap((id) => before.kills?.[id] ?? [])];
  return [...Object.keys(set.flags ?? {}), ...(drop.flags ?? []), ...kills.flatMap(({ flags }) => flags)].some((key) => closure.has(key));
}
