import type { SegmentListing } from "@sluice/contract";
import { type ReactElement, useState } from "react";
import type { BlastRadius } from "../data/console-data.ts";
import { incidentIn, type KillTerms, namesIn, noTerms } from "../data/kill-terms.ts";
import { useResource } from "../data/resource.ts";
import { useCustomers } from "../data/use-customers.ts";

/** Offered below a field: what a thumb takes in without scrolling. */
const OFFERED_MAX = 4;

const REVIEWS: readonly (readonly [hours: string, words: string])[] = [
  ["1", "In an hour"],
  ["4", "In 4 hours"],
  ["", "In a day, as always"],
  ["72", "In 3 days"],
  ["168", "In a week"],
  ["720", "In 30 days"],
];

interface FieldsProps {
  readonly terms: KillTerms;
  readonly change: (terms: KillTerms) => void;
  /** What the server is asked about the kill of everything everywhere: its answer has the services that are connected. */
  readonly question: string;
}

interface KillTermsProps extends FieldsProps {
  /** The field beside which the control stands, where it takes no room: the button that kills stays where a thumb expects it. */
  readonly children: ReactElement;
}

/** What most kills do without, behind one control: for whom and where alone, when it asks again, and which incident it belongs to. */
export function KillTermsFields({ terms, change, question, children }: KillTermsProps): ReactElement {
  const [isOpen, setOpen] = useState(false);
  const isSet = Object.entries(terms).some(([name, text]) => text !== noTerms[name as keyof KillTerms]);
  return (
    <div className="kill-terms">
      {children}
      <button type="button" className="link" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {isOpen ? "Fold away" : isSet ? "Limits are set …" : "Only some, incident …"}
      </button>
      {isOpen && <Open terms={terms} change={change} question={question} />}
    </div>
  );
}

function Open({ terms, change, question }: FieldsProps): ReactElement {
  const blast = useResource<BlastRadius>(`/api/blast-radius?${question}`, 0);
  const { value } = useCustomers(0);
  const put = (part: Partial<KillTerms>): void => change({ ...terms, ...part });
  const isNoLink = terms.incident.trim() !== "" && incidentIn(terms) === undefined;
  return (
    <div className="stack">
      <NamesField
        label="Only these customers"
        text={terms.customers}
        offered={(value?.customers ?? []).map(({ key, name }) => [key, name] as const)}
        change={(customers) => put({ customers })}
      />
      <SegmentField segment={terms.segment} change={(segment) => put({ segment })} />
      <NamesField
        label="Only in these services"
        text={terms.services}
        offered={(blast.value?.services ?? []).map(({ service }) => [service, service] as const)}
        change={(chosen) => put({ services: chosen })}
      />
      <label className="field">
        Only in versions
        <input
          value={terms.versions}
          maxLength={200}
          placeholder=">=2.3.0 <2.4.0"
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => put({ versions: event.target.value })}
        />
      </label>
      <label className="field">
        Ask whether it is to stay
        <select value={terms.reviewHours} onChange={(event) => put({ reviewHours: event.target.value })}>
          {REVIEWS.map(([hours, words]) => (
            <option key={hours} value={hours}>
              {words}
            </option>
          ))}
        </select>
      </label>
      <label className="field">
        Incident <small>a link</small>
        <input
          type="url"
          inputMode="url"
          value={terms.incident}
          maxLength={2_000}
          autoComplete="off"
          placeholder="https://"
          onChange={(event) => put({ incident: event.target.value })}
        />
        {isNoLink && <small role="status">Nobody could open this: the kill goes without it.</small>}
      </label>
    </div>
  );
}

interface NamesFieldProps {
  readonly label: string;
  readonly text: string;
  /** What can be chosen: as it is sent, and as people call it. */
  readonly offered: readonly (readonly [key: string, name: string])[];
  readonly change: (text: string) => void;
}

/** Names with commas between. What is typed last finds by key or name what there is; anything may be written all the same. */
function NamesField({ label, text, offered, change }: NamesFieldProps): ReactElement {
  const chosen = new Set(namesIn(text));
  const typed = text.slice(text.lastIndexOf(",") + 1).trim();
  const isChosen = offered.some(([key]) => key === typed);
  const query = isChosen ? "" : typed.toLowerCase();
  // A registry of thousands is not offered before a letter is typed.
  const fits = query === "" && offered.length > OFFERED_MAX ? [] : offered.filter(([key, name]) => `${name} ${key}`.toLowerCase().includes(query));
  const rest = fits.filter(([key]) => !chosen.has(key)).slice(0, OFFERED_MAX);
  const kept = (isChosen ? text : text.slice(0, text.lastIndexOf(",") + 1)).trim().replace(/,$/, "");
  return (
    <div>
      <label className="field">
        {label} <small>commas between</small>
        <input value={text} autoCapitalize="none" autoComplete="off" spellCheck={false} onChange={(event) => change(event.target.value)} />
      </label>
      {rest.length > 0 && (
        <p className="offered">
          {rest.map(([key, name]) => (
            <button key={key} type="button" className="button" onClick={() => change([kept, key].filter((part) => part !== "").join(", "))}>
              {name}
            </button>
          ))}
        </p>
      )}
    </div>
  );
}

/** One of those that there are; where nobody can list them now, its key. */
function SegmentField({ segment, change }: { readonly segment: string; readonly change: (segment: string) => void }): ReactElement {
  const { value } = useResource<{ readonly segments: readonly SegmentListing[] }>("/api/segments", 0);
  if (value !== undefined && value.segments.length === 0) return <></>;
  return (
    <label className="field">
      Only whom a segment matches
      {value === undefined ? (
        <input value={segment} maxLength={200} autoCapitalize="none" autoComplete="off" spellCheck={false} onChange={(event) => change(event.target.value)} />
      ) : (
        <select value={segment} onChange={(event) => change(event.target.value)}>
          <option value="">Everybody</option>
          {value.segments.map(({ key }) => (
            <option key={key}>{key}</option>
          ))}
        </select>
      )}
    </label>
  );
}
