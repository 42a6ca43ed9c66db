import { SourceUnreachable } from "../source.ts";

/** Gives a token that the remote takes now. What it throws is why there is none. */
export type GitSignIn = () => Promise<string>;

/**
 * The environment in which git signs in to a remote over HTTP: a header for this origin alone, by git's own configuration variables, so that
 * neither a list of processes nor a redirect elsewhere sees it. Empty for any other remote. Throws `SourceUnreachable` with why there is no token.
 */
export async function signedInEnvironment(url: string, signIn: GitSignIn | undefined): Promise<Readonly<Record<string, string>>> {
  if (signIn === undefined || !/^https?:\/\//.test(url)) return {};
  let token: string;
  try {
    token = await signIn();
  } catch (error) {
    throw new SourceUnreachable(error instanceof Error ? error.message : String(error), { cause: error });
  }
  return {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: `http.${new URL(url).origin}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`,
  };
}
