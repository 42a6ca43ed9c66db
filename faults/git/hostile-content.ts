import { spawnSync } from "node:child_process";
import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FlagRepository, flagKeys, flagPath, flagText } from "../rig/flag-repository.ts";
import { kill, lift, makeFolder, type Running, startSluice, until } from "../rig/running.ts";
import { mustCome, Tally } from "../rig/tally.ts";
import { LogReader, Witness } from "../rig/witness.ts";

const HURT = "area-0.flag-0";
const GOOD = "area-6.flag-6";
const KILLED = "area-2.flag-2";
const CANARY = "CANARY-6f0c2b-not-for-flags";
const HUGE_BYTES = 50 << 20;
const DEEP = 200_000;
const ADOPTED_MS_MAX = 45_000;

interface Attack {
  readonly name: string;
  /** True where people must be told which file is not as it should be. */
  readonly isNamed: boolean;
  readonly strike: (repository: FlagRepository, outside: string) => void;
}

/** Nine levels of nine: 387 million strings when each alias is opened. */
function bomb(): string {
  const levels = Array.from(
    { length: 9 },
    (_, level) => `a${level}: &a${level} [${Array.from({ length: 9 }, () => (level === 0 ? "lol" : `*a${level - 1}`)).join(", ")}]`,
  );
  return `${levels.join("\n")}\n${flagText(HURT, "off")}`;
}

const path = flagPath(HURT);
export const ATTACKS: readonly Attack[] = [
  { name: "a YAML bomb of aliases", isNamed: true, strike: (repository) => repository.write(path, bomb()) },
  { name: "brackets 200,000 deep", isNamed: true, strike: (repository) => repository.write(path, `description: ${"[".repeat(DEEP)}`) },
  {
    name: "a file of 50 MB",
    isNamed: true,
    strike: (repository) => repository.write(path, Buffer.alloc(HUGE_BYTES, `${flagText(HURT, "off")}# ${"x".repeat(1_000)}\n`)),
  },
  {
    name: "a symbolic link out of the tree",
    isNamed: true,
    strike: (repository, outside) => {
      repository.remove(path);
      symlinkSync(join(outside, "flag.yaml"), join(repository.folder, path));
    },
  },
  {
    name: "a folder that is a symbolic link",
    isNamed: false,
    strike: (repository, outside) => {
      symlinkSync(outside, join(repository.folder, "flags", "linked"));
    },
  },
  {
    name: "bytes that are no text",
    isNamed: true,
    strike: (repository) => repository.write(path, Buffer.from(Array.from({ length: 4_096 }, (_, index) => (index * 89 + 131) % 256))),
  },
  {
    name: "__proto__ and constructor as keys",
    isNamed: true,
    strike: (repository) => repository.write(path, `__proto__: { type: boolean }\nconstructor: { prototype: { off: on } }\n${flagText(HURT, "off")}`),
  },
  {
    name: "a path with a line break and one that climbs",
    isNamed: false,
    strike: (repository) => repository.write("flags/area-0/..\n%2e%2e.yaml", flagText(HURT, "off")),
  },
  { name: "UTF-16", isNamed: true, strike: (repository) => repository.write(path, Buffer.from(`\ufeff${flagText(HURT, "off")}`, "utf16le")) },
  {
    name: "Latin-1",
    isNamed: true,
    strike: (repository) => repository.write(path, Buffer.from(flagText(HURT, "off").replace("A switch", "Ein Schälter"), "latin1")),
  },
  {
    name: "a pointer of Git LFS",
    isNamed: true,
    strike: (repository) => repository.write(path, `version https://git-lfs.github.com/spec/v1\noid sha256:${"4d7a".repeat(16)}\nsize 12345\n`),
  },
  { name: "the markers of a merge", isNamed: true, strike: (repository) => repository.write(path, `<<<<<<< HEAD\n${flagText(HURT, "off")}>>>>>>> theirs\n`) },
  {
    name: "a branch that is written anew, with nothing in common",
    isNamed: true,
    strike: (repository) => {
      repository.git("checkout", "--quiet", "--orphan", "anew");
      repository.git("branch", "--quiet", "--delete", "--force", "main");
      repository.git("branch", "--quiet", "--move", "main");
      repository.write(path, "hello\n");
    },
  },
  {
    name: "a random spoiling of the file",
    isNamed: true,
    // A line that is no YAML at a random place: whatever stands around it, the file cannot be read.
    strike: (repository) => {
      const lines = flagText(HURT, "off").split("\n");
      lines.splice(Math.floor(Math.random() * lines.length), 0, `}${"{[".repeat(1 + Math.floor(Math.random() * 50))}`);
      repository.write(path, lines.join("\n"));
    },
  },
];

