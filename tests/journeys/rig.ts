import { type ChildProcess, execFileSync, fork } from "node:child_process";
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createClient, type SluiceClient } from "@sluice/node";
import { freePort, listen, nodeLog, nodeWorld } from "@sluice/ports/node";
import { decideChangeCustomers, due, type Role, type Track } from "@sluice/releases";
import { openStore, secretHash, type Store } from "@sluice/store";
import { customerHash } from "@sluice/evaluation";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { launchChromium } from "../chromium.ts";
import { makeFolder, until } from "../../faults/rig/running.ts";
import { findEntries } from "../../packages/distribution/src/entries.ts";
import { readConsoleFiles } from "../../packages/fanout/src/adapters/console-files.ts";
import { Fanout } from "../../packages/fanout/src/fanout.ts";
import { argon2Passwords } from "../../packages/server/src/adapters/argon2-passwords.ts";
import { Api } from "../../packages/server/src/api.ts";
import { GitDesk } from "../../packages/server/src/edits/adapters/git-desk.ts";
import { SLUICE_AUTHOR } from "../../packages/server/src/edits/editing.ts";
import { plainGit } from "../../packages/server/src/edits/pull-requests.ts";
import { ControlPlane } from "../../packages/server/src/control-plane.ts";
import { Scheduler } from "../../packages/server/src/releases/scheduler.ts";
import { GitSource } from "../../packages/server/src/source/adapters/git-source.ts";

const INTERNAL_KEY = "sli_of_the_journeys_0123456789abcdef";
const SDK_KEY = "slk_of_the_journeys_0123456789abcdef";
export const CONTEXT_SECRET = "slc_of_the_journeys_0123456789abcdef";
export const DESK = { width: 1440, height: 900 } as const;
export const PHONE = { width: 390, height: 844 } as const;
const FOREVER = Number.MAX_SAFE_INTEGER;

/** Gives a process the journey's wall clock: what it signs is as old as it says. */
const BY_THE_CLOCK = 'data:text/javascript,import { readFileSync } from "node:fs"; Date.now = () => Number(readFileSync(process.env.JOURNEY_CLOCK, "utf8"));';

/** One account of each role, and a second product manager: nobody agrees to an edit of their own. */
const PEOPLE = {
  priya: ["product", "Priya Raman"],
  paul: ["product", "Paul Ost"],
  jonas: ["customerSuccess", "Jonas Weber"],
  ines: ["marketing", "Inês Moura"],
  dele: ["engineer", "Dele Okafor"],
  ada: ["admin", "Ada Admin"],
  uma: ["auditor", "Uma Audit"],
} as const satisfies Readonly<Record<string, readonly [Role, string]>>;
export type Who = keyof typeof PEOPLE;

/** A customer of a journey's world. */
export interface JourneyCustomer {
  readonly key: string;
  readonly name: string;
  readonly zone: string;
  readonly track: Track;
  readonly tags?: readonly string[];
}

/** What somebody was answered. */
export interface Answered {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/**
 * Sluice as it runs, over a real repository, a real database and real sockets, with a wall clock that the journey sets. What starts by the
 * clock starts when it is moved; timers and the network run on in real time, so that nothing is waited for longer than it takes.
 */
export class Journey {
  readonly url: string;
  readonly repository: string;
  readonly #clock: { nowMs: number };
  readonly #parts: JourneyParts;
  readonly #pages = new Set<Page>();
  readonly #endings: (() => Promise<unknown>)[] = [];
  #commands = 0;
  #browser: Promise<Browser> | undefined;

  constructor(parts: JourneyParts) {
    this.#parts = parts;
    this.#clock = parts.clock;
    this.url = parts.url;
    this.repository = parts.repository;
  }

  get #clockFile(): string {
    return join(this.#parts.folder, "clock");
  }

  get nowMs(): number {
    return this.#clock.nowMs;
  }

