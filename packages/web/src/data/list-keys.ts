/** What opens each row of a list, in the order of the page: a link, or a button where a row opens in place. */
const OPENERS = [
  "main tbody a.name",
  "main a.row",
  "main .row.waiting > a.button",
  "main .row.waiting h3 a",
  "main .approval h2 a",
  "main .calendar-row button.start",
  "main .hits button",
  "main .decision summary",
].join(", ");

const openers = (): readonly HTMLElement[] => [...document.querySelectorAll<HTMLElement>(OPENERS)].filter((each) => each.offsetParent !== null);

/** Goes to the next row, or the one before; from elsewhere to the first or the last. Enter opens it, since it has the focus. */
export function moveInList(by: 1 | -1): void {
  const rows = openers();
  const at = rows.findIndex((each) => each === document.activeElement);
  const next = at < 0 ? rows.at(by === 1 ? 0 : -1) : rows[Math.min(rows.length - 1, Math.max(0, at + by))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

/** Whether arrows go through rows from here: on a row, and downwards from a field that searches them; elsewhere they scroll. */
export function arrowsMove(target: EventTarget | null, by: 1 | -1): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.matches(OPENERS) || (by === 1 && target instanceof HTMLInputElement && target.type === "search");
}
