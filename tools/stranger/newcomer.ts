import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { delimiter, sep } from "node:path";

/** How this machine reaches the network and its registry: somebody else on it has that too, whatever their home holds. */
const KEPT =
  /^(?:PATH|LANG|LC_\w+|TERM|TZ|TMPDIR|(?:https?|no|all)_proxy|npm_config_(?:registry|cafile|https?_proxy|proxy|noproxy)|NODE_EXTRA_CA_CERTS|SSL_CERT_\w+|GIT_SSL_\w+)$/i;

/** Environment of somebody with an empty home, whose `node` is this machine's own and not the one that a checkout brought. */
export function newcomerEnvironment(home: string): Readonly<Record<string, string>> {
  mkdirSync(home, { recursive: true });
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined && KEPT.test(name)) kept[name] = value;
  const path = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => !folder.split(sep).includes("node_modules"));
  return { ...kept, PATH: path.join(delimiter), HOME: home, NO_COLOR: "1" };
}

/** Copies the repository's committed state, as `git clone` does for anybody; gives the commit. */
export function cloneFor(repository: string, folder: string, environment: Readonly<Record<string, string>>): string {
  execFileSync("git", ["clone", "--quiet", "--no-hardlinks", repository, folder], { env: environment, stdio: ["ignore", "ignore", "inherit"] });
  return execFileSync("git", ["rev-parse", "HEAD"], { cwd: folder, env: environment, encoding: "utf8" }).trim();
}

/** `v20.20.2`, as the newcomer's own shell would find it. */
export function versionOf(command: "node" | "git", environment: Readonly<Record<string, string>>): string {
  const told = spawnSync(command, ["--version"], { env: environment, encoding: "utf8" });
  if (told.status !== 0) throw new Error(`the newcomer has no ${command}`);
  return told.stdout.trim().replace(/^git version /, "");
}
