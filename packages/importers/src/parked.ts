/** Thrown inside a translation only: this part has no exact equal. Caught where the rule or flag is parked or refused. */
export class Parked extends Error {
  override readonly name: string = "Parked";
}

/** Stops the translation of this rule. The reason is the end of a sentence. */
export function park(why: string): never {
  throw new Parked(why);
}
