import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../rig/running.ts";
import { Tally } from "../rig/tally.ts";
import { Checkout } from "./checkout.ts";
import { refuses, startsNow } from "./refusal.ts";

/** Enough for the check at the beginning of a cold start, so that the disk becomes full in the middle of it. */
const DISK_MIB = 1_000;
const MIB = 2 ** 20;

/** Where the disk becomes full: the line that the start has just printed, and what is left then. */
const STAGES: readonly { readonly line: RegExp; readonly leftMib: number; readonly message: RegExp }[] = [
  { line: /Bringing the one pinned/, leftMib: 60, message: /^sluice: Node 24 could not be installed: the disk .*is full/ },
  { line: /^Installing dependencies/m, leftMib: 90, message: /^sluice: the dependencies could not be installed: the disk .*is full/ },
  { line: /^Building/m, leftMib: 0, message: /^sluice: the build failed: the disk of \S+ is full|^sluice: .* (?:cannot be (?:used|made)|the disk is full)/ },
];

/** Writes until only `leftMib` are left. */
function fill(disk: string, leftMib: number): void {
  const file = openSync(join(disk, "filler"), "a");
  try {
    const block = Buffer.alloc(MIB, 1);
    for (;;) {
      const { bavail, bsize } = statfsSync(disk);
      const room = (bavail - Math.ceil((leftMib * MIB) / bsize)) * bsize;
      if (room <= 0) return;
      writeSync(file, block, 0, Math.min(room, block.length));
    }
  } finally {
    closeSync(file);
  }
}

async function coldStarts(tally: Tally, disk: string, cache: string): Promise<Checkout> {
  const checkout = new Checkout(disk, cache);
  for (const { line, leftMib, message } of STAGES) {
    const cold = await checkout.start();
    await cold.says(line);
    fill(disk, leftMib);
    await refuses(tally, cold, message);
    await cold.end("SIGKILL");
    // With the disk still full, too: nothing is begun.
    await refuses(tally, await checkout.start(), /^sluice: (?:only \d+ MiB are free in|the disk of \S+ is full)/);
    rmSync(join(disk, "filler"));
  }
  await startsNow(tally, await checkout.start());
  return checkout;
}

/** The checkout's disk becomes full during a cold start, in each of its stages; then the data folder's alone (a tmpfs each; mounting needs root). */
export async function fullDisk(rounds: number): Promise<Tally> {
  const tally = new Tally("fullDisk");
  for (let round = 0; round < rounds; round += 1) {
    const place = makeFolder("full-disk");
    const [disk, small] = [join(place.path, "disk"), join(place.path, "small")];
    for (const path of [disk, small]) mkdirSync(path);
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_MIB}m`, "sluice-drill", disk]);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=16m", "sluice-drill", small]);
    try {
      const checkout = await coldStarts(tally, disk, join(place.path, "cache"));
      for (const leftMib of [0, 0.05]) {
        fill(small, leftMib);
        const data = ["--", "--data", join(small, `data-${leftMib}`)];
        await refuses(tally, await checkout.start({}, data), /disk is full/);
        rmSync(join(small, "filler"));
        await startsNow(tally, await checkout.start({}, data));
      }
      tally.rounds += 1;
    } finally {
      for (const path of [disk, small]) execFileSync("umount", ["-l", path]);
      place.remove();
    }
  }
  return tally;
}
