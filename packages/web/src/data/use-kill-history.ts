import type { KillPast } from "@sluice/contract";
import { useCallback, useState } from "react";
import { Refused, send } from "./requests.ts";
import { useResource } from "./resource.ts";

const PAGE = 50;

interface Page {
  readonly kills: readonly KillPast[];
  /** Where the next page begins; absent after the last. */
  readonly next?: string;
}

/** Kills in force and past, as far as somebody has looked back, the newest first. */
export interface KillHistory {
  readonly kills: readonly KillPast[];
  readonly problem?: Refused;
  /** Looks further back; absent where there is nothing older. */
  readonly older?: () => Promise<void>;
}

/** Read again from the newest when `version` grows; older pages stay as they were read. */
export function useKillHistory(version: number): KillHistory {
  const newest = useResource<Page>(`/api/kills/history?limit=${PAGE}`, version);
  const [kept, setKept] = useState<Page>();
  const [refused, setRefused] = useState<Refused>();
  const kills = merged(newest.value?.kills ?? [], kept?.kills ?? []);
  const next = kept === undefined ? newest.value?.next : kept.next;
  const older = useCallback(async () => {
    if (next === undefined) return;
    try {
      const page = await send<Page>("GET", `/api/kills/history?limit=${PAGE}&before=${encodeURIComponent(next)}`);
      setRefused(undefined);
      setKept((before) => ({ ...page, kills: merged(merged(newest.value?.kills ?? [], before?.kills ?? []), page.kills) }));
    } catch (error) {
      setRefused(error instanceof Refused ? error : new Refused(0, "unknown", String(error), "Reload the page."));
    }
  }, [next, newest.value]);
  const problem = refused ?? newest.problem;
  return { kills, ...(problem === undefined ? {} : { problem }), ...(next === undefined ? {} : { older }) };
}

/** Both, each kill once, by its newer words: what was read first is pushed out of the newest page by kills that come. */
function merged(newer: readonly KillPast[], older: readonly KillPast[]): readonly KillPast[] {
  const rows = new Map([...older, ...newer].map((kill) => [kill.kill, kill]));
  return [...rows.values()].sort((a, b) => b.atMs - a.atMs || b.seq - a.seq);
}
