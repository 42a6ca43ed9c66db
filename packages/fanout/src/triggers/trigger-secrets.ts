import type { World } from "@sluice/ports";

const SECRET_BYTES = 32;
/** After a change the one before still works for as long: other systems are changed by hand, one after the other. */
const EARLIER_MS = 24 * 60 * 60_000;

interface Kept {
  readonly secret: string;
  readonly earlier?: { readonly secret: string; readonly untilMs: number };
}

/** A secret that was printed or made, and until when the one before it works. */
export interface TriggerSecret {
  readonly secret: string;
  readonly earlierUntilMs?: number;
}

/**
 * The secret of each trigger, one file each, readable by its owner alone and in no database: a signature can only be checked with the whole of
 * it. Kept in memory once read, so that an alert needs no disk. Servers that share triggers share copies of the files.
 */
export class TriggerSecrets {
  readonly #world: World;
  readonly #kept = new Map<string, Promise<Kept>>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Makes a secret for each that has none, so that an operator finds it. What the disk refuses is tried again when it is asked for. */
  async prepare(triggers: Iterable<{ readonly name: string }>): Promise<void> {
    for (const { name } of triggers)
      await this.#of(name).catch((error: unknown) => {
        this.#world.log.error("trigger.secret", { name, why: error instanceof Error ? error.message : String(error) });
      });
  }

  /** Those that work now, the newest first. Throws `DiskFailed`. */
  async working(name: string): Promise<readonly string[]> {
    const { secret, earlier } = await this.#of(name);
    return earlier !== undefined && earlier.untilMs > this.#world.clock.nowMs() ? [secret, earlier.secret] : [secret];
  }

  /** The newest. Throws `DiskFailed`. */
  async shown(name: string): Promise<TriggerSecret> {
    return this.#shown(await this.#of(name));
  }

  /** A new one, or the one that the other system made. The one before works for a day. Throws `DiskFailed`: then the one before stays. */
  async renew(name: string, given: string | undefined): Promise<TriggerSecret> {
    const before = await this.#of(name);
    const kept = { secret: given ?? this.#fresh(), earlier: { secret: before.secret, untilMs: this.#world.clock.nowMs() + EARLIER_MS } };
    await this.#write(name, kept);
    this.#kept.set(name, Promise.resolve(kept));
    return this.#shown(kept);
  }

  #shown({ secret, earlier }: Kept): TriggerSecret {
    return { secret, ...(earlier === undefined || earlier.untilMs <= this.#world.clock.nowMs() ? {} : { earlierUntilMs: earlier.untilMs }) };
  }

  #of(name: string): Promise<Kept> {
    const known = this.#kept.get(name);
    if (known !== undefined) return known;
    const asked = this.#readOrMake(name);
    this.#kept.set(name, asked);
    asked.catch(() => this.#kept.delete(name));
    return asked;
  }

  async #readOrMake(name: string): Promise<Kept> {
    const bytes = await this.#world.disk.read(fileOf(name));
    const kept = bytes === undefined ? undefined : parse(new TextDecoder().decode(bytes));
    if (kept !== undefined) return kept;
    if (bytes !== undefined) this.#world.log.error("trigger.secret", { name, why: `${fileOf(name)} holds no secret; a new one was made` });
    const fresh = { secret: this.#fresh() };
    await this.#write(name, fresh);
    return fresh;
  }

  /** As Standard Webhooks has them, which any other system takes as a text. */
  #fresh(): string {
    return `whsec_${Buffer.from(this.#world.random.bytes(SECRET_BYTES)).toString("base64")}`;
  }

  #write(name: string, { secret, earlier }: Kept): Promise<void> {
    const lines = [secret, ...(earlier === undefined ? [] : [`${earlier.secret} ${earlier.untilMs}`])];
    return this.#world.disk.replace(fileOf(name), new TextEncoder().encode(`${lines.join("\n")}\n`));
  }
}

/** A trigger's name is of letters, digits and dashes. */
const fileOf = (name: string): string => `trigger-${name}.key`;

/** The secret; below it, the one before and until when it works, in wall-clock milliseconds. */
function parse(text: string): Kept | undefined {
  const [first = "", second = ""] = text.split("\n").map((line) => line.trim());
  if (!/^[\x21-\x7e]{16,300}$/.test(first)) return undefined;
  const [, secret, until] = /^([\x21-\x7e]{16,300}) (\d{1,16})$/.exec(second) ?? [];
  return { secret: first, ...(secret === undefined ? {} : { earlier: { secret, untilMs: Number(until) } }) };
}
