import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Reply, Request } from "../protocol.ts";
import type { Recording } from "./recording.ts";

/** The flag that the play of recorded/ changes, kills and lifts. */
const FLAG = "area-3.flag-3";

const folder = join(import.meta.dirname, "recorded");

/** What servers and SDKs of every form said. */
export function readRecordings(): readonly Recording[] {
  return readdirSync(folder)
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as Recording);
}

interface RecordedPatch {
  readonly set?: {
    readonly flags?: Readonly<Record<string, { readonly default?: string }>>;
    readonly kills?: Readonly<Record<string, { readonly flags?: readonly string[] }>>;
  };
  readonly drop?: { readonly kills?: readonly string[] };
}

interface Recorded {
  readonly name: string;
  readonly exchanges: readonly (readonly [Request, Reply])[];
}

/**
 * Recordings as conversations with a runner, so that every language takes what servers of earlier forms said, as they said it. What the flag then answers
 * follows from the play, by hand: on, off with a commit, on again, killed, on again.
 */
export function recordedScripts(): readonly Recorded[] {
  return readRecordings().map(({ form, heard }) => {
    const exchanges: (readonly [Request, Reply])[] = [];
    const urgent = new Set<string>();
    let [isOn, kill]: [boolean, string | undefined] = [true, undefined];
    const say = (request: Request): void => {
      const value = isOn && kill === undefined;
      const how = kill === undefined ? { reason: "DEFAULT", cause: "default" } : { reason: "DISABLED", cause: "kill", by: kill };
      exchanges.push([request, { ok: true }]);
      exchanges.push([{ do: "ask", flag: FLAG, context: { targetingKey: "ada" } }, { answer: { value, variant: value ? "on" : "off", ...how } }]);
    };
    for (const one of heard) {
      if (one.kind === "snapshot" && exchanges.length === 0) say({ do: "load", snapshot: one.body, urgent: [], asker: { service: "live" } });
      if (one.kind !== "frame") continue;
      if (one.event === "urgent") {
        urgent.add(one.data);
        kill = (JSON.parse(one.data) as { readonly id: string }).id;
        say({ do: "urgent", urgent: [...urgent] });
      }
      if (one.event !== "patch") continue;
      const { set, drop } = JSON.parse(one.data) as RecordedPatch;
      const changed = set?.flags?.[FLAG];
      if (changed !== undefined) isOn = changed.default === "on";
      for (const [id, { flags }] of Object.entries(set?.kills ?? {})) if (flags?.includes(FLAG) === true) kill = id;
      if (kill !== undefined && drop?.kills?.includes(kill) === true) kill = undefined;
      say({ do: "patch", patch: one.data });
    }
    return { name: `a server of the form ${form}`, exchanges };
  });
}
