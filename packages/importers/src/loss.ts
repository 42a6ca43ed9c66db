/** Every way in which an import can differ from its source, by its stable code: what it means for the reader of the report. */
export const lossCatalogue = {
  "input/comments": "Comments of the source are not carried over.",
  "input/field": "A field of the source that means nothing here was left out.",
  "flag/refused": "The flag is not imported.",
  "flag/key-prefixed": "Several files were imported at once, so keys begin with the name of theirs; the code asks for them without it.",
  "flag/assumed": "The source has no owner and no kind; the import states the same for all flags.",
  "flag/off-assumed": "The source has no off variant; the import chose one.",
  "flag/disabled": "A disabled flag gives the caller's default in the source; here it serves its off variant.",
  "flag/no-default": "The source leaves the default to the caller; here it is the off variant.",
  "flag/state-inherited": "The source leaves the state to a file that is not here; the flag is imported off.",
  "flag/switched-off": "A flag that can never be on in the source is imported off, without its rules.",
  "flag/settings": "Settings beside the flag's state are not imported.",
  "flag/exceptions": "Sites for which the flag is switched off are not imported.",
  "rule/parked": "A rule has no exact equal here: it and all that follow are parked, and who would reach them gets the off variant.",
  "rule/reshuffled": "Shares are decided by another hash function: users will be re-shuffled.",
  "rule/rounded": "Weights were rounded to three decimals of a percent.",
  "rule/coercion": 'The source compares across types (the text "1" equals the number 1); here types must agree.',
  "rule/truthiness": 'The source counts any list or object as true; here only true, numbers other than 0 and texts other than "" do.',
  "rule/version-format": "The source accepts versions such as v1.0.0 or 1.0; here a version is SemVer 2.0.0 exactly.",
  "rule/version-parked": "A version bound is not SemVer, so nothing can be compared with it: the flag is imported off.",
  "rule/attribute": "A condition needs an attribute that the application must send.",
  "rule/case": "The source ignores the case of all letters; here it is ignored for A–Z.",
  "rule/chance": "The source decides by chance for who cannot be told apart; here they are left out, or get no variant.",
  "rule/variants": "Variants became those of one flag with a value of its own: code that asks for true or false must change.",
  "rule/ramp": "Only the last step of a rollout is imported.",
  "rule/experiment": "Cohorts became the variants of a string flag: code that asks for true or false must change.",
  "rule/parent": "Whether a disabled parent switches this off depends on the client; it is imported without the condition.",
} as const;

/** The stable name of one kind of loss. */
export type LossCode = keyof typeof lossCatalogue;

/** One way in which the imported flag differs from its source. `flag` is empty where it concerns the whole import. */
export interface Loss {
  readonly flag: string;
  readonly code: LossCode;
  /** What exactly, in a sentence. */
  readonly what: string;
}

/** Collects losses; says each thing about a flag once. */
export class LossReport {
  readonly losses: Loss[] = [];
  readonly #said: Set<string> = new Set();

  add(flag: string, code: LossCode, what: string): void {
    const name = JSON.stringify([flag, code, what]);
    if (this.#said.has(name)) return;
    this.#said.add(name);
    this.losses.push({ flag, code, what });
  }
}
