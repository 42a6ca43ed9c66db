import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string }[];
}

/** The rules of axe that ask about colours: all that another theme can change. */
const OF_COLOURS = ["color-contrast", "link-in-text-block"];

/**
 * What somebody with a screen reader or weak eyes could not use, in the theme of the system: axe's serious and critical findings. The page's
 * context must bypass its content security policy, since the checker is put in from outside.
 */
export function barriers(page: Page, colorScheme: "light" | "dark"): Promise<readonly string[]> {
  return found(page, colorScheme, {});
}

/** The same in both themes: everything in the light, and in the dark what a theme changes. */
export async function barriersInBothThemes(page: Page): Promise<readonly string[]> {
  return [...(await barriers(page, "light")), ...(await found(page, "dark", { runOnly: OF_COLOURS }))];
}

async function found(page: Page, colorScheme: "light" | "dark", options: { readonly runOnly?: readonly string[] }): Promise<readonly string[]> {
  await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
  await page.addScriptTag({ path: AXE });
  // Only what is wrong is described in full, and no style sheet is fetched again: each takes longer than all rules together.
  const all = JSON.stringify({ resultTypes: ["violations"], preload: false, ...options });
  const { violations } = await page.evaluate<{ readonly violations: readonly Violation[] }>(`axe.run(${all})`);
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${colorScheme} ${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}
