/** How a command ends when it could not do what it was asked: one message, what to do about it, an exit code. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
  readonly fix: string;
  /** 1: the answer is no (mistakes found, refused); 2: it was asked wrongly; 3: the world failed (network, disk). */
  readonly exitCode: 1 | 2 | 3;
  readonly code: string;
  /** What a server answered with, where one did. */
  readonly status?: number;
  constructor(
    problem: { readonly code: string; readonly message: string; readonly fix: string; readonly exitCode: 1 | 2 | 3; readonly status?: number },
    options?: ErrorOptions,
  ) {
    super(problem.message, options);
    this.code = problem.code;
    this.fix = problem.fix;
    this.exitCode = problem.exitCode;
    if (problem.status !== undefined) this.status = problem.status;
  }
}

/** What keeps a file from being read or written, by the operating system's code for it. */
const FILE_TROUBLE: Readonly<Record<string, readonly [words: string, fix: string]>> = {
  ENOENT: ["is not there, or its folder is not", "Make the folder first, or check the path."],
  EACCES: ["may not be read or written by this user", "Check its permissions, or run this as its owner."],
  EPERM: ["may not be changed by this user", "Check its permissions, or run this as its owner."],
  EROFS: ["stands on a disk that may only be read", "Choose another place."],
  EISDIR: ["is a folder", "Name a file in it."],
  ENOTDIR: ["lies below something that is no folder", "Check the path."],
  EEXIST: ["is there already", "Choose another name, or delete it."],
  ENOSPC: ["does not fit: the disk is full", "Make room and run it again."],
  ENAMETOOLONG: ["has too long a name", "Choose a shorter one."],
};

/** A file that could not be read or written, in words; `undefined` where something else happened. */
export function fileFailure(error: unknown): CommandFailed | undefined {
  if (!(error instanceof Error) || !("code" in error) || !("path" in error) || typeof error.code !== "string") return undefined;
  const [words, fix] = FILE_TROUBLE[error.code] ?? [];
  if (words === undefined || fix === undefined) return undefined;
  return new CommandFailed({ code: "file/unusable", message: `${String(error.path)} ${words}.`, fix, exitCode: 3 }, { cause: error });
}
