import type { Decisions } from "../decisions.ts";
import type { Facts, LoggedEvent } from "../event.ts";
import type { PersistentMap } from "../persistent-map.ts";
import { type Pin, pinKey } from "./pin.ts";

type PinFacts = Extract<Facts, { readonly kind: "customerPinned" | "pinEnded" }>;

/** The decisions after a pin was placed or has ended. What names something unknown changes nothing. */
export function applyPin(decisions: Decisions, event: LoggedEvent, facts: PinFacts): Decisions {
  switch (facts.kind) {
    case "customerPinned": {
      const { kind: _kind, pin: id, ...rest } = facts;
      const hash = (decisions.customers.get(facts.customer) ?? decisions.gone.get(facts.customer))?.hashes[facts.environment];
      if (hash === undefined) return decisions;
      const by = event.personal === undefined ? {} : { by: event.personal.by };
      const pin: Pin = { id, ...rest, hash, seq: event.seq, atMs: event.atMs, ...by };
      return onPins(decisions, facts.environment, (pins) => pins.set(pinKey(facts.flag, facts.customer), pin));
    }
    case "pinEnded":
      return onPins(decisions, facts.environment, (pins) => {
        const key = pinKey(facts.flag, facts.customer);
        // A newer pin of the same flag and customer has taken the place of this one.
        return pins.get(key)?.id === facts.pin ? pins.delete(key) : pins;
      });
  }
}

/** A release that is rolled back takes with it what its early access let through, as it takes opt-ins. */
export function endPinsThrough(decisions: Decisions, environment: string, release: string): Decisions {
  return onPins(decisions, environment, (pins) => pins.entriesSorted().reduce((left, [key, pin]) => (pin.release === release ? left.delete(key) : left), pins));
}

function onPins(decisions: Decisions, environment: string, by: (pins: PersistentMap<Pin>) => PersistentMap<Pin>): Decisions {
  const own = decisions.environments[environment];
  if (own === undefined) return decisions;
  const pins = by(own.pins);
  return pins === own.pins ? decisions : { ...decisions, environments: { ...decisions.environments, [environment]: { ...own, pins } } };
}