interface Drill {
  readonly running: Running;
  readonly repository: FlagRepository;
  readonly outside: string;
  readonly witness: Witness;
  readonly tally: Tally;
}

async function push({ running, repository }: Drill, subject: string): Promise<void> {
  repository.commit(subject);
  await running.ask("POST", "/hooks/git", {}, {});
}

async function problems(running: Running): Promise<string> {
  const { body } = await running.ask("GET", "/health");
  return JSON.stringify((body as { readonly source?: unknown }).source);
}

async function round(drill: Drill, attack: Attack, variant: "on" | "off"): Promise<void> {
  const { running, repository, outside, witness, tally } = drill;
  const before = { ...running.supervised.pids };
  attack.strike(repository, outside);
  repository.write(flagPath(GOOD), flagText(GOOD, variant));
  const start = performance.now();
  await push(drill, attack.name);
  const { kill: id } = await kill(running, [KILLED]);
  await mustCome(witness.untilReads(KILLED, false, 5_000), (why) => tally.lose(`${attack.name}: ${why}`));
  await lift(running, id);
  await mustCome(witness.untilReads(GOOD, variant === "on", ADOPTED_MS_MAX), (why) => tally.lose(`${attack.name}: the rest of the commit: ${why}`));
  tally.waited(performance.now() - start);
  tally.expect(witness.reads(HURT), `${attack.name}: the flag left its last good form`);
  if (attack.isNamed)
    await mustCome(
      until(`${attack.name}: people are told which file`, async () => ((await problems(running)).includes(path) ? true : undefined), 10_000),
      (why) => tally.fault(why),
    );
  const { api, fanout } = running.supervised.pids;
  tally.expect(api === before.api && fanout === before.fanout, `${attack.name}: a process ended`);
  rmSync(join(repository.folder, "flags", "linked"), { force: true });
  rmSync(join(repository.folder, "flags/area-0/..\n%2e%2e.yaml"), { force: true });
  repository.write(path, flagText(HURT, "on"));
  await push(drill, `After ${attack.name}`);
  await mustCome(
    until("the problem is over", async () => ((await problems(running)).includes(path) ? undefined : true), ADOPTED_MS_MAX),
    (why) => tally.fault(`${attack.name}: ${why}`),
  );
}

/** A file may be replaced while the folder is read; so often in a row it is not. */
const LOOKS_MAX = 20;

/** Files holding the canary under a folder, apart from what Git itself keeps. */
function leaks(folder: string): string {
  for (let looks = 1; ; looks += 1) {
    const { status, stdout, stderr, error } = spawnSync("grep", ["-rla", CANARY, folder], { encoding: "utf8" });
    if (error !== undefined) throw error;
    if (status === 0 || status === 1) return stdout.trim();
    if (looks === LOOKS_MAX || !/: No such file or directory$/m.test(stderr)) throw new Error(`grep ended with ${status}: ${stderr}`);
  }
}

/** Commits with hostile files: only the flag they hurt stays as it was, everything else moves on, nothing of this machine is read. */
export async function hostileContent(rounds: number, run: "bundle" | "sources" = "bundle"): Promise<Tally> {
  const tally = new Tally("gitHostile");
  const folder = makeFolder("githostile");
  const outside = makeFolder("outside");
  writeFileSync(join(outside.path, "flag.yaml"), flagText(HURT, "off").replace("A switch", CANARY));
  const repository = new FlagRepository(join(folder.path, "flags"), flagKeys(20));
  const running = await startSluice({ data: join(folder.path, "data"), source: repository.folder, pollMs: 1_000, run });
  try {
    const witness = await Witness.start(running.url, running.sdkKey);
    const log = await LogReader.open(running);
    for (let index = 0; index < rounds; index += 1) {
      const attack = ATTACKS[index % ATTACKS.length];
      if (attack !== undefined) await round({ running, repository, outside: outside.path, witness, tally }, attack, index % 2 === 0 ? "off" : "on");
      tally.rounds += 1;
    }
    tally.expect(leaks(running.data) === "", `a file outside the repository was read into ${leaks(running.data)}`);
    for (const why of await log.faults()) tally.fault(why);
    await witness.close();
    await log.close();
  } finally {
    await running.supervised.stop();
    folder.remove();
    outside.remove();
  }
  return tally;
}
