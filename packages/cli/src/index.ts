export { CommandFailed } from "./failure.ts";
export { createProgram, type Register, runProgram } from "./program.ts";
export { processTerminal, type Terminal } from "./terminal.ts";
