import type { ReactElement } from "react";
import { type StateWord, stateLooks } from "../state-words.ts";
import { Icon } from "./icon.tsx";

export function State({ state, more }: { readonly state: StateWord; readonly more?: string | undefined }): ReactElement {
  const look = stateLooks[state];
  return (
    <span className={`state ${look.colour}`}>
      <Icon name={look.icon} />
      {look.word}
      {more ? `, ${more}` : ""}
    </span>
  );
}
