import { type ReactElement, useEffect, useRef } from "react";
import { places } from "../data/places.ts";
import { isMac, useSingleKeys } from "../data/shortcuts.ts";

/** Every key of the console, and the switch for those without Ctrl. */
export function ShortcutList({ close }: { readonly close: () => void }): ReactElement {
  const dialog = useRef<HTMLDialogElement>(null);
  const [isOn, turn] = useSingleKeys();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className="palette keys" aria-labelledby="keys-title" onClose={close} onClick={(event) => event.target === dialog.current && close()}>
      <div className="keys-head">
        <h2 id="keys-title">Keys</h2>
        <button type="button" className="palette-close" onClick={close}>
          <kbd>Esc</kbd>
          <span className="hidden-label"> closes</span>
        </button>
      </div>
      <dl className="keys-list">
        <Key keys={[isMac ? "⌘ K" : "Ctrl K"]} what="Find a page, release, customer or flag" />
        <Key keys={["/"]} what="The same" />
        <Key keys={["?"]} what="This list" />
        <Key keys={["j", "k"]} what="The next row of a list, the one before" />
        <Key keys={["↓", "↑"]} what="The same, from a row or a search field" />
        <Key keys={["Enter"]} what="Open it" />
        <Key keys={["Alt ←", "Alt →"]} what="In the calendar: move a start by a day" />
        {places.map(({ page, title, key }) => (
          <Key key={page} keys={["g", key]} what={title} />
        ))}
      </dl>
      <label className="keys-switch">
        <input type="checkbox" checked={isOn} onChange={(event) => turn(event.target.checked)} />
        <span>
          Keys without {isMac ? "⌘" : "Ctrl"} work
          <small>Switch them off if you speak to your computer. Kept in this browser.</small>
        </span>
      </label>
    </dialog>
  );
}

function Key({ keys, what }: { readonly keys: readonly string[]; readonly what: string }): ReactElement {
  return (
    <div>
      <dt>
        {keys.map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}
      </dt>
      <dd>{what}</dd>
    </div>
  );
}
