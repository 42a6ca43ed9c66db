import type { ReactElement } from "react";

interface ChoiceProps {
  readonly label: string;
  readonly chosen: string;
  readonly choices: readonly { readonly value: string; readonly title: string; readonly href: string }[];
}

/** A few ways to see the same thing, side by side; each is an address of its own. */
export function Choice({ label, chosen, choices }: ChoiceProps): ReactElement {
  return (
    <nav className="choice" aria-label={label}>
      {choices.map(({ value, title, href }) => (
        <a key={value} href={href} aria-current={value === chosen ? "true" : undefined}>
          {title}
        </a>
      ))}
    </nav>
  );
}
