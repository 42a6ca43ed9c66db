import { Flag } from "@sluice/react";
import type { ReactElement } from "react";

/** Comes after the page's shell, as a part that waits for data would. */
export function Entries(): ReactElement {
  return (
    <ul>
      <li>Monday: formwork</li>
      <Flag name="web.photo-pins">
        <li>Monday: two photos</li>
      </Flag>
    </ul>
  );
}
