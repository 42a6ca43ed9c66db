// Wrong schedulers, folds and decisions that the random worlds must find. `node conformance/releases/mutants.ts --all` looks for each
// one's first world again, for whoever changes how worlds are drawn: a mutant's `seed` is a world in which it is seen, 0 where none is known.
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** One text of one file of packages/releases/src, replaced once. */
export interface ReleaseMutant {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly seed: number;
}

export const releaseMutants: readonly ReleaseMutant[] = [
  {
    name: "cells are kept over a hold that was placed meanwhile",
    file: "schedule/steady.ts",
    find: "return [customers, holds, freezes,",
    replace: "return [customers, freezes,",
    seed: 3,
  },
  {
    name: "cells are kept over a pin that was placed or ended meanwhile",
    file: "schedule/steady.ts",
    find: "own?.kills, own?.pins]",
    replace: "own?.kills]",
    seed: 2,
  },
  {
    name: "a start that is very late starts all the same",
    file: "schedule/due.ts",
    find: "if (isFrozen || nowMs - firstMs > GRACE_MS) return undecided",
    replace: "if (isFrozen || nowMs - firstMs > 4 * GRACE_MS) return undecided",
    seed: 4,
  },
  {
    name: "what is late starts inside a hold",
    file: "schedule/due.ts",
    find: "atMs <= nowMs && (atMs === nowMs || freeFrom(decisions, release, { index, customer, atMs: nowMs }) === nowMs))",
    replace: "atMs <= nowMs)",
    seed: 1220,
  },
  {
    name: "later customers of a wave pass closed gates",
    file: "schedule/due.ts",
    find: "if (standingGates(parts, release, nowMs).length > 0) return [];",
    replace: "",
    seed: 65,
  },
  {
    name: "a question is asked under the command of an answered one",
    file: "schedule/due.ts",
    find: "undecided:${dueAtMs}:${release.changedAtMs}`",
    replace: "undecided:${dueAtMs}`",
    seed: 25,
  },
  {
    name: "a release is completed before its last wave was watched",
    file: "schedule/due.ts",
    find: "nowMs < state.liveAtMs + content.bakeMs) return [];",
    replace: "nowMs < state.liveAtMs) return [];",
    seed: 3,
  },
  {
    name: "the scheduler sleeps over the end of a grace",
    file: "schedule/due.ts",
    find: "freeMs <= nowMs ? [turnMs + GRACE_MS + 1] :",
    replace: "freeMs <= nowMs ? [] :",
    seed: 4,
  },
  {
    name: "the scheduler sleeps over the end of a bake",
    file: "schedule/due.ts",
    find: "return [...ends, ...bakes, ...turns, ...own];",
    replace: "return [...ends, ...turns, ...own];",
    seed: 3,
  },
  {
    name: "an approval of an earlier content counts",
    file: "schedule/gates.ts",
    find: "given.role === role && given.contentHash === contentHash",
    replace: "given.role === role && contentHash !== undefined",
    seed: 43,
  },
  {
    name: "an approval never ends",
    file: "schedule/gates.ts",
    find: "filter((role) => !(endOf(release, role) > atMs))",
    replace: "filter((role) => endOf(release, role) === 0 && atMs > 0)",
    seed: 11,
  },
  {
    name: "an approval still counts at the instant of its end",
    file: "schedule/gates.ts",
    find: "filter((role) => !(endOf(release, role) > atMs))",
    replace: "filter((role) => !(endOf(release, role) >= atMs))",
    seed: 65,
  },
  {
    name: "the page promises a start behind the end of an approval",
    file: "schedule/outlook.ts",
    find: "standing: (atMs) => standingGates(parts, release, atMs), taken",
    replace: "standing: () => standingGates(parts, release, nowMs), taken",
    seed: 233,
  },
  {
    name: "an approval lasts a month, whatever the approver said",
    file: "apply-release.ts",
    find: "return untilMs ?? atMs + APPROVAL_MS;",
    replace: "return Math.max(untilMs ?? 0, atMs + APPROVAL_MS);",
    seed: 11,
  },
  {
    name: "versions are compared as words",
    file: "schedule/gates.ts",
    find: "running === needed : compareSemVer(a, b) >= 0;",
    replace: "running === needed : running >= needed;",
    seed: 43,
  },
  { name: "the bake is not looked at", file: "schedule/gates.ts", find: "return overAtMs <= atMs ? []", replace: "return overAtMs > 0 ? []", seed: 5 },
  {
    name: "a wave has everybody of its audience, earlier waves' customers too",
    file: "schedule/wave-plan.ts",
    find: "left = left.filter(({ id }) => !assigned.has(id));",
    replace: "",
    seed: 2,
  },
  {
    name: "a hold for some releases holds all",
    file: "schedule/wave-plan.ts",
    find: "((hold.releases === undefined && hold.risks === undefined) ||",
    replace: "((hold.releases === undefined || hold.risks === undefined) ||",
    seed: 27,
  },
  {
    name: "local starts follow the release's clock",
    file: "schedule/wave-plan.ts",
    find: "instantOf(wave.start.local, zone ?? release.content.zone)",
    replace: "instantOf(wave.start.local, release.content.zone)",
    seed: 2,
  },
  {
    name: "a freeze shifts the wave inside it and none behind",
    file: "schedule/wave-plan.ts",
    find: "if (isInside) shiftMs += (pushOut(start, shifting, open) ?? start) - start;",
    replace: "if (isInside) return (pushOut(start, shifting, open) ?? start) - start + shiftMs;",
    seed: 198,
  },
  {
    name: "a window's last millisecond is its end",
    file: "schedule/push-out.ts",
    find: "if (fromMs <= at && at < untilMs) at = untilMs;",
    replace: "if (fromMs < at && at < untilMs) at = untilMs;",
    seed: 21,
  },
  {
    name: "of a time that comes twice, the second is meant",
    file: "schedule/zone-time.ts",
    find: 'toZonedDateTime(zone, { disambiguation: "compatible" })',
    replace: 'toZonedDateTime(zone, { disambiguation: "later" })',
    seed: 15,
  },
  {
    name: "a start at a time that a change of the clocks skips comes as much sooner",
    file: "schedule/zone-time.ts",
    find: 'toZonedDateTime(zone, { disambiguation: "compatible" })',
    replace: 'toZonedDateTime(zone, { disambiguation: "earlier" })',
    seed: 71,
  },
  {
    name: "hours that a change of the clocks opens stay closed",
    file: "schedule/zone-time.ts",
    find: "...(isOfDay ? [change] : [])",
    replace: "...(isOfDay && change === null ? [change] : [])",
    seed: 202,
  },
  {
    name: "of hours that open twice in a night only the first are seen",
    file: "schedule/zone-time.ts",
    find: '(["earlier", "later"] as const).map(',
    replace: '(["earlier", "earlier"] as const).map(',
    seed: 700,
  },
  {
    name: "what a jump of the clock passed by less than its grace asks at once",
    file: "schedule/due.ts",
    find: "if (isFrozen || nowMs - firstMs > GRACE_MS) return undecided",
    replace: "if (isFrozen || nowMs > firstMs) return undecided",
    seed: 242,
  },
  {
    name: "whoever is passed over by a jump of the clock gets it however late",
    file: "schedule/due.ts",
    find: "if (first !== undefined && nowMs - first.atMs > GRACE_MS)",
    replace: "if (first !== undefined && nowMs - Math.max(first.atMs, release.changedAtMs) > GRACE_MS)",
    seed: 199,
  },
  {
    name: "whoever has it is told that it is to come, once the clock was put back",
    file: "schedule/cell.ts",
    find: "const has = alreadyHas(parts);",
    replace: "const has = release.waves.some(({ exposed }) => (exposed.get(customer) ?? 0) > time.atMs) ? undefined : alreadyHas(parts);",
    seed: 242,
  },
  {
    name: "a lifted hold never was",
    file: "apply-release.ts",
    find: "return known.fromMs >= atMs ? windows.delete(id)",
    replace: "return known.fromMs >= 0 ? windows.delete(id)",
    seed: 86,
  },
  {
    name: "a wave forgets what freezes moved it once it begins",
    file: "apply-release.ts",
    find: "const { shiftMs = 0 } = facts;",
    replace: "const shiftMs = 0 * (facts.shiftMs ?? 0);",
    seed: 140,
  },
  {
    name: "a killed release goes on",
    file: "apply-release.ts",
    find: 'if (isConcerned && (phase === "planned" ||',
    replace: "if (isConcerned && (",
    seed: 6,
  },
  {
    name: "one release's question takes from whom another reaches",
    file: "apply-release.ts",
    find: "if (reaches) waiting.push(",
    replace: "if (waiting.length >= 0) waiting.push(",
    seed: 1037,
  },
  {
    name: "moving a wave leaves those behind where they were",
    file: "apply-release.ts",
    find: 'wave.phase === "live" ? wave : shifted(wave, facts.shiftMs);',
    replace: 'wave.phase === "live" ? wave : shifted(wave, 0);',
    seed: 126,
  },
  {
    name: "the page promises a start that the bake delays",
    file: "schedule/outlook.ts",
    find: "const fromMs = Math.max(nowMs, before.bakedAtMs);",
    replace: "const fromMs = nowMs;",
    seed: 5,
  },
  {
    name: "the page forgets that a question stops later waves",
    file: "schedule/cell.ts",
    find: "(comesAtMs === undefined || comesAtMs > asks.untilMs))",
    replace: "comesAtMs === undefined)",
    seed: 8,
  },
  {
    name: "a hold moves nobody whose turn was known before it",
    file: "schedule/turns.ts",
    find: "touched.has(turn.customer.id) ? turnOf(calendar, release, index, turn.customer) : turn",
    replace: "touched.has(turn.customer.id) ? turn : turn",
    seed: 3,
  },
  {
    name: "only a customer's first hold is seen to change",
    file: "schedule/turns.ts",
    find: "if (a.length !== b.length || a.some((hold, at) => hold !== b[at])) customers.add(id);",
    replace: "if (a[0] !== b[0]) customers.add(id);",
    seed: 287,
  },
  {
    name: "the page takes who is late for on at its turn",
    file: "schedule/outlook.ts",
    find: "if (turn.atMs >= fromMs) return turn.atMs;",
    replace: "if (turn.atMs >= 0) return turn.atMs;",
    seed: 67,
  },
  {
    name: "the scheduler sleeps over the next turn",
    file: "schedule/due.ts",
    find: "next < 0 ? turns : turns.slice(0, next + 1)",
    replace: "next < 0 ? turns : turns.slice(0, next)",
    seed: 3,
  },
  {
    name: "an edit of a planned release takes another's flag",
    file: "decide/save-release.ts",
    find: 'return known.phase === "draft" ? undefined : takenFlag(decisions, wish.release, content);',
    replace: "return undefined;",
    seed: 262,
  },
  {
    name: "opt-ins are forgotten by a checkpoint",
    file: "decisions-codec.ts",
    find: "optIns: PersistentMap.from(optIns) };",
    replace: "optIns: PersistentMap.from(optIns.slice(1)) };",
    seed: 2,
  },
  {
    name: "a pin lasts beyond its end",
    file: "schedule/due.ts",
    find: "pins.findIndex(({ untilMs }) => untilMs > nowMs);",
    replace: "pins.findIndex(({ untilMs }) => untilMs >= nowMs);",
    seed: 2,
  },
  {
    name: "the scheduler sleeps over the end of a pin",
    file: "schedule/due.ts",
    find: "find(({ untilMs }) => untilMs > nowMs)?.untilMs ?? nowMs);",
    replace: "find(({ untilMs }) => untilMs < nowMs)?.untilMs ?? nowMs);",
    seed: 2,
  },
  {
    name: "a roll-back leaves what early access let through pinned",
    file: "apply-release.ts",
    find: "environment === undefined ? dropped : endPinsThrough(dropped, environment, facts.release);",
    replace: 'environment === undefined ? dropped : endPinsThrough(dropped, environment, "");',
    seed: 1989,
  },
  {
    name: "customers outside are pinned without an offer",
    file: "decide/pin.ts",
    find: "(needsOffer ? refuseOffer(decisions, wish) : undefined) ??",
    replace: "",
    seed: 2,
  },
  {
    name: "a hold of the company's own customers gates no pin",
    file: "decide/pin.ts",
    find: "(isHeld(decisions, wish) ? heldRefusal : undefined);",
    replace: "(needsOffer && isHeld(decisions, wish) ? heldRefusal : undefined);",
    seed: 24,
  },
  {
    name: "a pin wins over a kill",
    file: "schedule/cell.ts",
    find: "!kills.some(({ flags }) => flags.includes(flag))",
    replace: 'flag !== "" || kills.length === 0',
    seed: 3,
  },
  {
    name: "pins are forgotten by a checkpoint",
    file: "decisions-codec.ts",
    find: "pins: PersistentMap.from(wire.pins.map(",
    replace: "pins: PersistentMap.from(wire.pins.slice(1).map(",
    seed: 2,
  },
];

