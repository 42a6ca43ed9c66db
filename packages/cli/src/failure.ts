/** How a command ends when it could not do what it was asked: one message, what to do about it, an exit code. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
  readonly fix: string;
  /** 1: the answer is no (mistakes found, refused); 2: it was asked wrongly; 3: the world failed (network, disk). */
  readonly exitCode: 1 | 2 | 3;
  readonly code: string;
  constructor(problem: { readonly code: string; readonly message: string; readonly fix: string; readonly exitCode: 1 | 2 | 3 }, options?: ErrorOptions) {
    super(problem.message, options);
    this.code = problem.code;
    this.fix = problem.fix;
    this.exitCode = problem.exitCode;
  }
}
