import { test } from "vitest";
import { hearsKillAndLift, LIVE_SERVERS } from "../live-sdk.ts";
import { guardFindsHarm } from "../guards/live-shop.ts";
import { buildGo, goCommand } from "./toolchain.ts";

test.skipIf(goCommand === undefined).each(LIVE_SERVERS)(
  "a Go process hears a kill of $server, confirms it, and hears the lift",
  { timeout: 240_000 },
  async (server) => hearsKillAndLift(await buildGo("./internal/live", "live"), [], server),
);

test.skipIf(goCommand === undefined).each(["server", "relay"] as const)(
  "what a Go process reports to a %s is listed, and a guard finds the harm in it",
  { timeout: 400_000 },
  async (at) => guardFindsHarm(await buildGo("./internal/shop", "shop"), [], { at, sdk: "go" }),
);
