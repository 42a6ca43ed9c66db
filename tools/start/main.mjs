// What `npm start`, `npm test` and the other scripts do, on Node 20.19 and without dependencies: checks first, then what is
// missing, then the script itself on Node 24 in this terminal.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkFolder, checkGit, checkPorts, checkRoom } from "./checks.mjs";
import { build, dependencies, environmentOf, runtime, whatIsMissing } from "./installation.mjs";
import { giveUp } from "./report.mjs";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const SCRIPTS = {
  test: "tools/test.ts",
  check: "tools/check.ts",
  sim: "tools/simulation/run.ts",
  conformance: "conformance/run.ts",
  stranger: "tools/stranger/run.ts",
};
const COMMANDS = ["start", "install", "build", "bench", "faults", ...Object.keys(SCRIPTS)];

/** Runs a script of the project on Node 24 in this terminal and ends as it ends. */
function run(node, script, args, { quiet = false } = {}) {
  const child = spawn(node, ["--disable-warning=ExperimentalWarning", script, ...args], { cwd: root, stdio: "inherit", env: environmentOf(node) });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(signal && !quiet ? 130 : (code ?? 1)));
}

/** `npm run bench -- eval --json`: one folder per name, each with a run.ts. */
function runNamed(node, folder, [name, ...args]) {
  const known = readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(root, folder, entry.name, "run.ts")))
    .map((entry) => entry.name);
  if (!name || !known.includes(name)) {
    giveUp(
      name ? `there is no ${folder} named "${name}".` : `which ${folder}?`,
      `Known: ${known.join(", ")}. For example: npm run ${folder} -- ${known[0]} --json`,
    );
  }
  run(node, join(root, folder, name, "run.ts"), args);
}

export async function main([command = "start", ...rest]) {
  if (!COMMANDS.includes(command)) giveUp(`there is no command "${command}".`, `Known: ${COMMANDS.join(", ")}.`);
  checkGit();
  checkFolder(root);
  checkRoom(root, whatIsMissing(root));
  const ports = command === "start" ? await checkPorts() : undefined;
  const node = runtime(root);
  dependencies(root, node);
  if (command === "install") return;
  if (command === "check") return run(node, join(root, SCRIPTS.check), rest);
  build(root, node);
  mkdirSync(join(root, ".build"), { recursive: true });
  if (command === "build") return;
  if (command === "bench" || command === "faults") return runNamed(node, command, rest);
  if (ports) {
    run(node, join(root, "dist/demo.mjs"), ["--port", String(ports.port), "--shop-port", String(ports.shopPort), ...rest], { quiet: true });
    return;
  }
  run(node, join(root, SCRIPTS[command]), rest);
}
