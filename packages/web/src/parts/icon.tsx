import type { ReactElement, ReactNode } from "react";
import type { IconName } from "../state-words.ts";

/** Sixteen-pixel line drawings, one per idea. */
const drawings: Readonly<Record<IconName, ReactNode>> = {
  on: (
    <>
      <circle cx="8" cy="8" r="6.25" fill="currentColor" stroke="none" />
      <path d="m5.4 8.2 1.8 1.8 3.4-3.8" stroke="var(--surface)" />
    </>
  ),
  part: (
    <>
      <circle cx="8" cy="8" r="5.75" />
      <path d="M2.4 9.2A5.75 5.75 0 0 0 13.6 9.2z" fill="currentColor" stroke="none" />
    </>
  ),
  off: <circle cx="8" cy="8" r="5.75" />,
  kill: (
    <>
      <path d="M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3l-3.8-3.8V5.3z" fill="currentColor" stroke="none" />
      <path d="m5.8 5.8 4.4 4.4m0-4.4-4.4 4.4" stroke="var(--surface)" />
    </>
  ),
  none: <path d="M4 8h8" />,
  flag: <path d="M3.5 14.5v-12h9l-2 3.25 2 3.25h-9" />,
  find: (
    <>
      <circle cx="7" cy="7" r="4.5" />
      <path d="m10.5 10.5 3.5 3.5" />
    </>
  ),
  down: <path d="m4.5 6.5 3.5 3.5 3.5-3.5" />,
  mark: (
    <>
      <path d="M3 1.5v13M13 1.5v13" strokeWidth="1.8" stroke="var(--ink)" />
      <rect x="5.4" y="1.5" width="5.2" height="5.8" rx=".8" fill="currentColor" stroke="none" />
      <path d="M5.4 10.4c.9-.9 1.7-.9 2.6 0s1.7.9 2.6 0M5.4 13.4c.9-.9 1.7-.9 2.6 0s1.7.9 2.6 0" />
    </>
  ),
  log: <path d="M4 1.75h8v12.5l-2-1.3-2 1.3-2-1.3-2 1.3zM6.5 5h3M6.5 8h3" />,
  warn: <path d="M8 2 14.5 13.5h-13zM8 6.5v3M8 11.6v.05" />,
  undo: <path d="M5.5 3 2.5 6l3 3M2.5 6h7a4 4 0 0 1 0 8H6" />,
  drift: <path d="M4.5 14V9.5L8 6M4.5 14 2.75 12M4.5 14l1.75-2M8 6V2M8 6l4.5 4v4M12.5 14l1.75-2M12.5 14l-1.75-2" />,
  pin: <path d="M5.5 1.75h5M6.5 1.75v4.5l-2.25 2.5h7.5L9.5 6.25v-4.5M8 8.75v5.5" />,
  clock: (
    <>
      <circle cx="8" cy="8" r="5.75" />
      <path d="M8 4.75V8l2.25 1.5" />
    </>
  ),
  hold: (
    <>
      <rect x="2.25" y="2.25" width="11.5" height="11.5" rx="2.5" />
      <path d="M6.25 5.5v5M9.75 5.5v5" strokeWidth="1.8" />
    </>
  ),
  ask: (
    <>
      <path d="M8 1.5 14.5 8 8 14.5 1.5 8z" />
      <path d="M6.4 6.5a1.6 1.6 0 1 1 2.2 1.6c-.4.2-.6.4-.6.9M8 11.05v.05" />
    </>
  ),
  early: (
    <>
      <circle cx="8" cy="8" r="5.75" strokeDasharray="2 2.2" />
      <path d="M8 5.5v5M5.5 8h5" />
    </>
  ),
  home: <path d="M2.5 7.5 8 2.75l5.5 4.75v6h-4V9.75h-3v3.75h-4z" />,
  release: <path d="M1.75 13.25h3.5v-3.5h4v-3.5h5M5.25 9.75v3.5" />,
  customer: <path d="M2.5 14V3.25h6V14M8.5 7h5v7M1.5 14h13M5 6h1M5 9h1M11 10h.5" />,
  list: <path d="M6 4h7.5M6 8h7.5M6 12h7.5M2.6 4h.05M2.6 8h.05M2.6 12h.05" />,
  more: <path d="M3.25 8h.05M8 8h.05M12.75 8h.05" strokeWidth="2.4" />,
  check: <path d="m3.5 8.5 3 3 6-7" />,
  plus: <path d="M8 3v10M3 8h10" />,
  close: <path d="m4 4 8 8m0-8-8 8" />,
  calendar: (
    <>
      <rect x="2.25" y="3.25" width="11.5" height="10.5" rx="1.5" />
      <path d="M2.25 6.5h11.5M5.25 1.75v3M10.75 1.75v3" />
    </>
  ),
  inbox: <path d="M2.25 9.25 4.4 3h7.2l2.15 6.25v4H2.25zM2.25 9.25h3.5a2.25 2.25 0 0 0 4.5 0h3.5" />,
  settings: (
    <>
      <path d="M2 5h4.25M9.75 5H14M2 11h2.25M7.75 11H14" />
      <circle cx="8" cy="5" r="1.75" />
      <circle cx="6" cy="11" r="1.75" />
    </>
  ),
  left: <path d="M10 3.5 5.5 8l4.5 4.5" />,
  right: <path d="M6 3.5 10.5 8 6 12.5" />,
  key: (
    <>
      <circle cx="5" cy="11" r="2.75" />
      <path d="m7 9 6.25-6.25M11 5l2 2" />
    </>
  ),
  person: (
    <>
      <circle cx="8" cy="5" r="2.75" />
      <path d="M2.75 14c.4-3 2.4-4.5 5.25-4.5s4.85 1.5 5.25 4.5" />
    </>
  ),
  download: <path d="M8 2v8.25M4.75 7.25 8 10.5l3.25-3.25M2.75 13.5h10.5" />,
  import: <path d="M8 10.5V2.25M4.75 5.5 8 2.25l3.25 3.25M2.75 10v3.5h10.5V10" />,
  verified: (
    <>
      <path d="M8 1.5 13.5 3.5v4.25c0 3.25-2.2 5.6-5.5 6.75-3.3-1.15-5.5-3.5-5.5-6.75V3.5z" />
      <path d="m5.5 8 1.75 1.75L10.75 6" />
    </>
  ),
  server: <path d="M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5v.05M5 11v.05" />,
};

export function Icon({ name }: { readonly name: IconName }): ReactElement {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true">
      {drawings[name]}
    </svg>
  );
}