  /** Moves the clock, and goes on when everything that became due is decided, published and answered by the connected processes. */
  async advanceTo(ms: number): Promise<void> {
    this.#clock.nowMs = ms;
    this.#tellClock();
    for (const page of this.#pages) await page.clock.setFixedTime(ms);
    const { plane, scheduler } = this.#parts;
    scheduler.hint();
    await until("what is due is decided", () => (due(plane.decisions, this.nowMs, plane.flagProblem).length === 0 ? true : undefined));
    await this.settled();
  }

  /** For processes of their own; renamed into its place, so that nobody reads half of it. */
  #tellClock(): void {
    writeFileSync(`${this.#clockFile}.new`, String(this.nowMs));
    renameSync(`${this.#clockFile}.new`, this.#clockFile);
  }

  advance(ms: number): Promise<void> {
    return this.advanceTo(this.nowMs + ms);
  }

  /** Goes on when the fan-out process serves what the log says. */
  async settled(): Promise<void> {
    const { plane } = this.#parts;
    await until("the newest version is served", async () => {
      const { body } = await this.ask("dele", "/api/environments");
      const served = (body["environments"] as readonly { readonly key: string; readonly version?: { readonly seq: number } }[]).find(
        ({ key }) => key === "production",
      );
      return served?.version?.seq === plane.state("production")?.snapshot?.seq ? true : undefined;
    });
  }

  /** One request of somebody; a body makes it a decision, with a command of its own. */
  async ask(who: Who, path: string, body?: Readonly<Record<string, unknown>>): Promise<Answered> {
    const sent = body === undefined ? undefined : JSON.stringify({ command: `journey-command-${++this.#commands}`, ...body });
    const response = await fetch(`${this.url}${path}`, {
      method: sent === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer token-of-${who}-0123456789`, ...(sent === undefined ? {} : { "content-type": "application/json" }) },
      ...(sent === undefined ? {} : { body: sent }),
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>) };
  }

  /** The same where nothing but success will do. */
  async did(who: Who, path: string, body?: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
    const answered = await this.ask(who, path, body);
    if (answered.status >= 300) throw new Error(`${who} asked ${path} and was answered ${answered.status} ${JSON.stringify(answered.body)}`);
    return answered.body;
  }

  /** An application's client, which has what is served now. */
  async client(service: string): Promise<SluiceClient> {
    const silent = { info: () => {}, warn: () => {}, error: () => {} };
    const client = createClient({ url: this.url, key: SDK_KEY, service, version: "1.0.0", waitMs: 20_000, log: silent });
    this.#endings.push(() => client.close());
    await client.ready();
    return client;
  }

  /** Goes on when this client answers by the version that is served. */
  async heard(client: SluiceClient): Promise<void> {
    const { plane } = this.#parts;
    await until("the application has heard it", () => (client.version?.seq === plane.state("production")?.snapshot?.seq ? true : undefined));
  }

  /** The demo company's application, as a process of its own. */
  async shop(): Promise<string> {
    const port = await freePort();
    this.#tellClock();
    const entry = findEntries().shopWeb;
    const child: ChildProcess = fork(entry, [], {
      env: {
        ...process.env,
        SLUICE_URL: this.url,
        SLUICE_SDK_KEY: SDK_KEY,
        SLUICE_CONTEXT_SECRET: CONTEXT_SECRET,
        PORT: String(port),
        JOURNEY_CLOCK: this.#clockFile,
        SLUICE_CACHE: join(this.#parts.folder, "shop"),
        NODE_OPTIONS: "",
      },
      execArgv: ["--disable-warning=ExperimentalWarning", "--import", BY_THE_CLOCK],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#endings.push(
      () =>
        new Promise((resolve) => {
          if (child.exitCode !== null || child.signalCode !== null) return resolve(undefined);
          child.once("exit", resolve);
          child.kill("SIGTERM");
        }),
    );
    const url = `http://127.0.0.1:${port}`;
    await until("the shop floor is open", async () => {
      try {
        return (await fetch(url)).ok ? true : undefined;
      } catch {
        // It does not listen yet.
        return undefined;
      }
    });
    return url;
  }

  /** A page of the console as somebody sees it, or of the application; its clock is the journey's. */
  async page(who: Who, address: string, size?: { readonly width: number; readonly height: number }, options?: PageOptions): Promise<Page> {
    const page = await this.blankPage(who, size, options);
    await page.goto(address.startsWith("http") ? address : `${this.url}/#/${address}`);
    return page;
  }

  /** The same before anything is opened in it. */
  async blankPage(who: Who, size: { readonly width: number; readonly height: number } = DESK, options: PageOptions = {}): Promise<Page> {
    this.#browser ??= launchChromium();
    const browser = await this.#browser;
    const context: BrowserContext = await browser.newContext({ ...options, viewport: size, timezoneId: "Europe/Berlin", locale: "en-GB" });
    await context.addCookies([{ name: "sluice_session", value: `session-of-${who}-0123456789`, url: this.url }]);
    const page = await context.newPage();
    await page.clock.setFixedTime(this.nowMs);
    this.#pages.add(page);
    page.once("close", () => this.#pages.delete(page));
    return page;
  }

  /** A commit to the flag repository, served when this returns. */
  async commit(write: (repository: string) => void, message: string): Promise<void> {
    write(this.repository);
    git(this.repository, "add", "-A");
    git(this.repository, "commit", "-q", "-m", message);
    const head = git(this.repository, "rev-parse", "HEAD").trim();
    this.#parts.plane.adoption.poll();
    await until("the commit is adopted", () => (this.#parts.plane.decisions.commit === head ? true : undefined));
    await this.settled();
  }

  async stop(): Promise<void> {
    await (await this.#browser)?.close();
    for (const end of this.#endings.reverse()) await end();
    await this.#parts.stop();
  }
}

type PageOptions = Pick<BrowserContextOptions, "bypassCSP">;

interface JourneyParts {
  readonly clock: { nowMs: number };
  readonly plane: ControlPlane;
  readonly scheduler: Scheduler;
  readonly url: string;
  readonly folder: string;
  readonly repository: string;
  readonly stop: () => Promise<void>;
}

function git(repository: string, ...given: readonly string[]): string {
  return execFileSync("git", ["-C", repository, "-c", "user.name=Mara", "-c", "user.email=mara@example.com", ...given], { encoding: "utf8" });
}

/** A world with these customers, the demo company's flags, and the clock at `nowMs`. */
export async function startJourney(options: {
  readonly nowMs: number;
  readonly customers: readonly JourneyCustomer[];
  /** Files of the flag repository that differ from the demo company's, by path. */
  readonly files?: Readonly<Record<string, string>>;
}): Promise<Journey> {
  const folder = makeFolder("journey");
  const repository = join(folder.path, "flags");
  cpSync(findEntries().demoFlags, repository, { recursive: true });
  // The demo's own expectations would hold back the flags that a journey writes anew.
  rmSync(join(repository, "tests"), { recursive: true, force: true });
  for (const [path, text] of Object.entries(options.files ?? {})) {
    mkdirSync(dirname(join(repository, path)), { recursive: true });
    writeFileSync(join(repository, path), text);
  }
  git(repository, "init", "-q", "-b", "main");
  git(repository, "add", "-A");
  git(repository, "commit", "-q", "-m", "first");
  const clock = { nowMs: options.nowMs };
  const log = nodeLog({ json: false, name: "journey", minimum: "error" });
  const worldOf = (name: string): ReturnType<typeof nodeWorld> => {
    const world = nodeWorld({ folder: join(folder.path, name), log, keepsAlive: true });
    return { ...world, clock: { nowMs: () => clock.nowMs, monotonicMs: world.clock.monotonicMs } };
  };
  const store = await openStore(`sqlite:${join(folder.path, "store.db")}`);
  await admitPeople(store);
  const remote = { url: repository, branch: "main", folder: "", mirror: join(folder.path, "mirror") };
  const source = new GitSource(remote);
  const editing = { desk: new GitDesk(remote), pullRequests: plainGit, committer: SLUICE_AUTHOR };
  const world = worldOf("api");
  const plane = new ControlPlane({ world, store, source, project: "default", pollMs: 60_000 });
  const api = new Api({ world, store, plane, passwords: argon2Passwords, internalKey: INTERNAL_KEY, secureCookies: false, editing: new Map([["", editing]]) });
  await plane.start();
  await until("the flags are adopted", () => (plane.decisions.commit === undefined ? undefined : true));
  await register(store, plane, options.customers);
  const scheduler = new Scheduler({ world, decisions: () => plane.decisions, flagProblem: plane.flagProblem, decide: (...given) => plane.decide(...given) });
  plane.onEvent = () => scheduler.hint();
  scheduler.start();
  const apiServer = await listen((request) => api.handle(request), { host: "127.0.0.1", port: 0, maxBodyBytes: 16 << 20, log });
  const fanoutStore = await openStore(`sqlite:${join(folder.path, "store.db")}`);
  const { web } = findEntries();
  const fanout = new Fanout({
    world: worldOf("fanout"),
    store: fanoutStore,
    apiUrl: `http://127.0.0.1:${apiServer.port}`,
    internalKey: INTERNAL_KEY,
    assets: readConsoleFiles(web !== undefined && existsSync(web) ? web : undefined),
    browser: { secrets: new Map([["production", [CONTEXT_SECRET]]]), origins: [] },
  });
  await fanout.start();
  const server = await listen(fanout.handle, { host: "127.0.0.1", port: 0, maxBodyBytes: 16 << 20, log });
  const stop = async (): Promise<void> => {
    scheduler.stop();
    fanout.stop();
    await server.close();
    await plane.stop();
    await apiServer.close();
    await fanoutStore.close();
    await store.close();
    folder.remove();
  };
  const journey = new Journey({ clock, plane, scheduler, url: `http://127.0.0.1:${server.port}`, folder: folder.path, repository, stop });
  await journey.settled();
  return journey;
}

async function admitPeople(store: Store): Promise<void> {
  for (const [id, [role, name]] of Object.entries(PEOPLE)) {
    await store.saveAccount({ id, email: `${id}@example.com`, name, role, passwordHash: "", failures: 0, lockedUntilMs: 0 });
    for (const kind of ["session", "token"] as const)
      await store.saveGrant({ hash: secretHash(`${kind}-of-${id}-0123456789`), kind, account: id, expiresAtMs: FOREVER });
  }
  await store.saveSdkKey({ hash: secretHash(SDK_KEY), environment: "production", name: "production" });
}

/** Registered by customer success; Jonas looks after all of them. */
async function register(store: Store, plane: ControlPlane, customers: readonly JourneyCustomer[]): Promise<void> {
  if (customers.length === 0) return;
  const idOf = (key: string): string => `id-${key}`;
  await store.saveCustomers(customers.map(({ key, name }) => ({ id: idOf(key), key, name, owner: "jonas" })));
  const environments = Object.entries(plane.decisions.environments);
  const set = customers.map(({ key, zone, track, tags = [] }) => ({
    id: idOf(key),
    zone,
    track,
    tags: [...tags].sort(),
    ...(track === "internal" ? { internal: true as const } : {}),
    hashes: Object.fromEntries(environments.map(([environment, { salt }]) => [environment, customerHash(salt, key)])),
  }));
  const done = await plane.decide("register", async (decisions) =>
    decideChangeCustomers(decisions, { command: "register", atMs: 0, by: "jonas", role: "customerSuccess", set }),
  );
  if (!done.ok) throw new Error(done.problem.message);
}
