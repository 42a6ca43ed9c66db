#!/usr/bin/env node
// The `sluice` command.
import { createProgram, processTerminal, runProgram } from "@sluice/cli";
import { registerLanguageServer } from "./language-server.ts";
import { registerRelay } from "./relay.ts";
import { registerDev, registerServe } from "./serve.ts";

const terminal = processTerminal();
process.exitCode = await runProgram(
  createProgram(terminal, [registerServe, registerDev, registerRelay, registerLanguageServer]),
  process.argv.slice(2),
  terminal,
);
