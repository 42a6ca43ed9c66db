import type { Step } from "./readme.ts";

/** What somebody who follows the page sees when a command did what the page says. */
export interface Chapter {
  readonly name: string;
  readonly command: RegExp;
  /** In what the command prints. */
  readonly prints?: RegExp;
  /** On the page of the demo application, within a few seconds. */
  readonly page?: readonly PageSight[];
}

export interface PageSight {
  /** Value of `data-slot` in examples/shop-floor/src/board.ts. */
  readonly slot: string;
  readonly isShown: boolean;
  readonly sentence: string;
}

/** In the order in which README.md shows them. */
export const chapters: readonly Chapter[] = [
  {
    name: "start",
    command: /^npm start\b/,
    page: [
      { slot: "pins", isShown: true, sentence: "the photos are on the plan" },
      { slot: "weather", isShown: true, sentence: "the weather is above the diary" },
    ],
  },
  {
    name: "kill",
    command: /^npx sluice kill /,
    prints: /(\d+) of \1 connected process/,
    page: [{ slot: "pins", isShown: false, sentence: "the photos are gone from the demo application" }],
  },
  {
    name: "lift",
    command: /^npx sluice lift /,
    prints: /^Lifted /m,
    page: [{ slot: "pins", isShown: true, sentence: "the photos are back" }],
  },
  {
    name: "change",
    command: /^git .*\bcommit\b/,
    page: [{ slot: "weather", isShown: false, sentence: "the weather is gone: the commit is served" }],
  },
  {
    name: "revert",
    command: /^npx sluice revert .* --to /,
    prints: /^Reverted /m,
    page: [{ slot: "weather", isShown: true, sentence: "the weather is back, while Git still says off" }],
  },
  { name: "own flags", command: /^npx sluice eval /, prints: /\btrue\b|\bfalse\b|\bon\b|\boff\b/ },
  { name: "application", command: /\bnode my-app\//, prints: /^photo pins: true$[\s\S]*full-plans/m },
  { name: "test", command: /^npm test\b/, prints: /^\d+ passed, 0 failed/m },
];

export function chapterOf(command: string): Chapter | undefined {
  return chapters.find((chapter) => chapter.command.test(command));
}

/** Names of chapters that the steps do not show, or not after the one before. */
export function chaptersMissing(steps: readonly Step[]): readonly string[] {
  let at = -1;
  return chapters.flatMap(({ name, command }) => {
    const found = steps.findIndex((step, index) => index > at && step.kind === "command" && command.test(step.text));
    if (found < 0) return [name];
    at = found;
    return [];
  });
}

/** Is the slot of the demo application's page filled? Throws where the page has no such slot. */
export function isSlotShown(html: string, slot: string): boolean {
  const found = new RegExp(`data-slot="${slot}"><div class="slot-inner">\\s*(</div>)?`).exec(html);
  if (found === null) throw new Error(`the demo application's page has no slot "${slot}"`);
  return found[1] === undefined;
}
