import type { ChangePlanView } from "@sluice/contract";
import { plainMarkdown } from "@sluice/definitions";
import { isOperator, type Person } from "@sluice/store";
import type { Author } from "./adapters/git-desk.ts";
import type { Wish } from "./wishes.ts";

/** Git's own habit, which every list of commits is made for. */
const SUBJECT_CHARS_MAX = 72;
/** Changes told in a review; the whole of it stands in the console. */
const TOLD_MAX = 50;
const BRANCH_CHARS_MAX = 40;

/** The subject of a commit that nobody gave another. */
export function titleOf(wishes: readonly Wish[]): string {
  const flags = [...new Set(wishes.map(({ flag }) => flag))];
  const [first] = wishes;
  const words = [...new Set(wishes.map((wish) => wish.words))].join("; ");
  const title = flags.length === 1 ? `${first?.flag}: ${words}` : `${flags.length} flags: ${words}`;
  return title.length <= SUBJECT_CHARS_MAX ? title : `${title.slice(0, SUBJECT_CHARS_MAX - 1)}…`;
}

interface MessageParts {
  readonly title: string;
  readonly id: string;
  readonly author: Author;
  readonly wishes: readonly Wish[];
  readonly plan?: ChangePlanView;
}

/** A commit's message: what, what it means in counts, and trailers that lead back to who asked for it and to the decision behind it. */
export function messageOf({ title, id, author, wishes, plan }: MessageParts): string {
  const decisions = [...new Set(wishes.flatMap(({ decision }) => decision ?? []))];
  const trailers = [`Sluice-Change: ${id}`, `Sluice-Edit-By: ${author.name} <${author.email}>`, ...decisions.map((one) => `Sluice-Decision: ${one}`)];
  return [title, "", ...(plan === undefined ? [] : [planLines(plan).join("\n"), ""]), trailers.join("\n"), ""].join("\n");
}

/** What a review says, in Markdown: counts and no names. */
export function reviewBody(plan: ChangePlanView | undefined, author: Author): string {
  const said = plan === undefined ? ["What it means could not be worked out."] : planLines(plan);
  return [`Made in the console by ${plainMarkdown(author.name)}.`, "", ...said.map((line) => `- ${plainMarkdown(line)}`)].join("\n");
}

/** What a change means, one sentence for each flag and environment that it touches. */
function planLines({ changes, customers }: ChangePlanView): readonly string[] {
  const told = changes.filter(({ isSame }) => !isSame);
  if (told.length === 0) return ["No one changes."];
  const lines = told.slice(0, TOLD_MAX).map(({ flag, environment, counts, waits }) => {
    const who =
      counts === undefined
        ? "who changes is not counted"
        : `${counts.changes} of ${customers} customers would get something else${counts.unknown === undefined ? "" : " by their key alone"}`;
    return `${flag} in ${environment}: ${who}${waits.length === 0 ? "" : "; it waits for a person"}.`;
  });
  return told.length > TOLD_MAX ? [...lines, `And ${told.length - TOLD_MAX} more.`] : lines;
}

/** Whoever is at the server's own machine has no address. */
export function authorOf(person: Person): Author {
  const plain = (text: string): string => text.replaceAll(/[<>\p{C}]/gu, "").trim();
  return { name: plain(person.name) || person.id, email: isOperator(person) || person.email === "" ? `${person.id}@sluice.invalid` : plain(person.email) };
}

/** `sluice/<person>/<flag>-<id>`: nobody else makes branches of such names. */
export function branchOf({ id, email }: Person, wishes: readonly Wish[], change: string): string {
  const word = (text: string): string =>
    text
      .normalize("NFKD")
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "-")
      .replaceAll(/^-+|-+$/g, "")
      .slice(0, BRANCH_CHARS_MAX);
  const [first] = wishes;
  return `sluice/${word(email.split("@")[0] ?? "") || word(id) || "somebody"}/${word(first?.flag ?? "flags") || "flags"}-${change.slice(1, 9)}`;
}
