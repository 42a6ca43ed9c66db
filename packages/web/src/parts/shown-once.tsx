import { type ReactElement, useState } from "react";
import { Icon } from "./icon.tsx";

interface ShownOnceProps {
  /** What it is and until when it works. */
  readonly title: string;
  readonly secret: string;
  readonly forget: () => void;
}

/** A secret that is shown this one time. */
export function ShownOnce({ title, secret, forget }: ShownOnceProps): ReactElement {
  const [copied, setCopied] = useState<"yes" | "no">();
  const copy = (): void => {
    // Without a secure connection browsers have no clipboard: the text is selected by hand then.
    void (navigator.clipboard?.writeText(secret) ?? Promise.reject(new Error("no clipboard"))).then(
      () => setCopied("yes"),
      () => setCopied("no"),
    );
  };
  return (
    <div className="once" role="status">
      <p>
        <b>{title}</b>
      </p>
      <code>{secret}</code>
      <div className="buttons">
        <button type="button" className="button primary" onClick={copy}>
          {copied === "yes" ? "Copied" : "Copy"}
        </button>
        <button type="button" className="button" onClick={forget}>
          Done, hide it
        </button>
      </div>
      {copied === "no" && <p className="small muted">This browser does not let the page copy; select it above.</p>}
      <p className="note warn">
        <Icon name="warn" />
        It is not shown again, and nobody can read it from the server.
      </p>
    </div>
  );
}
