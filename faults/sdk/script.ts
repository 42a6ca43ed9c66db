import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { FlagRepository, flagPath, flagText } from "../rig/flag-repository.ts";
import { kill, lift, makeFolder, pause, type Running, startSluice } from "../rig/running.ts";
import type { Driver, Question, Sight } from "./driver.ts";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.ts";
import type { NamedFault } from "./faults.ts";
import type { Language } from "./languages.ts";
import { Verdict } from "./verdict.ts";

/** A flag that is on for everybody and stays so, and the code's default, which is the other answer: it tells whether flags were received. */
const STEADY = "area-0.steady";
/** A flag that is killed while the faults last; its code default is what it answers before. */
const KILLED = "area-1.killed";
const QUESTIONS: readonly Question[] = [
  [STEADY, false],
  [KILLED, true],
];

/** In the protocol's time, as everything of it here. */
const KILL_AFTER_MS = 60_000;
/** Requests count from here on: in the first minute of an outage a client tries often, so that a restart of a server is over for everybody within 10 s. */
const COUNTED_FROM_MS = 120_000;
/** The longest wait between attempts of three requests is 150 s; and what a busy machine takes, in real milliseconds. */
const RECOVERED_MS_MAX = 240_000;
const RECOVERED_REAL_MS_MIN = 180_000;
/** Between two looks at what every client answers, in real milliseconds. */
const LOOK_MS = 200;

export interface ScriptOptions {
  readonly speed: number;
  /** How long the faults last, in minutes of the protocol's time: 4 or more. */
  readonly minutes: number;
  /** Clients of each language and fault. */
  readonly clients: number;
  readonly run: "bundle" | "sources";
}

/** The faults, with what may lie ahead of a redirect. */
export type Faults = (trap: string) => readonly NamedFault[];

/** One client of one language, and the fault that it meets. */
interface Subject {
  readonly id: string;
  readonly language: string;
  readonly isPage: boolean;
  readonly driver: Driver;
  readonly fault: NamedFault;
  readonly verdict: Verdict;
  hadFlags: boolean;
  /** Kinds of trouble that it told while the fault lasted. */
  readonly troubles: Set<string>;
}

/** The same faults for every language at the same time, through one proxy, before one real server. */
export async function playScript(languages: readonly Language[], faults: Faults, options: ScriptOptions): Promise<readonly Verdict[]> {
  const folder = makeFolder("sdk-faults");
  const trap = await startTrap();
  const repository = new FlagRepository(join(folder.path, "flags"), []);
  for (const key of [STEADY, KILLED]) repository.write(flagPath(key), flagText(key, "on").replace("type: boolean", "type: boolean\nexpose: [server, browser]"));
  repository.commit("Flags of the drill");
  const running = await startSluice({ data: join(folder.path, "data"), source: repository.folder, pollMs: 30_000, run: options.run, sign: true });
  const drivers = new Map<Language, Driver>();
  let proxy: FaultProxy | undefined;
  try {
    proxy = await startFaultProxy({ upstream: running.url, speed: options.speed });
    for (const language of languages) drivers.set(language, await language.start(options.speed));
    const script = new Script({ running, proxy, options, trap });
    return await script.play(drivers, faults(trap.url));
  } finally {
    await Promise.all([...drivers.values()].map((driver) => driver.stop()));
    await proxy?.close();
    await trap.close();
    await running.supervised.stop();
    folder.remove();
  }
}

interface Trap {
  readonly url: string;
  /** Requests that came with a key, with how they name their client. */
  readonly keys: readonly string[];
  close(): Promise<void>;
}

