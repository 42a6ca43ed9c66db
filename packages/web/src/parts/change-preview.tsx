import type { ReactElement } from "react";
import type { ChangePreview, EditedFile } from "../data/edit-data.ts";
import { planSentences } from "../data/edit-sentences.ts";
import { Icon } from "./icon.tsx";

interface PreviewProps {
  readonly preview: ChangePreview;
  readonly nameOf: (environment: string) => string;
}

/** Everything that a change would do: for whom, what keeps it from being made, and every line that it changes. */
export function ChangePreviewCard({ preview, nameOf }: PreviewProps): ReactElement {
  const { files, refusals, warnings, why, way, source } = preview;
  return (
    <section className="card" aria-label="What it does">
      <h2>What it does</h2>
      <div className="pad stack">
        {files.length === 0 && <p>Nothing: the files say it already.</p>}
        {planSentences(preview, nameOf).map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
        {refusals.map(({ message, fix, code, line }) => (
          <p className="note kill" key={`${code} ${line} ${message}`} role="alert">
            <Icon name="warn" />
            <span>
              <b>{message}</b> {fix} {code !== undefined && <code className="dim">{code}</code>}
            </span>
          </p>
        ))}
        {warnings.map(({ message, fix, code, line }) => (
          <p className="note warn" key={`${code} ${line} ${message}`}>
            <Icon name="warn" />
            <span className="muted">
              {message} {fix} {code !== undefined && <code className="dim">{code}</code>}
            </span>
          </p>
        ))}
        {files.length > 0 && refusals.length === 0 && (
          <p className="muted">
            {way === "direct"
              ? `It goes into ${placeName(source)} at once, under your name. `
              : `It goes for a review${source === undefined ? "" : ` in ${placeName(source)}`}, under your name; nothing changes before somebody agrees. `}
            {why}
          </p>
        )}
      </div>
      {files.map((file) => (
        <Difference key={file.path} file={file} />
      ))}
    </section>
  );
}

const placeName = (source: string | undefined): string => (source === undefined ? "Git" : `the repository ${source}`);

/** A file's changed lines, each with its sign. */
function Difference({ file: { path, diff } }: { readonly file: EditedFile }): ReactElement {
  const lines = diff.replace(/\n$/, "").split("\n");
  return (
    <div className="difference">
      <code className="pad">{path}</code>
      <pre tabIndex={0} aria-label={`Changed lines of ${path}`}>
        {lines.map((line, index) => (
          <span key={index} className={lineLook(line)}>
            {`${line.startsWith("@@") ? "…" : line}\n`}
          </span>
        ))}
      </pre>
    </div>
  );
}

const looks: Readonly<Record<string, string>> = { "+": "put", "-": "gone", "@": "place" };
const lineLook = (line: string): string | undefined => looks[line.charAt(0)];
