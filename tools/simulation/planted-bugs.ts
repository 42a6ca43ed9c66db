/** A bug put into a copy of the real code: one text, replaced once. */
export interface PlantedBug {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** A seed that showed it once, which is played first: others that do are hundreds apart. */
  readonly shownBy?: number;
}

/** Bugs that the simulation must find again on every commit. A text that is no longer there is a failure, so the list stays true. */
export const plantedBugs: readonly PlantedBug[] = [
  {
    name: "an emergency kill is acknowledged before its journal is written",
    file: "packages/fanout/src/kill-intake.ts",
    find: "      await journal.write(kill);",
    replace: "      void kill;",
  },
  {
    name: "a restarted process forgets its journal",
    file: "packages/fanout/src/emergency-journal.ts",
    find: "former.filter((kill) => kill.counter > adopted);",
    replace: "former.filter(() => false);",
  },
  {
    name: "a kill is acknowledged without waiting for the store",
    file: "packages/fanout/src/kill-intake.ts",
    find: 'if (result === "passed") return { kind: "tooLate", proposals: decided.value };\n        if (result.kind === "appended") {',
    replace: 'if (result === "passed") return { kind: "done" };\n        if (result.kind === "appended") {',
  },
  {
    name: "an urgent kill ends at once",
    file: "packages/evaluation/src/kill.ts",
    find: "export function isUrgentInForce(",
    replace: "export function isUrgentInForce(..._ignored: unknown[]): boolean {\n  return false;\n}\nexport function isUrgentInForceAsItWas(",
  },
  {
    name: "a silent feed is never begun anew",
    file: "packages/fanout/src/feed-client.ts",
    find: 'if (this.#connection !== undefined && this.#world.clock.monotonicMs() - this.#heardMs > SILENT_MS) this.#again("silent");',
    replace: "void SILENT_MS;",
  },
  {
    name: "counters begin again with each boot",
    file: "packages/fanout/src/emergency-journal.ts",
    find: "return this.#boot * COUNTERS_PER_BOOT + ++this.#count;",
    replace: "void COUNTERS_PER_BOOT;\n    return ++this.#count;",
  },
  {
    name: "later kills overtake emergency kills that wait",
    file: "packages/fanout/src/kill-intake.ts",
    find: 'if (adoption.isWaiting && !(await adoption.adopt(deadline))) return { kind: "tooLate", proposals: decided.value };',
    replace: "void 0;",
  },
  {
    name: "a merge lifts kills",
    file: "packages/releases/src/apply-event.ts",
    find: "environments[environment] = { ...known, kept:",
    replace: "environments[environment] = { ...known, kills: PersistentMap.empty(), kept:",
  },
  {
    name: "events are published before those in front of them",
    file: "packages/server/src/publication.ts",
    find: "const [first, ...others] = this.#queue;",
    replace: "const [first, ...others] = this.#queue.slice(-1);",
  },
  {
    name: "lifting one kill lifts all of that environment",
    file: "packages/releases/src/apply-event.ts",
    find: "kills: known.kills.delete(kill)",
    replace: "kills: PersistentMap.empty()",
  },
  {
    name: "a snapshot from disk is taken for newer than it is",
    file: "packages/fanout/src/disk-cache.ts",
    find: "patches: patchesOf(kept.patches) }, kept.folded, beside",
    replace: "patches: patchesOf(kept.patches) }, kept.folded + 3, beside",
  },
  {
    name: "a version is published without the adoption before it",
    file: "packages/fanout/src/publisher.ts",
    find: 'commitAdopted: "compiled",',
    replace: 'commitAdopted: "nothing",',
  },
  {
    name: "an adoption names contents that nobody kept",
    file: "packages/server/src/adoption.ts",
    find: "(id) => !this.#stored.has(id));\n    if (doubtful",
    replace: "(id) => !texts.has(id));\n    if (doubtful",
  },
  {
    name: "the SDK never notices that its stream is silent",
    file: "sdks/js-server/src/live-stream.ts",
    find: "if (silentMs >= SILENT_MS_MAX)",
    replace: "if (silentMs >= 1e9)",
  },
  {
    name: "an SDK's urgent kill is forgotten with the next patch",
    file: "sdks/js-server/src/holder.ts",
    find: "    const urgent = this.#inForce(next, [...this.#urgent.values()]);\n    const patched",
    replace: "    const urgent = this.#inForce(next, []);\n    const patched",
  },
  {
    name: "emergency kills are not sent",
    file: "packages/fanout/src/kill-intake.ts",
    find: "    this.sendUrgent(kill);\n    this.#track(kill.kill, environment, askedMs, undefined);",
    replace: "    this.#track(kill.kill, environment, askedMs, undefined);",
  },
  {
    name: "a kill that is sent ahead reaches every environment",
    file: "packages/fanout/src/publisher.ts",
    find: 'if (facts.kind !== "flagsKilled" || facts.environment !== hub.environment || hub.snapshot === undefined) return;',
    replace: 'if (facts.kind !== "flagsKilled" || hub.snapshot === undefined) return;',
  },
  {
    name: "an SDK applies the version that it has again",
    file: "sdks/js-server/src/holder.ts",
    find: 'if (patch.epoch === head.epoch && patch.to <= head.seq) return { kind: "same" };',
    replace: "if (patch.epoch === head.epoch && patch.to <= head.seq) return this.#swapped([], false);",
  },
  {
    name: "an SDK tries again after a short outage as if it had been a long one",
    file: "sdks/js-server/src/backoff.ts",
    find: "const EARLY_WAIT_MS_MAX = 4_000;",
    replace: "const EARLY_WAIT_MS_MAX = 30_000;",
  },
  {
    name: "an expired kill ends by itself",
    file: "packages/releases/src/apply-event.ts",
    find: "kills: known.kills.set(id, kill),",
    replace:
      "kills: known.kills.entriesSorted().reduce((kept, [one, { reviewAtMs = event.atMs }]) => (reviewAtMs < event.atMs ? kept.delete(one) : kept), known.kills).set(id, kill),",
  },
  {
    name: "a relay hands on no kill",
    file: "packages/fanout/src/relay/upstream.ts",
    find: "    void this.#handOnAll().finally(() => {",
    replace: "    void Promise.resolve().finally(() => {",
  },
  {
    name: "a relay forgets a kill when the server has heard it, before its log has it",
    file: "packages/fanout/src/relay/upstream.ts",
    find: "    if (reply !== undefined && reply.status >= 300)",
    replace:
      "    if (reply?.status === 200) for (const kill of [...(this.#journal?.pending ?? [])]) void this.#journal?.settled([kill]);\n    if (reply !== undefined && reply.status >= 300)",
  },
  {
    name: "kills of relays are not taken into the log",
    file: "packages/fanout/src/relay/relay-kills.ts",
    find: "return [...this.#waiting.values()].map(({ kill }) => kill);",
    replace: "return [];",
  },
  {
    name: "a relay's kill is not sent to the server's own SDKs",
    file: "packages/fanout/src/relay/relay-kills.ts",
    find: "      this.#parts.sendUrgent(one.kill);\n",
    replace: "",
  },
  {
    name: "the server takes a relay's newest kill first",
    file: "packages/fanout/src/relay/relay-kills.ts",
    find: "for (const sent of kills) {",
    replace: "for (const sent of kills.toReversed()) {",
  },
  {
    name: "a relay hears urgent kills only when its feed begins anew",
    file: "packages/fanout/src/relay/relay-door.ts",
    find: 'return this.#broadcast(environment, { kind: "urgent", environment, kill: change.kill, ...optional(change.signature) });',
    replace: "return;",
  },
  {
    name: "a relay is told of environments that its key does not open",
    file: "packages/fanout/src/relay/relay-door.ts",
    find: "for (const one of this.#listening) if (one.hears(environment)) this.#write(one, message);",
    replace: "for (const one of this.#listening) this.#write(one, message);",
  },
  {
    name: "a database that has lost its newest decisions is taken for whole",
    file: "packages/fanout/src/lost-tail.ts",
    find: "      if (first === undefined) return this.#keepOwn();",
    replace: "      if (first?.hash !== undefined || first === undefined) return true;",
  },
  {
    name: "a running process does not notice that the database has lost what it had read",
    file: "packages/store/src/log-follower.ts",
    find: "        this.#lose();\n        throw lostDecisions();",
    replace: "        return;",
  },
  {
    name: "kills that a database has forgotten beneath a running process do not enter the log again",
    file: "packages/fanout/src/lost-tail.ts",
    find: "    void this.check();\n    return this.#checked;",
    replace: "    this.#pass();",
  },
  {
    name: "kills that a restored database has forgotten do not enter the log again",
    file: "packages/fanout/src/lost-kills.ts",
    find: "if (known === undefined || known.kills.has(id)",
    replace: "if (known !== undefined || known.kills.has(id)",
  },
  {
    name: "a new epoch does not say how far the lost one was seen",
    file: "packages/fanout/src/lost-tail.ts",
    find: "...(first.hash === undefined ? {} : this.#seenBefore(over, seen)),",
    replace: "...(first.hash === undefined ? {} : this.#seenBefore(new Set(), seen)),",
  },
  {
    name: "an SDK forgets kills that a restored database has forgotten",
    shownBy: 6176,
    file: "sdks/js-server/src/holder.ts",
    find: "const carried = head === undefined ? [] : carriedKills(head, envelope);",
    replace: "const carried = head === undefined ? [] : carriedKills(head, { ...envelope, replaces: [] });",
  },
  {
    name: "what the API says of an epoch that is over is served",
    shownBy: 2246,
    file: "packages/fanout/src/publisher.ts",
    find: "this.ended(event.facts.replaces);",
    replace: "void event.facts.replaces;",
  },
  {
    name: "an API that goes on from what a loss has left is believed",
    shownBy: 608,
    file: "packages/fanout/src/fanout.ts",
    find: "this.#publisher.look = () => this.#log.readAnew();",
    replace: "this.#publisher.look = async () => {};",
  },
  {
    name: "kills that are on disk beside the snapshot alone are forgotten",
    shownBy: 2807,
    file: "packages/fanout/src/kill-cache.ts",
    find: "log.epoch === seen.epoch && log.seq < seen.seq) return undefined;",
    replace: "log.epoch === seen.epoch && log.seq < 0) return undefined;",
  },
  {
    name: "a relay does not offer kills that the server has lost",
    shownBy: 68,
    file: "packages/fanout/src/relay/upstream.ts",
    find: "      return kills.length === 0 ? [] : [{ environment,",
    replace: "      return kills.length >= 0 ? [] : [{ environment,",
  },
  {
    name: "a guard kills for everybody",
    file: "packages/fanout/src/guards/guard-deeds.ts",
    find: "flags: [flag], scope, reason },",
    replace: "flags: [flag], reason },",
  },
  {
    name: "a guard sees no harm",
    file: "packages/fanout/src/guards/guards.ts",
    find: "const harm = watch.query.take(asked.samples);",
    replace: "const harm = watch.query.take([]);",
  },
  {
    name: "a guard counts no failure that SDKs report",
    file: "packages/fanout/src/guards/outcome-book.ts",
    find: "    side.failed += failed;\n",
    replace: "",
  },
  {
    name: "kills that one server alone knew do not enter the epoch that another has begun",
    file: "packages/fanout/src/lost-kills.ts",
    find: "      const missing = kills.filter((kill) => this.isMissing(kill));",
    replace: "      const missing = kills.filter(() => this.#inLog.size < 0);",
  },
];
