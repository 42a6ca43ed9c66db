import { test } from "vitest";
import { hearsKillAndLift, LIVE_SERVERS } from "../live-sdk.ts";
import { compileJava, hasJava, javaProgram } from "./toolchain.ts";

test.skipIf(!hasJava).each(LIVE_SERVERS)("a Java process hears a kill of $server, confirms it, and hears the lift", { timeout: 240_000 }, async (server) => {
  const [program, ...args] = javaProgram("Live", await compileJava());
  await hearsKillAndLift(program, args, server);
});
