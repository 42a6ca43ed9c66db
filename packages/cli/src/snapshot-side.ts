import { existsSync, readFileSync, statSync } from "node:fs";
import { decodeSnapshot, type Snapshot } from "@sluice/evaluation";
import { CommandFailed } from "./failure.ts";
import { snapshotOfFolder } from "./folder-snapshot.ts";

/** What a folder of flag files serves in an environment, or the snapshot of a file. Throws `CommandFailed`. */
export function readSide(path: string, environment: string): Snapshot {
  if (!existsSync(path) || !statSync(path).isFile()) return snapshotOfFolder(path, environment).snapshot;
  const decoded = decodeSnapshot(readFileSync(path, "utf8"));
  if (decoded.ok) return decoded.value;
  const [problem] = decoded.problem;
  throw new CommandFailed({
    code: "cli/no-snapshot",
    message: `${path} is no snapshot: ${problem?.path ?? ""} ${problem?.message ?? ""}`.trimEnd() + ".",
    fix: "Give a folder that holds sluice.yaml, or what GET /sdk/v1/snapshot answered.",
    exitCode: 2,
  });
}
