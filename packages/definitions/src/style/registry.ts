import { codeRules } from "./code/code-rules.ts";
import type { RuleEntry, StyleRule } from "./rule.ts";
import { keyArea } from "./rules/key-area.ts";
import { keyCase } from "./rules/key-case.ts";
import { keyConfusable } from "./rules/key-confusable.ts";
import { keyImmutable } from "./rules/key-immutable.ts";
import { keyLength } from "./rules/key-length.ts";
import { keyNeverReused } from "./rules/key-never-reused.ts";
import { keyNoPerson } from "./rules/key-no-person.ts";
import { keyNoTicket } from "./rules/key-no-ticket.ts";
import { keyNoTimeWords } from "./rules/key-no-time-words.ts";
import { keyNoVerbPrefix } from "./rules/key-no-verb-prefix.ts";
import { keyPositive } from "./rules/key-positive.ts";
import { keyUniqueCi } from "./rules/key-unique-ci.ts";
import { keyWords } from "./rules/key-words.ts";
import { lifeExpired } from "./rules/life-expired.ts";
import { lifeExpires } from "./rules/life-expires.ts";
import { lifePermanentReason } from "./rules/life-permanent-reason.ts";
import { metaDescription } from "./rules/meta-description.ts";
import { metaOwner } from "./rules/meta-owner.ts";
import { metaTicket } from "./rules/meta-ticket.ts";
import { testBothStates } from "./rules/test-both-states.ts";
import { valNoDup } from "./rules/val-no-dup.ts";
import { valPrereqDepth } from "./rules/val-prereq-depth.ts";
import { valSafeDefault } from "./rules/val-safe-default.ts";
import { valTypeChange } from "./rules/val-type-change.ts";

/** Every rule about flag files, in the order in which they are documented. One more is a line here, one in `diagnostic-catalogue.ts`, its file and its fixture. */
export const styleRules: readonly StyleRule[] = [
  keyCase,
  keyArea,
  keyLength,
  keyWords,
  keyPositive,
  keyNoVerbPrefix,
  keyNoTimeWords,
  keyNoTicket,
  keyNoPerson,
  keyUniqueCi,
  keyConfusable,
  keyNeverReused,
  keyImmutable,
  metaOwner,
  metaDescription,
  metaTicket,
  lifeExpires,
  lifePermanentReason,
  lifeExpired,
  valSafeDefault,
  valNoDup,
  valPrereqDepth,
  valTypeChange,
  testBothStates,
];

/** Every rule that a guide can set: of flag files, and of the code that asks for flags. */
export const guideRules: readonly RuleEntry[] = [...styleRules, ...codeRules];
