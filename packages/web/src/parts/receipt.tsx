import { receiptNotes, servedDecision } from "@sluice/contract";
import type { ReactElement } from "react";
import type { Laggard, Receipt as ReceiptData } from "../data/console-data.ts";
import { count } from "../data/counting.ts";

/** At most this many tiles; beyond, one tile stands for several processes and the number says how many. */
const TILES_MAX = 140;

export const seconds = (ms: number): string =>
  ms < 100 ? `${Math.max(1, Math.round(ms))} ms` : ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;

const laggardName = (laggard: Laggard): string =>
  [laggard.service, laggard.version && `version ${laggard.version}`, laggard.instance, laggard.relay && `behind ${laggard.relay}`].filter(Boolean).join(", ");

function stillHas({ serves }: Laggard): string {
  const decision = servedDecision(serves);
  return decision === undefined ? "" : `, with the flags as of decision ${decision}`;
}

/** Counts up as processes confirm; names those that have not. */
export function Receipt({ receipt }: { readonly receipt: ReceiptData }): ReactElement {
  const tiles = Math.min(receipt.of, TILES_MAX);
  const filled = receipt.of === 0 ? 0 : Math.floor((receipt.confirmed / receipt.of) * tiles);
  return (
    <div aria-live="polite">
      <div className="meter">
        <span className="number">{receipt.confirmed}</span>
        <span className="muted">
          of {receipt.of} {receipt.of === 1 ? "process" : "processes"}
          <br />
          {receipt.confirmed === 1 && receipt.of === 1 ? "has" : "have"} switched it off
        </span>
        <span className="time">
          <b>{seconds(receipt.elapsedMs)}</b>
          <br />
          <span className="dim">{receipt.done ? "until the last" : "since you pressed"}</span>
        </span>
      </div>
      <div
        className={`tiles${receipt.done ? " done" : ""}`}
        role="img"
        aria-label={`${receipt.confirmed} of ${receipt.of} processes confirmed, ${receipt.of - receipt.confirmed} missing`}
      >
        {Array.from({ length: tiles }, (_, index) => (
          <i key={index} className={index < filled ? undefined : "missing"} />
        ))}
      </div>
      {receipt.of === 0 && <p className="small muted">No process is connected in this environment. Those that connect later start with the kill in force.</p>}
      {receiptNotes(receipt, seconds).map((note) => (
        <p key={note} className="small muted">
          {note}
        </p>
      ))}
      {(receipt.relays ?? []).map(({ relay, instances, lastHeardMsAgo }) => (
        <div key={relay} className="laggards" role="alert">
          <b>{relay} is cut off.</b> {count(instances, "process", "processes")} behind it may still show the feature. Last heard {seconds(lastHeardMsAgo)} ago.
          Whoever can reach it may kill there too: sluice kill --relay.
        </div>
      ))}
      {receipt.laggards.length > 0 && (
        <div className="laggards" role="alert">
          <b>Not yet:</b>
          <ul>
            {receipt.laggards.map((laggard) => (
              <li key={laggard.instance}>
                <b>{laggardName(laggard)}</b>
                <br />
                Last heard {seconds(laggard.lastHeardMsAgo)} ago{stillHas(laggard)}. It is tried again by itself; until then it may still show the feature.
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}
