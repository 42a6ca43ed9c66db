import { pause } from "../rig/running.ts";
import type { Driver, Sight } from "../sdk/driver.ts";
import { type FaultProxy, startFaultProxy } from "../sdk/fault-proxy.ts";
import type { Language } from "../sdk/languages.ts";
import { tapeServer } from "./tape-server.ts";
import type { Tape } from "./tapes.ts";

/** Not faster than the machine's: a tape has one stream or a few, and what an SDK waits for must not be lost by a machine that is busy. */
const SPEED = 1;
const LOOK_MS = 100;

/** How the clients of one language came out of their tapes. */
export interface Outcome {
  readonly language: string;
  readonly tapes: number;
  /** Those that led there by what stands on them, without a snapshot after their end. */
  readonly alone: number;
  /** Those that did not come to what the log says, with what they answer. */
  readonly wrong: readonly string[];
}

/** Plays each tape to a client of each language, all at once. `maxMs` bounds the whole, in real milliseconds. */
export async function playTapes(languages: readonly Language[], tapes: readonly Tape[], maxMs: number): Promise<readonly Outcome[]> {
  // Nobody is behind this link: every answer is from a tape.
  const proxy = await startFaultProxy({ upstream: "http://127.0.0.1:9", speed: SPEED });
  try {
    const outcomes: Outcome[] = [];
    for (const language of languages) {
      const driver = await language.start(SPEED);
      try {
        outcomes.push({ language: language.name, tapes: tapes.length, ...(await playTo(driver, { language, proxy, tapes, maxMs })) });
      } finally {
        await driver.stop();
      }
    }
    return outcomes;
  } finally {
    await proxy.close();
  }
}

interface Play {
  readonly language: Language;
  readonly proxy: FaultProxy;
  readonly tapes: readonly Tape[];
  readonly maxMs: number;
}

async function playTo(driver: Driver, { language, proxy, tapes, maxMs }: Play): Promise<Pick<Outcome, "alone" | "wrong">> {
  const questions = (tapes[0]?.expected ?? []).map(([flag]) => [flag, false] as const);
  const playing = new Map(tapes.map((tape) => [`${language.name}-${tape.name}`, { tape, server: tapeServer(tape, Math.random) }]));
  for (const [client, { tape, server }] of playing) {
    proxy.set(client, server.fault);
    await driver.open({ client, url: proxy.url(client), key: "slk_of_a_tape", environment: tape.environment });
  }
  const end = performance.now() + maxMs;
  for (;;) {
    const sights = await driver.ask(questions);
    const wrong = [...playing].flatMap(([client, { tape, server }]) => wrongOf(tape, sights.get(client), server.isOver()));
    if (wrong.length === 0 || performance.now() > end) return { alone: [...playing.values()].filter(({ server }) => !server.isHelped()).length, wrong };
    await pause(LOOK_MS);
  }
}

function wrongOf({ name, expected, last: { epoch, seq } }: Tape, sight: Sight | undefined, isOver: boolean): readonly string[] {
  if (!isOver) return [`${name}: its tape is not over`];
  const values = expected.map(([, value]) => value).join();
  if (sight?.version === `${epoch}:${seq}` && sight.values.join() === values) return [];
  return [`${name}: serves ${sight?.version ?? "nothing"} (${sight?.values.join() ?? ""}), the log says ${epoch}:${seq} (${values})`];
}
