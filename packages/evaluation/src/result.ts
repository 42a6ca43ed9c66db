/** A value, or why there is none. Bad input is a value of this kind; a failing world is a thrown class; a bug is `impossible`. */
export type Result<T, P> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: P };

/** A state that the program's own logic rules out. Never caught except at the very top, which logs it. */
export class ImpossibleError extends Error {
  override readonly name: string = "ImpossibleError";
}

/** Ends a branch that cannot be reached unless there is a bug; `never` lets the compiler check that all kinds are handled. Always throws. */
export function impossible(value: never, why: string): never {
  throw new ImpossibleError(`${why}: ${String(value)}`);
}
