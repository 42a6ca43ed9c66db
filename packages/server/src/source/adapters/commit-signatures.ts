import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { lastLineOf, tryGit } from "./run-git.ts";
import { SourceRefused } from "../source.ts";

const VERIFY_TIMEOUT_MS = 10_000;
/** Commits known to be signed: the tip is looked at each time the source is asked. */
const KNOWN_MAX = 1_000;

/** Whose signature a commit needs. One of the two at least. */
export interface TrustedSigners {
  /** A file of SSH keys and whom they belong to, as OpenSSH's ssh-keygen reads it (ALLOWED SIGNERS). */
  readonly allowedSigners?: string | undefined;
  /** A folder that GnuPG takes for its home (GNUPGHOME), whose public keys are all trusted: that of a host that signs merges, for one. */
  readonly gnupgHome?: string | undefined;
}

/**
 * Looks at signatures of commits, by git itself. The files that name the trusted keys lie outside the repository: a commit must not say who may
 * sign it. A signature covers the commit, its files and all that it follows, so whoever signs the newest commit answers for those before.
 */
export class CommitSignatures {
  readonly #mirror: string;
  readonly #signers: TrustedSigners;
  readonly #known = new Set<string>();

  constructor(mirror: string, signers: TrustedSigners) {
    this.#mirror = mirror;
    this.#signers = signers;
  }

  /** Throws `SourceRefused` where none of the trusted keys has signed the commit. */
  async mustBeSigned(commit: string): Promise<void> {
    if (this.#known.has(commit)) return;
    const { allowedSigners, gnupgHome } = this.#signers;
    if (allowedSigners !== undefined && !existsSync(allowedSigners)) throw new SourceRefused(`the file of allowed signers is not there: ${allowedSigners}`);
    const ran = await tryGit({
      folder: this.#mirror,
      args: [...this.#settings(), "verify-commit", commit],
      timeoutMs: VERIFY_TIMEOUT_MS,
      // Keys of the account that the server runs under are nobody's wish.
      env: { GNUPGHOME: gnupgHome ?? this.#emptyHome() },
    });
    if (ran.code !== 0) {
      const why = lastLineOf(ran.said);
      throw new SourceRefused(
        `commit ${commit.slice(0, 7)} is not taken: none of the allowed signers has signed it${why === "" ? "" : ` (${why})`}. Sign it, or push a signed commit that follows it`,
      );
    }
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    this.#known.add(commit);
  }

  /** Without a file, no SSH key is trusted; certificates (X.509) never are. */
  #settings(): readonly string[] {
    const { allowedSigners = "/dev/null" } = this.#signers;
    return ["-c", `gpg.ssh.allowedSignersFile=${allowedSigners}`, "-c", "gpg.x509.program=/bin/false"];
  }

  #emptyHome(): string {
    const home = join(this.#mirror, "no-keys");
    mkdirSync(home, { recursive: true, mode: 0o700 });
    return home;
  }
}
