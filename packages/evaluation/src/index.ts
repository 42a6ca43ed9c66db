export type { Answer, Asker, Cause, Context, Reason } from "./answer.ts";
export type {
  Condition,
  ExposureForm,
  FlagForm,
  JsonValue,
  KillForm,
  KillScope,
  Patch,
  PatchParts,
  PinForm,
  PrerequisiteForm,
  RuleForm,
  SegmentForm,
  ShareForm,
  Snapshot,
  UrgentKill,
  Version,
} from "./snapshot-form.ts";
export { SNAPSHOT_FORMAT } from "./snapshot-form.ts";
