import { join } from "node:path";
import { test } from "vitest";
import { hearsKillAndLift, LIVE_SERVERS } from "../../tests/live-sdk.ts";
import { guardFindsHarm } from "../../tests/guards/live-shop.ts";
import { environmentPython, findPython, folder as sdk } from "./installation.ts";

const python = findPython();

test.skipIf(python === undefined).each(LIVE_SERVERS)(
  "a Python process hears a kill of $server, confirms it, and hears the lift (skipped where there is no Python ≥ 3.10 with venv)",
  { timeout: 240_000 },
  (server) => hearsKillAndLift(environmentPython(python ?? ""), ["-B", join(sdk, "tests/live_process.py")], server),
);

test.skipIf(python === undefined)(
  "what a Python process reports is listed, and a guard finds the harm in it (skipped where there is no Python ≥ 3.10 with venv)",
  { timeout: 400_000 },
  () => guardFindsHarm(environmentPython(python ?? ""), ["-B", join(sdk, "tests/shop_process.py")], { at: "server", sdk: "python" }),
);
