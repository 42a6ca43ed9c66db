import { execFileSync, spawn } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "@sluice/ports/node";
import pg from "pg";

/** A PostgreSQL of its own for tests and fault runs: a folder that goes away, a port nobody else has. */
export interface PostgresServer {
  readonly pid: number;
  url(database: string): string;
  query(database: string, sql: string): Promise<void>;
  /** Ends it as an administrator would in a hurry: connections are cut, nothing acknowledged is lost. */
  stop(): Promise<void>;
  /** Starts it again over the same data. */
  restart(): Promise<void>;
}

/** The folder with `initdb` and `postgres`, newest version first; `undefined` where PostgreSQL is not installed. */
export function findPostgres(): string | undefined {
  const versions = existsSync("/usr/lib/postgresql") ? readdirSync("/usr/lib/postgresql").sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => `/usr/lib/postgresql/${version}/bin`), ...(process.env["PATH"] ?? "").split(":")];
  return folders.find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")));
}

/** PostgreSQL refuses to run as root: then it runs as the user that its package made. */
function owner(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const number = (flag: string): number => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: number("-u"), gid: number("-g") };
}

export async function startPostgres(): Promise<PostgresServer> {
  const bin = findPostgres();
  if (bin === undefined) throw new Error("PostgreSQL is not installed: apt-get install postgresql");
  const user = owner();
  const as = user ?? {};
  const folder = mkdtempSync(join("/tmp", "sluice-pg-"));
  chmodSync(folder, 0o700);
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  execFileSync(join(bin, "initdb"), ["-D", data, "-U", "sluice", "-A", "trust", "--no-instructions", "--encoding=UTF8", "--locale=C"], {
    ...as,
    cwd: folder,
    stdio: "ignore",
    env: { PATH: process.env["PATH"] },
  });
  const port = await freePort();
  let child = await boot();

  async function boot(): Promise<ReturnType<typeof spawn>> {
    const started = spawn(
      join(bin ?? "", "postgres"),
      ["-D", data, "-p", String(port), "-c", "listen_addresses=127.0.0.1", "-k", folder, "-c", "max_connections=60", "-c", "log_min_messages=fatal"],
      {
        ...as,
        cwd: folder,
        stdio: "ignore",
        env: { PATH: process.env["PATH"] },
      },
    );
    for (let tries = 0; tries < 200; tries++) {
      if (started.exitCode !== null) throw new Error(`postgres ended with ${started.exitCode}`);
      try {
        await query("postgres", "SELECT 1");
        return started;
      } catch (error) {
        if (tries === 199) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error("postgres did not start");
  }

  async function query(database: string, sql: string): Promise<void> {
    const client = new pg.Client({ connectionString: url(database), connectionTimeoutMillis: 2_000 });
    client.on("error", () => {});
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  }

  function url(database: string): string {
    return `postgres://sluice@127.0.0.1:${port}/${database}`;
  }

  const halt = (): Promise<void> =>
    new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve();
      child.once("exit", () => resolve());
      child.kill("SIGINT");
    });
  return {
    get pid() {
      return child.pid ?? 0;
    },
    url,
    query,
    stop: async () => {
      await halt();
      rmSync(folder, { recursive: true, force: true });
    },
    restart: async () => {
      await halt();
      child = await boot();
    },
  };
}
