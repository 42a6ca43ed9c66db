import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import { join, normalize } from "node:path";
import { freePort } from "@sluice/ports/node";
import type { FlagRepository } from "../rig/flag-repository.ts";

/** How a Git host may be: `slow` answers each request after 30 s. */
export type HostState = "well" | "status503" | "refusing" | "slow";

const SLOW_MS = 30_000;

/** A Git host that serves one repository by plain HTTP and can be made to fail in the ways hosts fail. */
export class GitHost {
  readonly url: string;
  readonly #port: number;
  readonly #bare: string;
  readonly #repository: FlagRepository;
  #server: Server | undefined;
  #state: HostState = "well";

  constructor(repository: FlagRepository, bare: string, port: number) {
    this.#repository = repository;
    this.#bare = bare;
    this.#port = port;
    this.url = `http://127.0.0.1:${port}/flags.git`;
  }

  static async start(repository: FlagRepository, bare: string): Promise<GitHost> {
    execFileSync("git", ["init", "--quiet", "--bare", "--initial-branch=main", bare]);
    const host = new GitHost(repository, bare, await freePort());
    host.publish();
    await host.become("well");
    return host;
  }

  /** Puts the repository's newest commit where the host serves it. */
  publish(): void {
    this.#repository.git("push", "--quiet", "--force", this.#bare, "main");
    execFileSync("git", ["update-server-info"], { cwd: this.#bare });
  }

  async become(state: HostState): Promise<void> {
    this.#state = state;
    if (state === "refusing") return this.close();
    if (this.#server !== undefined) return;
    const server = createServer((request, response) => void this.#answer(request.url ?? "/", response));
    await new Promise<void>((resolve) => server.listen(this.#port, "127.0.0.1", () => resolve()));
    this.#server = server;
  }

  async #answer(url: string, response: ServerResponse): Promise<void> {
    // Nobody waits for what is left of these 30 s when the drill is over.
    if (this.#state === "slow") await new Promise((resolve) => setTimeout(resolve, SLOW_MS).unref());
    if (this.#state === "status503") return void response.writeHead(503).end("come back later");
    const path = join(this.#bare, normalize((url.split("?")[0] ?? "").replace(/^\/flags\.git/, "")));
    if (!path.startsWith(this.#bare) || !existsSync(path) || !statSync(path).isFile()) return void response.writeHead(404).end();
    response.writeHead(200, { "content-type": "application/octet-stream", "cache-control": "no-cache" }).end(readFileSync(path));
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }
}
