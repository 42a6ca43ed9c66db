import type { FileReport } from "./diagnostic.ts";

/** Paths of these characters alone are one on no disk where they are two here. */
const ONE_CASE = /^[a-z\d/._-]*$/;

/** Paths that a disk without case cannot hold beside each other. */
export function checkCases(paths: readonly string[], report: (path: string) => FileReport): void {
  if (paths.every((path) => ONE_CASE.test(path))) return;
  const first = new Map<string, string>();
  for (const path of paths) {
    const folded = path.normalize("NFC").toLowerCase();
    const other = first.get(folded);
    if (other === undefined) first.set(folded, path);
    else
      report(path).add(
        { start: 0, end: 1 },
        {
          code: "file/case",
          severity: "warning",
          message: `This path and ${other} are one on disks without case: there, only one of the two is checked out.`,
          fix: "Rename one of the two, and the flag in it.",
        },
      );
  }
}
