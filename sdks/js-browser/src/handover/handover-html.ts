import { type Handover, parseFrozen } from "../answer.ts";

const ID = "sluice-handover";

/**
 * The answers as a data block for the page's HTML. Nothing in a flag's value can end it or begin a comment, and no browser runs it, so it
 * needs no nonce under a Content-Security-Policy.
 */
export function handoverHtml(handover: Handover): string {
  // Without "<" there is neither an end tag nor a comment; JSON reads the escape as the same letter.
  return `<script type="application/json" id="${ID}">${JSON.stringify(handover).replace(/</g, "\\u003c")}</script>`;
}

/** What the server put into this page; `undefined` where there is nothing, or nothing that can be read. */
export function readHandover(page: Pick<Document, "getElementById">): Handover | undefined {
  try {
    const handover = parseFrozen(page.getElementById(ID)?.textContent ?? "") as Handover;
    return handover.answers && typeof handover.subject === "string" ? handover : undefined;
  } catch {
    // No block, or one that was cut: the page begins as one that no server rendered.
    return undefined;
  }
}
