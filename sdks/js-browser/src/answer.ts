export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue };

/** One flag as the server answers it for the page's context; frozen. */
export interface Answer {
  readonly value: JsonValue;
  readonly variant: string;
  /** OpenFeature's reason, such as `TARGETING_MATCH`, or `DISABLED` for a flag that was killed. */
  readonly reason: string;
}

export type Answers = Readonly<Record<string, Answer>>;

/** What the server says at once: one person's answers, and which version of the environment they are of. */
export interface AnswersBody {
  readonly environment: string;
  readonly epoch: string;
  readonly seq: number;
  readonly answers: Answers;
}

/** The answers that a server rendered a page with, for the page to begin with (`handover` of @sluice/node). */
export interface Handover extends AnswersBody {
  /** Whose they are: the subject of their context's token. No word about the person themself. */
  readonly subject: string;
}

/** Parses JSON and freezes all of it: answers are shared with everybody who asks for them. Of no text it makes `null`, or throws as for any that is no JSON. */
export function parseFrozen(text: string | null | undefined): unknown {
  return JSON.parse(text as string, (_, value: unknown) => Object.freeze(value));
}