/** Where redirects lead: a place that must never see a key. */
async function startTrap(): Promise<Trap> {
  const keys: string[] = [];
  const server = createServer((request, response) => {
    if (request.headers.authorization !== undefined) keys.push(String(request.headers["sluice-sdk"] ?? "a page"));
    response.writeHead(200, { "content-type": "text/plain", "access-control-allow-origin": "*" });
    response.end("elsewhere");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    keys,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Parts {
  readonly running: Running;
  readonly proxy: FaultProxy;
  readonly options: ScriptOptions;
  readonly trap: Trap;
}

class Script {
  readonly #parts: Parts;
  readonly #subjects: Subject[] = [];

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async play(drivers: ReadonlyMap<Language, Driver>, faults: readonly NamedFault[]): Promise<readonly Verdict[]> {
    const { running, proxy } = this.#parts;
    await this.#open(drivers, faults);
    const healthy = this.#subjects.filter(({ fault }) => !fault.fromStart);
    await this.#allCome("reads flags before the fault", 0, (_, sight) => isAll(sight, [true, true]), healthy);
    for (const { id, fault } of healthy) proxy.set(id, fault.fault);
    await proxy.listen(false);
    const killed = await this.#outage();
    await proxy.listen(true);
    const healed = performance.now();
    for (const { id } of this.#subjects) proxy.set(id, undefined);
    await this.#allCome("reads the kill", RECOVERED_MS_MAX, (subject, sight) => {
      if (!isAll(sight, [true, false])) return false;
      subject.verdict.recoveredAfter(this.#virtual(performance.now() - healed));
      return true;
    });
    await lift(running, killed);
    await this.#allCome("reads the lift", RECOVERED_MS_MAX, (_, sight) => isAll(sight, [true, true]));
    for (const [{ isPage }, driver] of drivers) if (!isPage) await this.#hostile(driver);
    for (const [language, driver] of drivers) {
      const left = await driver.close();
      for (const { verdict } of this.#subjects.filter((subject) => subject.driver === driver).slice(0, 1))
        verdict.expect(left.length === 0, `after close ${left.join(", ")} of ${language.name} are left`);
    }
    for (const key of this.#parts.trap.keys) this.#subjects[0]?.verdict.expect(false, `a key of ${key} followed a redirect`);
    return [...new Set(this.#subjects.map(({ verdict }) => verdict))];
  }

  #virtual(realMs: number): number {
    return realMs * this.#parts.options.speed;
  }

  async #open(drivers: ReadonlyMap<Language, Driver>, faults: readonly NamedFault[]): Promise<void> {
    const { running, proxy, options } = this.#parts;
    const { keys } = (await running.ask("GET", "/api/signing-keys")).body as { readonly keys: readonly { readonly publicKey: string }[] };
    for (const [language, driver] of drivers) {
      for (const fault of faults) {
        if (language.isPage && fault.pages === false) continue;
        const verdict = new Verdict(language.name, fault.name);
        for (let index = 0; index < options.clients; index += 1) {
          const id = `${language.name}-${fault.name}-${index}`;
          if (fault.fromStart && !fault.uncounted) proxy.set(id, fault.fault);
          this.#subjects.push({ id, language: language.name, isPage: language.isPage, driver, fault, verdict, hadFlags: false, troubles: new Set() });
        }
      }
    }
    const open = ({ id, fault, driver }: Subject): Promise<void> =>
      driver.open({
        client: id,
        url: fault.host !== undefined ? `http://${fault.host}/c/${id}` : fault.uncounted ? proxy.downUrl(id) : proxy.url(id),
        key: running.sdkKey,
        environment: "production",
        ...(fault.signed ? { signatureKeys: keys.map(({ publicKey }) => publicKey) } : {}),
      });
    await Promise.all(this.#subjects.filter(({ fault }) => !(fault.fromStart && fault.uncounted)).map(open));
    await pause(0);
    this.#late = () => Promise.all(this.#subjects.filter(({ fault }) => fault.fromStart && fault.uncounted).map(open));
  }

  /** Opens those that begin while nobody listens. */
  #late: () => Promise<unknown> = async () => {};

  /** While the faults last: looks at what is answered, kills, and in the end counts requests. Gives the kill's id. */
  async #outage(): Promise<string> {
    const { running, options } = this.#parts;
    await this.#late();
    const began = performance.now();
    const lastsMs = options.minutes * 60_000;
    let killed: string | undefined;
    while (this.#virtual(performance.now() - began) < lastsMs) {
      if (killed === undefined && this.#virtual(performance.now() - began) > KILL_AFTER_MS) killed = (await kill(running, [KILLED])).kill;
      await this.#each((subject, sight) => this.#judge(subject, sight, killed !== undefined));
      await pause(LOOK_MS);
    }
    for (const subject of this.#subjects) this.#count(subject, began);
    await this.#each(({ fault, verdict, troubles }, { values }) => {
      if (fault.leaks) verdict.expect(values[1] === false, "the kill did not come through a link that gives way again and again");
      if (fault.host !== undefined) verdict.expect(troubles.has("unreachable"), `a host that there is not is told as ${[...troubles].join(", ")}`);
      if (fault.signed) verdict.expect(troubles.has("badSignature"), `a wrong signature is told as ${[...troubles].join(", ")}`);
    });
    return killed ?? (await kill(running, [KILLED])).kill;
  }

  #judge(subject: Subject, { values, state, trouble }: Sight, isKilled: boolean): void {
    const [steady, other] = values;
    subject.troubles.add(trouble);
    const { fault, verdict } = subject;
    if (steady === true) subject.hadFlags = true;
    verdict.kept(steady === (!fault.fromStart || subject.hadFlags), `${subject.id} answers ${String(steady)}, state ${state}`);
    verdict.expect(other === true || (isKilled && fault.leaks === true), `${subject.id} reads the kill through the fault`);
  }

  #count({ id, isPage, fault, verdict }: Subject, began: number): void {
    if (fault.uncounted || fault.leaks) return;
    const { proxy, options } = this.#parts;
    const [from, to] = [began + COUNTED_FROM_MS / options.speed, began + (options.minutes * 60_000) / options.speed];
    const counted = proxy.requests(id).filter((at) => at >= from && at <= to);
    const asked = isPage && fault.twiceByBrowsers === true ? Math.ceil(counted.length / 2) : counted.length;
    verdict.asked(asked, this.#virtual(to - from));
  }

  /** Looks until it holds for every client; the others are lost. */
  async #allCome(
    what: string,
    maxMs: number,
    holds: (subject: Subject, sight: Sight) => boolean,
    subjects: readonly Subject[] = this.#subjects,
  ): Promise<void> {
    const waiting = new Set(subjects.filter(({ fault }) => fault.host === undefined));
    const end = performance.now() + Math.max(maxMs / this.#parts.options.speed, RECOVERED_REAL_MS_MIN);
    while (waiting.size > 0 && performance.now() < end) {
      await this.#each((subject, sight) => {
        if (waiting.has(subject) && holds(subject, sight)) waiting.delete(subject);
      });
      await pause(LOOK_MS / 4);
    }
    for (const { id, verdict } of waiting) verdict.lose(`${id} never ${what}`);
  }

  async #each(look: (subject: Subject, sight: Sight) => void): Promise<void> {
    const drivers = [...new Set(this.#subjects.map(({ driver }) => driver))];
    const sights = new Map(await Promise.all(drivers.map(async (driver) => [driver, await driver.ask(QUESTIONS)] as const)));
    for (const subject of this.#subjects) {
      const sight = sights.get(subject.driver)?.get(subject.id);
      if (sight !== undefined) look(subject, sight);
    }
  }

  async #hostile(driver: Driver): Promise<void> {
    const [first] = this.#subjects.filter((subject) => subject.driver === driver && subject.fault.host === undefined);
    if (first === undefined) return;
    const { asked, threw, wrong } = await driver.hostile(first.id, STEADY);
    first.verdict.expect(asked > 0 && threw.length === 0, `contexts of ${first.language} made a call throw: ${threw.join("; ")}`);
    first.verdict.expect(wrong.length === 0, `contexts of ${first.language} were answered otherwise: ${wrong.join("; ")}`);
  }
}

function isAll({ values }: Sight, wanted: readonly boolean[]): boolean {
  return wanted.every((value, index) => values[index] === value);
}
