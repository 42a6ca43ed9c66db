import type { ReactElement } from "react";
import { to } from "../data/address.ts";
import { type Place, placeOf } from "../data/places.ts";
import { Count, type PlaceCounts } from "./count.tsx";
import { Icon } from "./icon.tsx";

interface PlaceLinkProps {
  readonly place: Place;
  /** The page that is open. */
  readonly page: string;
  readonly counts: PlaceCounts;
}

/** The link to a page, with its picture and what is counted there; in the rail, on the phone's bar and under More. */
export function PlaceLink({ place, page, counts }: PlaceLinkProps): ReactElement {
  return (
    <a href={to(place.page)} className={place.page === "kill" ? "kill" : undefined} aria-current={placeOf(page) === place ? "page" : undefined}>
      <Icon name={place.icon} />
      {place.title}
      <Count of={place.page} counts={counts} />
    </a>
  );
}
