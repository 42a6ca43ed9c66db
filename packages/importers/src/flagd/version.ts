import type { ConditionDraft } from "../flag-draft.ts";
import { test } from "./comparison.ts";
import { park } from "../parked.ts";
import { note, type Reading } from "./reading.ts";
import { variableOf } from "./variable.ts";

/** The smallest version there is: SemVer orders the pre-release `0` before all others. */
const LOWEST = "0.0.0-0";

/** `sem_ver` of an attribute, one of flagd's signs and a version. There `^` is "the same major", `~` "the same major and minor". */
export function versionTest(operands: readonly unknown[], reading: Reading): ConditionDraft {
  const [attribute, sign, bound] = operands;
  const path = variableOf(attribute);
  const version = typeof bound === "string" ? wholeVersion(bound) : undefined;
  if (operands.length !== 3 || path === undefined || typeof sign !== "string" || version === undefined)
    return park('"sem_ver" of anything but an attribute, a sign and a version');
  note(reading, "rule/version-format", `"${path}" must be a version in full, such as 1.0.0.`);
  const [major = 0, minor = 0] = version.split(/[.+-]/).map(Number);
  switch (sign) {
    case "=":
    case "<":
    case "<=":
    case ">":
    case ">=":
      return test(path, "semver", `${sign}${version}`);
    case "!=":
      return { all: [test(path, "semver", `>=${LOWEST}`), { not: test(path, "semver", `=${version}`) }] };
    case "^":
      return test(path, "semver", `>=${major}.0.0-0 <${major + 1}.0.0-0`);
    case "~":
      return test(path, "semver", `>=${major}.${minor}.0-0 <${major}.${minor + 1}.0-0`);
    default:
      return park(`the sign "${sign}" of "sem_ver"`);
  }
}

/** flagd takes `v1.2` for 1.2.0. */
function wholeVersion(text: string): string | undefined {
  const found = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+)([-+][\w.+-]+)?)?$/.exec(text.trim());
  return found === null ? undefined : `${found[1] ?? "0"}.${found[2] ?? "0"}.${found[3] ?? "0"}${found[4] ?? ""}`;
}
