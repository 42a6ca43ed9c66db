import type { Result } from "@sluice/evaluation";
import { compileKeyPattern, type KeyTest } from "../key-pattern.ts";

/**
 * Reads a pattern of paths: `*` and `?` stand for characters of one folder's name, a folder named `**` for any number of folders.
 * Paths longer than 200 characters match nothing. The problem is a phrase for a message.
 */
export function compilePathPattern(pattern: string): Result<KeyTest, string> {
  const text = pattern.replaceAll(/\*\*\/|\*\*|\*|\?|[\\^$.+()[\]{}|]/g, (sign) => {
    if (sign === "**/") return "(.*/)?";
    if (sign === "**") return ".*";
    if (sign === "*") return "[^/]*";
    return sign === "?" ? "[^/]" : `\\${sign}`;
  });
  return compileKeyPattern(text);
}
