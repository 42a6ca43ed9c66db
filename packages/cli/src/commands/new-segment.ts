import type { Command } from "commander";
import { CommandFailed } from "../failure.ts";
import { readFlagFolder } from "../flag-folder.ts";
import { scalar, writeDefinition } from "../new-definition.ts";
import type { Terminal } from "../terminal.ts";

interface NewSegmentOptions {
  readonly description: string;
  readonly owner?: string;
  readonly if?: string;
  readonly runtime?: boolean;
  readonly folder: string;
  readonly json?: boolean;
}

/** `new segment` writes a segment by a condition, or one whose members people decide at run time. */
export function registerNewSegment(group: Command, terminal: Terminal): void {
  group
    .command("segment")
    .description("write a segment: a condition, or a list that people keep at run time")
    .argument("<key>", "such as small-accounts")
    .requiredOption("--description <sentence>", "who is in it")
    .option("--owner <team>", "who answers for it")
    .option("--if <condition>", "as in a file: { plan: { in: [pro] } }")
    .option("--runtime", "people decide at run time who is in it: names of customers do not belong into Git")
    .option("--folder <folder>", "folder that holds sluice.yaml", ".")
    .option("--json", "print one JSON object")
    .action((key: string, options: NewSegmentOptions) => write(key, options, terminal));
}

function write(key: string, { description, owner, if: condition, runtime, folder, json = false }: NewSegmentOptions, terminal: Terminal): void {
  if ((condition === undefined) !== (runtime === true) || condition?.includes("\n") === true)
    throw new CommandFailed({
      code: "new/segment",
      message: "A segment has a condition, on one line, or is kept at run time.",
      fix: "Give one of --if '{ plan: { in: [pro] } }' and --runtime.",
      exitCode: 2,
    });
  const who = condition === undefined ? "list: runtime" : `if: ${condition}`;
  const text = `key: ${scalar(key)}\ndescription: ${JSON.stringify(description)}\n${owner === undefined ? "" : `owner: ${scalar(owner)}\n`}${who}\n`;
  writeDefinition(readFlagFolder(folder), { path: `segments/${key.replaceAll(".", "/")}.yaml`, text, what: "segment", json }, terminal);
}
