import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CODE_OWNERS_PATHS, codeOwnersOf, codeOwnersState, withCodeOwners } from "@sluice/definitions";
import { isWhole } from "@sluice/snapshot";
import type { Command } from "commander";
import { CommandFailed } from "../failure.ts";
import { parseFolder } from "../flag-folder.ts";
import { gitFolderOf } from "../git-facts.ts";
import { paint, type Terminal } from "../terminal.ts";

interface CodeOwnersOptions {
  readonly write?: boolean;
  readonly check?: boolean;
  readonly json?: boolean;
}

/** `codeowners` makes the lines of CODEOWNERS from the owner of each flag. */
export function registerCodeOwners(program: Command, terminal: Terminal): void {
  program
    .command("codeowners")
    .description("lines of CODEOWNERS from each flag's owner, by github: of its team in sluice.yaml")
    .argument("[folder]", "folder that holds sluice.yaml", ".")
    .option("--write", "put them between two marks into the repository's CODEOWNERS, .github/CODEOWNERS where there is none")
    .option("--check", "end with 1 where CODEOWNERS has other ones, or none")
    .option("--json", "print one JSON object")
    .action((folder: string, options: CodeOwnersOptions) => codeOwners(folder, options, terminal));
}

function codeOwners(start: string, options: CodeOwnersOptions, terminal: Terminal): void {
  const { folder, parsed } = parseFolder(start);
  if (!isWhole(parsed))
    throw new CommandFailed({
      code: "codeowners/broken",
      message: "Flags with mistakes have no owner that could be read.",
      fix: "Mend them first: sluice validate names them.",
      exitCode: 1,
    });
  const place = gitFolderOf(folder) ?? { root: folder, prefix: "" };
  const { lines, withoutHandle } = codeOwnersOf(parsed, place.prefix);
  if (withoutHandle.length > 0 && options.json !== true)
    terminal.say(
      `${paint(terminal, "yellow", "left")}  ${withoutHandle.join(", ")}: no github: of ${withoutHandle.length === 1 ? "this team" : "these teams"} in sluice.yaml, so nobody is asked for their flags`,
    );
  const isWanted = options.write === true || options.check === true;
  if (!isWanted) return options.json === true ? terminal.json({ lines, withoutHandle }) : terminal.out(lines.join("\n"));
  const path = CODE_OWNERS_PATHS.find((name) => existsSync(join(place.root, name))) ?? ".github/CODEOWNERS";
  const whole = join(place.root, path);
  const told = (what: "ok" | "wrote"): void =>
    options.json === true
      ? terminal.json({ file: path, wrote: what === "wrote", lines, withoutHandle })
      : terminal.out(`${paint(terminal, "green", what)}  ${path}: ${lines.length} lines`);
  const text = existsSync(whole) ? readFileSync(whole, "utf8") : "";
  if (options.check === true) {
    if (codeOwnersState(text, lines) !== "current")
      throw new CommandFailed({
        code: "codeowners/stale",
        message: `${path} is not what the flags' owners say.`,
        fix: "Run: sluice codeowners --write",
        exitCode: 1,
      });
    return told("ok");
  }
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, withCodeOwners(text, lines));
  return told("wrote");
}
