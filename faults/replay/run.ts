// `npm run faults -- replay [--commits N] [--samples N] [--json]`: five years of a real flag store, replayed as commits through the Git source.
// After each sampled commit the served snapshot must equal a compile from the log in a fresh process, byte for byte.
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeSnapshot } from "@sluice/evaluation";
import { nodeLog, nodeWorld } from "@sluice/ports/node";
import { ControlPlane, GitSource } from "@sluice/server";
import { openStore } from "@sluice/store";
import { historyOf, type Step } from "./history.ts";

const value = (name: string, usual: number): number => (process.argv.includes(name) ? Number(process.argv[process.argv.indexOf(name) + 1]) : usual);
const json = process.argv.includes("--json");
const events = join(import.meta.dirname, "../../../shared/corpora/duckduckgo_events.csv");

/** All commits at once, through `git fast-import`: two thousand `git commit` would take minutes. */
function makeRepository(folder: string, steps: readonly Step[]): readonly string[] {
  mkdirSync(folder, { recursive: true });
  const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };
  execFileSync("git", ["init", "--quiet", "--bare", "--initial-branch=main", "."], { cwd: folder, env });
  const parts: Buffer[] = [];
  for (const [index, step] of steps.entries()) {
    parts.push(
      Buffer.from(
        `commit refs/heads/history\nmark :${index + 1}\ncommitter Replay <replay@example.com> ${1_600_000_000 + index} +0000\ndata ${Buffer.byteLength(step.subject)}\n${step.subject}\n`,
      ),
    );
    for (const [path, text] of step.changes)
      parts.push(Buffer.from(text === undefined ? `D ${path}\n` : `M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`));
  }
  const imported = spawnSync("git", ["fast-import", "--quiet", "--export-marks=marks"], { cwd: folder, env, input: Buffer.concat(parts) });
  if (imported.status !== 0) throw new Error(`git fast-import: ${imported.stderr.toString("utf8").slice(-500)}`);
  const marks = new Map(
    readFileSync(join(folder, "marks"), "utf8")
      .trim()
      .split("\n")
      .map((line): [string, string] => [line.split(" ")[0] ?? "", line.split(" ")[1] ?? ""]),
  );
  return steps.map((_, index) => marks.get(`:${index + 1}`) ?? "");
}

const sha = (text: string): string => createHash("sha256").update(text).digest("hex");

async function replay(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-replay-"));
  const steps = historyOf(readFileSync(events, "utf8")).slice(0, value("--commits", Number.MAX_SAFE_INTEGER));
  const samples = value("--samples", 200);
  const remote = join(folder, "remote");
  const commits = makeRepository(remote, steps);
  const url = `sqlite:${join(folder, "store.db")}`;
  const store = await openStore(url);
  const world = nodeWorld({ folder: join(folder, "api"), log: nodeLog({ json: false, name: "replay", minimum: "error" }), keepsAlive: true });
  const source = new GitSource({ url: remote, branch: "main", folder: "", mirror: join(folder, "mirror") });
  const plane = new ControlPlane({ world, store, source, project: "replay", pollMs: 3_600_000 });
  await plane.start();
  const every = Math.max(1, Math.floor(commits.length / samples));
  let compared = 0;
  let wrong = 0;
  let held = 0;
  for (const [index, commit] of commits.entries()) {
    execFileSync("git", ["update-ref", "refs/heads/main", commit], { cwd: remote });
    await plane.adoption.lookNow();
    if (plane.decisions.held?.commit === commit) {
      held++;
      await plane.adoption.accept({ id: "operator", name: "Operator", email: "", role: "engineer", grant: "", byCookie: false }, commit, `accept-${index}`);
    }
    if (plane.decisions.commit !== commit)
      throw new Error(`commit ${index} (${commit}) was not adopted: ${plane.adoption.health.trouble ?? "no trouble named"}`);
    if (index % every !== 0 || compared >= samples) continue;
    const snapshot = plane.state("production")?.snapshot;
    const fresh = spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "fresh-compile.ts"), url, "production"], {
      encoding: "utf8",
      maxBuffer: 64 << 20,
    });
    compared++;
    if (snapshot === undefined || fresh.stdout.trim() !== sha(encodeSnapshot(snapshot))) {
      wrong++;
      console.error(`commit ${index} ${commit}: served and fresh differ ${fresh.stderr.slice(-300)}`);
    }
    if (!json && compared % 20 === 0) console.log(`${index + 1} of ${commits.length} commits, ${compared} compared, ${wrong} different`);
  }
  const flags = Object.keys(plane.state("production")?.snapshot?.flags ?? {}).length;
  const { checked, broken } = await store.verify();
  await plane.stop();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
  const figures = {
    "replay.commits": commits.length,
    "replay.events": steps.reduce((sum, step) => sum + step.events, 0),
    "replay.compared": compared,
    "replay.wrong": wrong,
    "replay.lost": broken === undefined ? 0 : 1,
    "replay.held": held,
    "replay.flags": flags,
    "replay.logged": checked,
  };
  if (json) console.log(JSON.stringify({ name: "replay", figures, peers: {}, notes: "" }));
  else
    console.log(
      `${figures["replay.commits"]} commits (${figures["replay.events"]} events) adopted, ${compared} compared with a fresh process: ${wrong} different; ${flags} flags at the end; chain of ${checked} events ${broken === undefined ? "intact" : `broken at ${broken.seq}`}`,
    );
  process.exitCode = wrong === 0 && broken === undefined && compared > 0 ? 0 : 1;
}

if (existsSync(events)) {
  await replay();
  // The plane's next look at its source is an hour away; nothing is left to wait for.
  process.exit();
} else {
  console.log("skipped: replay, because the corpora are not beside this checkout (../shared/corpora)");
  if (json) console.log(JSON.stringify({ name: "replay", figures: {}, peers: {}, notes: "corpora absent" }));
}
