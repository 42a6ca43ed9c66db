import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { existsSync } from "node:fs";
import { environmentPython, findPython, folder as pythonFolder } from "../../sdks/python/installation.ts";
import { CHROMIUM } from "../../tests/chromium.ts";
import { buildGo, goBuildFolder, goCommand, goRoot } from "../../tests/sdk-go/toolchain.ts";
import { compileJava, hasJava, javaClassPath } from "../../tests/sdk-java/toolchain.ts";
import { type Driver, pipeDriver } from "./driver.ts";
import { browserDriver } from "./drivers/js-browser.ts";

/** A language of the SDKs, and how a process with clients of it is started. */
export interface Language {
  readonly name: string;
  readonly isPage: boolean;
  /** What is missing on this machine; undefined where nothing is. */
  readonly missing: string | undefined;
  /** `speed`: how many times faster than the machine's its clocks run. */
  start(speed: number): Promise<Driver>;
}

const NODE_ARGUMENTS = ["--disable-warning=ExperimentalWarning", "--max-old-space-size=1024", "--expose-gc"];

export const languages: readonly Language[] = [
  {
    name: "js-server",
    isPage: false,
    missing: undefined,
    start: async (speed) => pipeDriver([process.execPath, ...NODE_ARGUMENTS, join(import.meta.dirname, "drivers/js-server.ts"), String(speed)]),
  },
  { name: "js-browser", isPage: true, missing: existsSync(CHROMIUM) ? undefined : `no Chromium at ${CHROMIUM}`, start: browserDriver },
  {
    name: "python",
    isPage: false,
    missing: findPython() === undefined ? "no Python 3.10 or newer with venv" : undefined,
    start: async (speed) => pipeDriver([environmentPython(findPython() ?? ""), "-B", join(pythonFolder, "tests/fault_driver.py"), String(speed)]),
  },
  {
    name: "go",
    isPage: false,
    missing: goCommand === undefined ? "no Go" : undefined,
    start: async (speed) => pipeDriver([await buildGo("./internal/faultdriver", `faultdriver-${speed}`, ["-overlay", fastTime(speed)])]),
  },
  {
    name: "java",
    isPage: false,
    missing: hasJava ? undefined : "no Java compiler of version 17 or newer",
    start: async (speed) =>
      pipeDriver(["java", "-Xmx1g", "-XX:+UseSerialGC", ...javaClassPath(await compileJava()), "io.github.sluiceflags.FaultDriver", String(speed)]),
  },
];

/** A text of Go's package time, and what stands there instead. */
const PACE: readonly (readonly [file: string, find: string, replace: string])[] = [
  ["sleep.go", "t := runtimeNano() + int64(d)\n", "t := runtimeNano() + int64(d)/drillSpeed\n"],
  ["time.go", "\tmono -= startNano\n", "\tmono = (mono - startNano) * drillSpeed\n"],
  ["time.go", "return subMono(runtimeNano()-startNano, t.ext)", "return subMono((runtimeNano()-startNano)*drillSpeed, t.ext)"],
  ["time.go", "return subMono(t.ext, runtimeNano()-startNano)", "return subMono(t.ext, (runtimeNano()-startNano)*drillSpeed)"],
];

/**
 * Go's SDK takes no clock: a program is built with a package time whose monotonic clock and timers run faster (`go build -overlay`), so that not a line
 * of the SDK is another one. Throws where this Go's package time is not what is known.
 */
function fastTime(speed: number): string {
  const folder = join(goBuildFolder, `time-${speed}`);
  mkdirSync(folder, { recursive: true });
  const texts = new Map<string, string>();
  for (const [file, find, replace] of PACE) {
    const path = join(goRoot(), "src/time", file);
    const text = texts.get(path) ?? readFileSync(path, "utf8");
    if (text.split(find).length !== 2) throw new Error(`${path} does not hold once: ${find.trim()}`);
    texts.set(path, text.replace(find, replace));
  }
  const replaced: Record<string, string> = {};
  for (const [path, text] of texts) {
    const own = join(folder, path.split("/").at(-1) ?? "");
    writeFileSync(own, path.endsWith("sleep.go") ? `${text}\nconst drillSpeed = ${speed}\n` : text);
    replaced[path] = own;
  }
  const overlay = join(folder, "overlay.json");
  writeFileSync(overlay, JSON.stringify({ Replace: replaced }));
  return overlay;
}
