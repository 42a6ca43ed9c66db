/**
 * What runs in the browser: listens for changes, fetches the board again and exchanges the slots that differ.
 * A slot that empties folds away, one that fills unfolds; nothing else on the page moves.
 */
export const browserScript = `
const FOLD_MS = 420;
const customer = document.body.dataset.customer;
const turns = new Map();

function exchange(slot, html) {
  const turn = (turns.get(slot.dataset.slot) ?? 0) + 1;
  turns.set(slot.dataset.slot, turn);
  const inner = slot.querySelector(".slot-inner");
  const isEmptying = html.trim() === "";
  const wasEmpty = inner.innerHTML.trim() === "";
  if (isEmptying) {
    slot.classList.add("gone");
    setTimeout(() => { if (turns.get(slot.dataset.slot) === turn) inner.innerHTML = ""; }, FOLD_MS);
    return;
  }
  if (wasEmpty) slot.classList.add("gone");
  inner.innerHTML = html;
  requestAnimationFrame(() => requestAnimationFrame(() => slot.classList.remove("gone")));
}

// What somebody has just pressed brings the page anew by itself.
let isLeaving = false;
addEventListener("submit", () => { isLeaving = true; });
let isFetching = false;
let isDue = false;
async function refresh() {
  // A page without slots is short and nobody's eyes are in the middle of it: it comes anew.
  if (document.querySelector("[data-slot]") === null) return isLeaving ? undefined : location.reload();
  if (isFetching) { isDue = true; return; }
  isFetching = true;
  try {
    const answer = await fetch("/board?customer=" + encodeURIComponent(customer));
    if (answer.ok) {
      const next = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const fresh of next.querySelectorAll("[data-slot]")) {
        const slot = document.querySelector('[data-slot="' + fresh.dataset.slot + '"]');
        const html = fresh.querySelector(".slot-inner").innerHTML;
        const now = slot.classList.contains("gone") ? "" : slot.querySelector(".slot-inner").innerHTML;
        if (slot && now !== html) exchange(slot, html);
      }
    }
  } finally {
    isFetching = false;
    if (isDue) { isDue = false; refresh(); }
  }
}

for (const slot of document.querySelectorAll("[data-slot]")) {
  if (slot.querySelector(".slot-inner").innerHTML.trim() === "") slot.classList.add("gone");
}
requestAnimationFrame(() => document.body.classList.add("alive"));
// From this page's own stand on: nothing is missed that changes before the connection stands, or while there is none.
const changes = new EventSource("/changes?since=" + encodeURIComponent(document.body.dataset.since));
changes.addEventListener("changed", refresh);
`;
