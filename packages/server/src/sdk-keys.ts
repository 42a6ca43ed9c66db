import type { Problem, SdkKeyMade } from "@sluice/contract";
import type { Result } from "@sluice/evaluation";
import type { World } from "@sluice/ports";
import { decideChangeSdkKey, type SdkKeyChange } from "@sluice/releases";
import { type Person, type SdkKey, sdkKeyDigits, secretHash, type Store } from "@sluice/store";
import { newSecret } from "./accounts.ts";
import type { ControlPlane } from "./control-plane.ts";

/** Keys of one server: one for each program in each environment, for far more programs than one company has. */
const KEYS_MAX = 500;

interface Parts {
  readonly world: World;
  readonly store: Store;
  readonly decide: ControlPlane["decide"];
  /** Every process that serves flags learns at once which keys are good. */
  readonly tell: () => void;
}

interface Wish {
  readonly command: string;
  readonly reason?: string | undefined;
}

/** Keys with which programs ask for flags. The server keeps hashes alone: a key is shown once, when it is made. */
export class SdkKeys {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Makes a key. Problems: notAllowed, unknownEnvironment, tooMany, commandReused (a key that was shown cannot be shown again). */
  async make(person: Person, wish: Wish & { readonly environment: string; readonly name: string }): Promise<Result<SdkKeyMade, Problem>> {
    const { store, world, tell } = this.#parts;
    if ((await store.sdkKeys()).length >= KEYS_MAX)
      return { ok: false, problem: { code: "tooMany", message: `A server has at most ${KEYS_MAX} keys.`, fix: "End those that no program uses." } };
    const secret = newSecret(world, "slk_");
    const { environment, name } = wish;
    const made: SdkKey = { hash: secretHash(secret), environment, name };
    // Until its secret is answered nobody has it, so it may be there before the log says so; not the other way round.
    await store.saveSdkKey(made);
    const done = await this.#decided(person, wish, made, "made").catch(async (error: unknown) => {
      await store.endSdkKey(made.hash).catch(() => {});
      throw error;
    });
    if (!done.ok) {
      await store.endSdkKey(made.hash);
      return done.problem.code === "commandReused" ? { ok: false, problem: shownAlready } : done;
    }
    tell();
    return { ok: true, value: { key: sdkKeyDigits(made.hash), environment, name, secret } };
  }

  /** Ends a key for good: streams with it end at once. Problems: notAllowed, unknownSdkKey, commandReused. */
  async end(person: Person, key: string, wish: Wish): Promise<Result<object, Problem>> {
    const { store, tell } = this.#parts;
    const found = (await store.sdkKeys()).filter((one) => sdkKeyDigits(one.hash) === key);
    const [ended] = found;
    if (ended === undefined) return { ok: false, problem: unknownKey(key) };
    const done = await this.#decided(person, wish, ended, "ended");
    if (!done.ok) return done;
    // Two keys of the same digits are one to people.
    for (const { hash } of found) await store.endSdkKey(hash);
    tell();
    return { ok: true, value: {} };
  }

  #decided(person: Person, { command, reason }: Wish, key: SdkKey, how: SdkKeyChange): Promise<Result<object, Problem>> {
    const { world, decide } = this.#parts;
    return decide(command, async (decisions) =>
      decideChangeSdkKey(decisions, {
        command,
        atMs: world.clock.nowMs(),
        by: person.id,
        role: person.role,
        ...(reason === undefined ? {} : { reason }),
        environment: key.environment,
        name: key.name,
        key: sdkKeyDigits(key.hash),
        how,
      }),
    );
  }
}

const shownAlready: Problem = {
  code: "commandReused",
  field: "command",
  message: "This key was made already, and a key is shown once.",
  fix: "End it and make another.",
};
const unknownKey = (key: string): Problem => ({
  code: "unknownSdkKey",
  message: `There is no key ${JSON.stringify(key)}; it may have ended already.`,
  fix: "Look at the list of keys.",
});
