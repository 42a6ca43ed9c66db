import { test } from "vitest";
import { hearsKillAndLift, LIVE_SERVERS } from "../live-sdk.ts";
import { buildGo, goCommand } from "./toolchain.ts";

test.skipIf(goCommand === undefined).each(LIVE_SERVERS)(
  "a Go process hears a kill of $server, confirms it, and hears the lift",
  { timeout: 240_000 },
  async (server) => hearsKillAndLift(await buildGo("./internal/live", "live"), [], server),
);