const root = join(import.meta.dirname, "../..");
const RUN_MS_MAX = 900_000;

/** The first wrong world of the mutant from `seed` on among `worlds`; `undefined` where none is. */
export function firstWrong(
  mutant: Omit<ReleaseMutant, "seed">,
  { seed, worlds, id }: { readonly seed: number; readonly worlds: number; readonly id: string },
): Promise<number | undefined> {
  const folder = join(root, ".build/mutants", `releases-${process.pid}-${id}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "node_modules/@sluice"), { recursive: true });
  const isSource = (path: string): boolean => !path.endsWith(".test.ts") && !path.includes("node_modules/");
  for (const name of ["packages/evaluation", "packages/releases", "conformance/releases", "conformance/naive"]) {
    cpSync(join(root, name), join(folder, name), { recursive: true, filter: isSource });
    if (name.startsWith("packages/")) symlinkSync(join(folder, name), join(folder, "node_modules/@sluice", name.slice("packages/".length)));
  }
  cpSync(join(root, "conformance/worlds.ts"), join(folder, "conformance/worlds.ts"));
  const path = join(folder, "packages/releases/src", mutant.file);
  const text = readFileSync(path, "utf8");
  const times = text.split(mutant.find).length - 1;
  if (times !== 1) throw new Error(`"${mutant.name}": its text stands ${times} times in ${mutant.file}, it must be once`);
  writeFileSync(
    path,
    text.replace(mutant.find, () => mutant.replace),
  );
  const args = [
    "--disable-warning=ExperimentalWarning",
    join(folder, "conformance/releases/run.ts"),
    "--seed",
    String(seed),
    "--worlds",
    String(worlds),
    "--most",
    "1",
  ];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { timeout: RUN_MS_MAX }, (error, stdout, stderr) => {
      rmSync(folder, { recursive: true, force: true });
      const found = /^seed (\d+)$/m.exec(stdout);
      if (found !== null) resolve(Number(found[1]));
      else if (error === null) resolve(undefined);
      else reject(new Error(`"${mutant.name}" could not be run: ${stderr}`));
    });
  });
}

if (import.meta.main) {
  for (const mutant of releaseMutants.filter(({ seed }) => seed === 0 || process.argv.includes("--all"))) {
    const seed = await firstWrong(mutant, { seed: 2, worlds: 10_000, id: "search" });
    console.log(`${seed ?? "NOT FOUND"}\t${mutant.name}`);
  }
}
