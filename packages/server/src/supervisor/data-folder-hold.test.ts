import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { holdDataFolder } from "./data-folder-hold.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-hold-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a data folder is held by one, and free again when it is let go", () => {
  const release = holdDataFolder(folder);
  expect(() => holdDataFolder(folder)).toThrow(/runs already on the data folder/);
  release();
  release();
  holdDataFolder(folder)();
});

test("a holder that is killed leaves no hold behind", async () => {
  const source = `import { holdDataFolder } from ${JSON.stringify(new URL("./data-folder-hold.ts", import.meta.url).href)};
    holdDataFolder(process.argv[1]);
    process.stdout.write("held");
    setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", source, folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(holder.stdout, "data");
  expect(() => holdDataFolder(folder)).toThrow(/runs already on the data folder/);
  holder.kill("SIGKILL");
  await once(holder, "exit");
  holdDataFolder(folder)();
});
