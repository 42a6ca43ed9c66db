import { gauge, type KillPathView, METRICS_TYPE, oneSample } from "@sluice/contract";
import type { HttpReply } from "@sluice/ports";
import type { Relaying } from "./relay/relaying.ts";

/**
 * What the API says of what is served, and behind it whether the minute's trial kill comes through: that is said while the API is gone too, when
 * somebody should hear of it most.
 */
export function withKillMetrics({ status, body }: HttpReply, { killPath, probed, book }: Pick<Relaying, "killPath" | "probed" | "book">): HttpReply {
  const isUp = status === 200;
  const lines = [
    ...gauge("sluice_api_up", "1 where the API answers, 0 where kills alone are served.", oneSample(Number(isUp))),
    ...(killPath === undefined ? [] : ofKillPath(killPath)),
    ...(probed.length === 0 ? [] : ofRelays(probed)),
    ...(book.ownKills.length === 0 ? [] : ofOwnKills(book.ownKills)),
    "",
  ];
  const said = typeof body === "string" ? body : new TextDecoder().decode(body);
  return { status: 200, headers: { "content-type": METRICS_TYPE, "cache-control": "no-store" }, body: (isUp ? said : "") + lines.join("\n") };
}

const ofKillPath = ({ isLate, ageMs, reachedMs }: KillPathView): readonly string[] => [
  ...gauge("sluice_kill_path_late", "1 where no trial kill has come through for 150 s.", oneSample(Number(isLate))),
  ...gauge("sluice_kill_path_age_seconds", "Since the last trial kill that came through.", oneSample(seconds(ageMs))),
  ...gauge("sluice_kill_path_reached_seconds", "How long that one took to its client and back.", oneSample(seconds(reachedMs))),
];

const ofRelays = (probed: Relaying["probed"]): readonly string[] =>
  gauge(
    "sluice_relay_kill_path_late",
    "1 where no trial kill has come through a connected relay for 150 s.",
    probed.map(({ relay, isLate }) => ({ labels: { relay }, value: Number(isLate) })),
  );

const ofOwnKills = (tried: Relaying["book"]["ownKills"]): readonly string[] =>
  gauge(
    "sluice_relay_own_kill_late",
    "1 where no trial of a connected relay's own kill has come through for 150 s.",
    tried.map(({ relay, isLate }) => ({ labels: { relay }, value: Number(isLate) })),
  );

const seconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1000);
