import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { connect } from "node:net";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { freePort } from "@sluice/ports/node";
import { serveGit } from "@sluice/github/testing";
import { until } from "../faults/rig/running.ts";

const identity = ["-c", "user.name=Mara", "-c", "user.email=mara@example.com", "-c", "commit.gpgsign=false"];
const git = (folder: string, ...args: readonly string[]): string =>
  execFileSync("git", ["-C", folder, ...identity, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], HOME: folder, GIT_CONFIG_NOSYSTEM: "1" },
  }).trimEnd();

/** A bare repository as a host has it, and somebody's clone of it. */
export class HostedRepository {
  readonly bare: string;
  readonly #clone: string;

  /** At `<folder>/<name>.git`; `files` are its first commit on main. */
  constructor(folder: string, name: string, files: Readonly<Record<string, string>>) {
    this.bare = join(folder, `${name}.git`);
    this.#clone = join(folder, "clones", name);
    for (const path of [this.bare, this.#clone]) mkdirSync(path, { recursive: true });
    git(this.bare, "init", "-q", "--bare", "-b", "main");
    git(this.#clone, "init", "-q", "-b", "main");
    this.push(files);
  }

  /** Commits files and pushes them, as an engineer does; an empty text takes one away. */
  push(files: Readonly<Record<string, string>>): string {
    const clone = this.#clone;
    if (this.host("for-each-ref", "refs/heads/main") !== "") {
      git(clone, "fetch", "-q", this.bare, "main");
      git(clone, "reset", "-q", "--hard", "FETCH_HEAD");
    }
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(clone, path)), { recursive: true });
      if (text === "") git(clone, "rm", "-q", path);
      else writeFileSync(join(clone, path), text);
    }
    git(clone, "add", "-A");
    git(clone, "commit", "-q", "-m", `change ${Object.keys(files)[0] ?? ""}`);
    git(clone, "push", "-q", this.bare, "main");
    return git(clone, "rev-parse", "HEAD");
  }

  /** What Git says at the host. */
  host(...args: readonly string[]): string {
    return git(this.bare, ...args);
  }
}

/** A Git host over HTTP: real Git by its own `git http-backend`, for whoever has the token, or for all. It can go away and come back. */
export class HttpHost {
  readonly url: string;
  readonly #folder: string;
  readonly #port: number;
  readonly #token: string | undefined;
  #server: Server | undefined;

  private constructor(folder: string, port: number, token: string | undefined) {
    this.#folder = folder;
    this.#port = port;
    this.#token = token;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(folder: string, token?: string): Promise<HttpHost> {
    const host = new HttpHost(folder, await freePort(), token);
    await host.comeBack();
    return host;
  }

  async comeBack(): Promise<void> {
    const wanted = this.#token === undefined ? undefined : `Basic ${Buffer.from(`x-access-token:${this.#token}`).toString("base64")}`;
    const server = createServer((request, response) => {
      if (wanted !== undefined && request.headers.authorization !== wanted) response.writeHead(401, { "www-authenticate": "Basic" }).end();
      else void serveGit(this.#folder, request, response);
    });
    await new Promise<void>((resolve) => server.listen(this.#port, "127.0.0.1", () => resolve()));
    this.#server = server;
  }

  async goAway(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }
}

/** OpenSSH's server, where this machine has it. */
export const sshd: string | undefined = ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/opt/homebrew/sbin/sshd"].find((path) => existsSync(path));

/** A Git host over SSH: a user's own sshd with a key of its own, for whoever has the client key. */
export class SshHost {
  /** Before the path of a repository. */
  readonly url: string;
  readonly clientKey: string;
  readonly knownHosts: string;
  readonly #child: ChildProcess;

  private constructor(parts: { readonly url: string; readonly clientKey: string; readonly knownHosts: string; readonly child: ChildProcess }) {
    this.url = parts.url;
    this.clientKey = parts.clientKey;
    this.knownHosts = parts.knownHosts;
    this.#child = parts.child;
  }

  /** `folder` keeps its keys. */
  static async start(program: string, folder: string): Promise<SshHost> {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const at = (name: string): string => join(folder, name);
    for (const name of ["host", "client"]) execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", at(name)]);
    const port = await freePort();
    writeFileSync(at("authorized"), readFileSync(at("client.pub")));
    writeFileSync(at("known-hosts"), `[127.0.0.1]:${port} ${readFileSync(at("host.pub"), "utf8").split(" ").slice(0, 2).join(" ")}\n`);
    const settings = [
      `Port ${port}`,
      "ListenAddress 127.0.0.1",
      `HostKey ${at("host")}`,
      `AuthorizedKeysFile ${at("authorized")}`,
      `PidFile ${at("pid")}`,
      "StrictModes no",
      "UsePAM no",
      "PasswordAuthentication no",
      "PermitRootLogin prohibit-password",
    ];
    writeFileSync(at("config"), `${settings.join("\n")}\n`);
    // Where it runs as root it parts from it in a folder that a package's service makes at its start.
    if (userInfo().uid === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
    const child = spawn(program, ["-D", "-e", "-f", at("config")], { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString("utf8")));
    await until(`sshd listens${said}`, () => {
      if (child.exitCode !== null) throw new Error(`sshd ended: ${said}`);
      return answers(port);
    });
    const url = `ssh://${userInfo().username}@127.0.0.1:${port}`;
    return new SshHost({ url, clientKey: at("client"), knownHosts: at("known-hosts"), child });
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    await new Promise<void>((resolve) => {
      this.#child.once("exit", () => resolve());
      this.#child.kill("SIGTERM");
    });
  }
}

function answers(port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(undefined));
  });
}
