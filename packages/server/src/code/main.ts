// Looks at the code of one change and ends: grammars and texts are in no other process's memory, and code that takes too long holds up nobody.
import { setPriority } from "node:os";
import { Worker } from "node:worker_threads";
import { GitCode } from "./adapters/git-code.ts";
import type { CodeQuestion } from "./code-question.ts";
import { lookAtCode } from "./look-at-code.ts";

/** Kills, pages and applications come first. */
const PRIORITY = 5;
setPriority(PRIORITY);

const chunks: Buffer[] = [];
for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
const { mirror, question, cpuMsMax } = JSON.parse(Buffer.concat(chunks).toString("utf8")) as {
  readonly mirror: string;
  readonly question: CodeQuestion;
  readonly cpuMsMax: number;
};

/** Ends this process where it has worked for too long, which one that is busy cannot do itself; waiting for others on a busy machine is no work. */
const WATCH = `
const { workerData: { cpuMsMax } } = require("node:worker_threads");
setInterval(() => {
  const { user, system } = process.cpuUsage();
  if ((user + system) / 1000 <= cpuMsMax) return;
  require("node:fs").writeSync(2, "TooLongError: it took longer than " + cpuMsMax / 1000 + " s\\n");
  process.kill(process.pid, "SIGKILL");
}, 200);
`;
new Worker(WATCH, { eval: true, workerData: { cpuMsMax } }).unref();

process.stdout.write(JSON.stringify(await lookAtCode(question, new GitCode(mirror))));
