#!/usr/bin/env node
// The one entry of `npm start`, `npm test` and the other scripts. Written so that Node 12 can still read it: whoever has an old
// Node is told so in a sentence, not by a syntax error. Everything else is in tools/start/, which Node 20.19 can run.
const version = process.versions.node.split(".").map(Number);
if (version[0] < 20 || (version[0] === 20 && version[1] < 19)) {
  process.stderr.write(
    "\nsluice: Node " +
      process.versions.node +
      " is too old to begin with.\n        Install Node 20.19 or newer and run the same command again. Nothing was changed.\n",
  );
  process.exitCode = 1;
} else {
  void import("./start/main.mjs").then((start) => start.main(process.argv.slice(2)));
}
