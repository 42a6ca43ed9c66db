import { execFile } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const run = join(import.meta.dirname, "../tools/simulation/run.ts");
const worker = join(import.meta.dirname, "../tools/simulation/seed-worker.ts");

test("300 seeds of the simulated world show no violation, and every planted bug is found, alone and beside another", async () => {
  const output = await new Promise<string>((resolve, reject) => {
    execFile(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", run, "--seeds", "300", "--pairs", "8", "--json"],
      { maxBuffer: 16 << 20 },
      (error, stdout, stderr) => {
        // A failing run exits with 1 and still says what it found.
        if (stdout.trim() === "") reject(new Error(`${error?.message ?? ""} ${stderr}`));
        else resolve(stdout);
      },
    );
  });
  const { figures, notes } = JSON.parse(output.trim().split("\n").at(-1) ?? "{}") as { figures: Record<string, number>; notes: string };
  // It names what was not found, and the seeds of violations.
  expect(notes).toBe("");
  expect(figures).toMatchObject({ seeds: 300, violations: 0, "planted.found": figures["planted.total"], "pairs.found": figures["pairs.total"] });
  expect(figures["planted.total"]).toBeGreaterThanOrEqual(25);
  // Histories in which nobody got a word in would agree with everything.
  expect(figures["acknowledged"]).toBeGreaterThan(4_000);
  expect(figures["pairs.total"]).toBe(8);
}, 1_800_000);

test("histories behind the first 300 that have shown something once show no violation", async () => {
  const seeds = [
    // How far an epoch was seen stood in a later one that is lost too.
    368,
    // Four losses, each of the epoch that the one before began: what they had replaced stays replaced.
    614,
    // A relay's kill is lost on its way from the relay before it.
    2_826,
    // A kill is sent ahead in an epoch that is lost before any of it was served.
    3_359,
    // An SDK tells of the loss before the server has held the log against its own disk.
    4_520,
  ];
  const output = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, ["--disable-warning=ExperimentalWarning", worker, seeds.join(",")], (error, stdout) =>
      error === null ? resolve(stdout) : reject(error),
    );
  });
  expect(JSON.parse(output.trim().split("\n").at(-1) ?? "{}")).toMatchObject({ played: seeds.length, bad: [] });
});
