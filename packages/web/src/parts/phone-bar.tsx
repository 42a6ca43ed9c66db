import { type ReactElement, useEffect, useRef, useState } from "react";
import type { Me } from "../data/console-data.ts";
import { phonePlaces, type Place, placeOf, places } from "../data/places.ts";
import { roleWord } from "../data/role-words.ts";
import type { PlaceCounts } from "./count.tsx";
import { Icon } from "./icon.tsx";
import { PlaceLink } from "./place-link.tsx";
import { WhoseTime } from "./whose-time.tsx";

interface PhoneBarProps {
  readonly me: Me;
  readonly page: string;
  readonly counts: PlaceCounts;
  readonly onSignOut: () => void;
}

/** Under a thumb: the four pages that this role comes for, everything else one press further, and Kill always where it was. */
export function PhoneBar({ me, page, counts, onSignOut }: PhoneBarProps): ReactElement {
  const [isOpen, setOpen] = useState(false);
  const shown = phonePlaces(me.account.role);
  const others = places.filter((place) => !shown.includes(place));
  const link = (place: Place): ReactElement => <PlaceLink key={place.page} place={place} page={page} counts={counts} />;
  return (
    <>
      <nav className="tabbar" aria-label="Main, phone">
        {shown.filter(({ group }) => group !== "kill").map(link)}
        <button
          type="button"
          aria-haspopup="dialog"
          aria-expanded={isOpen}
          aria-current={others.some((place) => place === placeOf(page)) ? "page" : undefined}
          onClick={() => setOpen(true)}
        >
          <Icon name="more" />
          More
        </button>
        {shown.filter(({ group }) => group === "kill").map(link)}
      </nav>
      {isOpen && (
        <MoreSheet me={me} page={page} close={() => setOpen(false)} onSignOut={onSignOut}>
          {others.map(link)}
        </MoreSheet>
      )}
    </>
  );
}

interface SheetProps extends Omit<PhoneBarProps, "counts"> {
  readonly close: () => void;
  readonly children: readonly ReactElement[];
}

/** The pages that the bar has no room for, whose clock the times are by, and who is signed in. */
function MoreSheet({ me, page, close, onSignOut, children }: SheetProps): ReactElement {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className="sheet" aria-label="More pages" onClose={close} onClick={(event) => event.target === dialog.current && close()}>
      {/* A press on a link leads there and shuts the sheet; on the page that is open already, it only shuts it. */}
      <nav aria-label="More pages" onClick={close}>
        {children}
      </nav>
      <div className="sheet-line">
        <span>Times are shown in</span>
        <WhoseTime isFixed={page === "plan"} />
      </div>
      <div className="sheet-line">
        <span>
          <b>{me.account.name}</b>
          <small className="dim block">{roleWord(me.account.role)}</small>
        </span>
        <button type="button" className="button" onClick={onSignOut}>
          Sign out
        </button>
      </div>
      <button type="button" className="button sheet-close" onClick={close}>
        Close
      </button>
    </dialog>
  );
}
