import { test } from "vitest";
import { hearsKillAndLift, LIVE_SERVERS } from "../live-sdk.ts";
import { guardFindsHarm } from "../guards/live-shop.ts";
import { compileJava, hasJava, javaProgram } from "./toolchain.ts";

test.skipIf(!hasJava).each(LIVE_SERVERS)("a Java process hears a kill of $server, confirms it, and hears the lift", { timeout: 240_000 }, async (server) => {
  const [program, ...args] = javaProgram("Live", await compileJava());
  await hearsKillAndLift(program, args, server);
});

test.skipIf(!hasJava)("what a Java process reports is listed, and a guard finds the harm in it", { timeout: 400_000 }, async () => {
  const [program, ...args] = javaProgram("Shop", await compileJava());
  await guardFindsHarm(program, args, { at: "server", sdk: "java" });
});
