import { type KeyboardEvent, type ReactElement, useEffect, useMemo, useRef, useState } from "react";
import { to } from "../data/address.ts";
import type { FlagListing, Me } from "../data/console-data.ts";
import { flagName } from "../data/flag-name.ts";
import { type PaletteEntry, type PaletteGroup, paletteGroups } from "../data/palette-entries.ts";
import { places } from "../data/places.ts";
import type { CustomerListing, ReleaseView } from "../data/release-data.ts";
import { phaseWord } from "../data/release-sentences.ts";
import { useResource } from "../data/resource.ts";
import { killAction } from "../data/role-words.ts";
import { isMac, useShortcuts } from "../data/shortcuts.ts";
import { stateLooks } from "../state-words.ts";
import { Icon } from "./icon.tsx";
import { ShortcutList } from "./shortcut-list.tsx";

interface PaletteProps {
  readonly flags: readonly FlagListing[];
  readonly me: Me;
}

/** The field in the bar, and the palette that it and Ctrl-K (⌘-K on a Mac) open. */
export function Palette({ flags, me }: PaletteProps): ReactElement {
  const [open, setOpen] = useState<"palette" | "keys">();
  useShortcuts({ palette: () => setOpen("palette"), keys: () => setOpen("keys"), isOpen: open !== undefined });
  const close = (): void => setOpen(undefined);
  return (
    <>
      <button type="button" className="find" onClick={() => setOpen("palette")} aria-haspopup="dialog" aria-keyshortcuts="Control+K Meta+K">
        <Icon name="find" />
        <span>Find a release, customer, flag</span>
        <kbd>{isMac ? "⌘K" : "Ctrl K"}</kbd>
      </button>
      {open === "palette" && <PaletteDialog flags={flags} me={me} close={close} />}
      {open === "keys" && <ShortcutList close={close} />}
    </>
  );
}

function PaletteDialog({ flags, me, close }: PaletteProps & { readonly close: () => void }): ReactElement {
  const dialog = useRef<HTMLDialogElement>(null);
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const releases = useResource<{ readonly releases: readonly ReleaseView[] }>("/api/releases", 0);
  const customers = useResource<{ readonly customers: readonly CustomerListing[] }>("/api/customers?limit=5000", 0);
  useEffect(() => dialog.current?.showModal(), []);
  const groups = useMemo(
    () =>
      paletteGroups(query, {
        places,
        flags: flags.map((flag) => ({ ...flag, name: flagName(flag.key), mayKill: me.can[killAction(flag.kind)] === true })),
        releases: (releases.value?.releases ?? []).map(({ release, content, phase }) => ({
          release,
          title: content.title,
          phase: stateLooks[phaseWord[phase]].word,
        })),
        customers: customers.value?.customers ?? [],
      }),
    [query, flags, me, releases.value, customers.value],
  );
  const entries = groups.flatMap((group) => group.entries);
  const chosen = entries[Math.min(at, entries.length - 1)];
  const go = (entry: PaletteEntry | undefined): void => {
    if (entry === undefined) return;
    location.hash = to(entry.page, entry.values);
    close();
  };
  const pressed = (event: KeyboardEvent): void => {
    const last = entries.length - 1;
    const next = { ArrowDown: at >= last ? 0 : at + 1, ArrowUp: at <= 0 ? last : at - 1, PageDown: Math.min(last, at + 6), PageUp: Math.max(0, at - 6) }[
      event.key
    ];
    if (event.key === "Enter") go(chosen);
    else if (next === undefined) return;
    else setAt(next);
    event.preventDefault();
  };
  const missing = [releases.problem && "releases", customers.problem && "customers"].filter((what) => what !== undefined);
  return (
    <dialog
      ref={dialog}
      className="palette"
      aria-label="Find a page, release, customer or flag"
      onClose={close}
      onClick={(event) => event.target === dialog.current && close()}
    >
      <label className="palette-field">
        <Icon name="find" />
        <span className="hidden-label">Find a page, release, customer or flag</span>
        <input
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-autocomplete="list"
          aria-activedescendant={chosen === undefined ? undefined : `palette-${chosen.id}`}
          placeholder="Find a page, release, customer or flag"
          autoComplete="off"
          spellCheck={false}
          value={query}
          onKeyDown={pressed}
          onChange={(event) => {
            setQuery(event.target.value);
            setAt(0);
          }}
        />
        <button type="button" className="palette-close" onClick={close}>
          <kbd>Esc</kbd>
          <span className="hidden-label"> closes</span>
        </button>
      </label>
      <Found groups={groups} chosen={chosen} go={go} />
      <p className="palette-foot" role="status">
        {entries.length === 0 ? `Nothing is called "${query.trim()}". Names, keys, tags and owners are searched.` : ""}
        {missing.length > 0 && ` The ${missing.join(" and ")} could not be asked for; what is shown may lack some.`}
        {entries.length > 0 && missing.length === 0 && (
          <>
            <kbd>↑</kbd> <kbd>↓</kbd> move <kbd>Enter</kbd> opens <kbd>Esc</kbd> closes; <kbd>?</kbd> on a page lists every key
          </>
        )}
      </p>
    </dialog>
  );
}

interface FoundProps {
  readonly groups: readonly PaletteGroup[];
  readonly chosen: PaletteEntry | undefined;
  readonly go: (entry: PaletteEntry) => void;
}

function Found({ groups, chosen, go }: FoundProps): ReactElement {
  useEffect(() => {
    // Braces: newer browsers answer a promise, which an effect may not give back.
    document.getElementById(`palette-${chosen?.id ?? ""}`)?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <div className="palette-list" id="palette-list" role="listbox" aria-label="Found">
      {groups.map((group) => (
        <div key={group.title} role="group" aria-label={group.title}>
          <p className="palette-group" aria-hidden="true">
            {group.title}
          </p>
          {group.entries.map((entry) => (
            // Keys are the field's: it names the chosen one to a screen reader.
            <div
              key={entry.id}
              id={`palette-${entry.id}`}
              role="option"
              tabIndex={-1}
              aria-selected={entry === chosen}
              className={entry.icon === "kill" ? "palette-entry kill" : "palette-entry"}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => go(entry)}
            >
              <Icon name={entry.icon} />
              <span>{entry.title}</span>
              {entry.more && <small>{entry.more}</small>}
            </div>
          ))}
        </div>
      ))}
    </div>
  );
}
