import { type Answers, type AnswersBody, parseFrozen } from "./answer.ts";
import type { PageWorld } from "./world.ts";

/** The answers in force, and whose they are: the subject of their token, empty for nobody. Without any, the epoch is empty. */
interface Held {
  readonly subject: string;
  readonly epoch: string;
  readonly seq: number;
  readonly answers: Answers;
}

export type ChangeListener = (keys: readonly string[]) => void;

/** Holds one person's answers, and nobody else's: in memory and, under a name, in the page's storage. */
export interface Holder {
  /** From the server or from the last visit; a key such as `constructor` finds something in every object. */
  readonly answers: () => Answers;
  readonly isAt: (version: AnswersBody) => boolean;
  readonly take: (body: AnswersBody) => void;
  readonly kill: (body: AnswersBody) => void;
  /** What the person of this token had at the last visit; what anybody else had is gone, from the storage too. */
  readonly become: (token: string | undefined) => void;
}

/** Begins with no answers, of nobody in particular. `changed` is called after each swap with the keys that answer otherwise now. */
export function hold(world: PageWorld, environment: string, name: string, changed: ChangeListener): Holder {
  let held = blank("?");
  const isOlder = ({ epoch, seq }: AnswersBody): boolean => epoch === held.epoch && seq < held.seq;

  const show = (next: Held): void => {
    const before = held.answers;
    const { answers } = (held = next);
    world.keep(name, JSON.stringify(held));
    const keys = Object.keys({ ...before, ...answers }).filter((key) => JSON.stringify(before[key]) !== JSON.stringify(answers[key]));
    if (keys.length) changed(keys);
  };

  return {
    answers: () => held.answers,
    isAt: ({ epoch, seq }) => epoch === held.epoch && seq === held.seq,
    take: (body) => {
      if (body.environment !== environment || !body.answers || isOlder(body)) throw new Error("no answers");
      show({ ...body, subject: held.subject });
    },
    kill: (body) => show({ ...held, ...(isOlder(body) ? held : body), answers: { ...held.answers, ...body.answers } }),
    become: (token) => {
      const subject = subjectOf(token);
      if (subject !== held.subject) show(keptOf(subject, world.keep(name)));
    },
  };
}

const blank = (subject: string): Held => ({ subject, epoch: "", seq: 0, answers: {} });

/** The subject that the token names; what cannot be read is a person of its own, whom the server will refuse. */
export function subjectOf(token: string | undefined): string {
  if (!token) return "";
  try {
    const [, body = ""] = token.split(".");
    return (JSON.parse(atob(body.replace(/-/g, "+").replace(/_/g, "/"))) as { readonly sub: string }).sub;
  } catch {
    // No token; it must not pass for nobody, whose answers may be kept.
    return token;
  }
}

function keptOf(subject: string, text: string | null | undefined): Held {
  try {
    const kept = parseFrozen(text) as Held;
    if (kept.subject === subject && kept.answers) return kept;
  } catch {
    // Nothing is kept, or it was cut off: as at the first visit.
  }
  return blank(subject);
}
