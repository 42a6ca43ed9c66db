export type { Answer, Asker, Cause, Context, Reason } from "./answer.ts";
export type { AnswerCounter, AnswerPlace } from "./answer-place.ts";
export { placeOf } from "./answer-place.ts";
export type { Algorithm, SlotOf } from "./bucketing.ts";
export { algorithmOf, algorithms, customerHash, slot, slotsOf, SLOTS, stepStart, unitText } from "./bucketing.ts";
export type { AnswerChange, Asked, FlagChange } from "./changes.ts";
export { changesFor, describeChange, explainChange, isOtherAnswer, whoChanges } from "./changes.ts";
export type { Compiled, CompileOptions } from "./compile.ts";
export { compilePatch, compileSnapshot, compileUrgent, flagKeysOf, hold, snapshotOf } from "./compile.ts";
export { describe, type WhoDecided } from "./describe.ts";
export { segmentsIn } from "./condition.ts";
export type { DecodeProblem } from "./decode.ts";
export { decodeLimits, decodePatch, decodeSnapshot, decodeUrgentKill } from "./decode.ts";
export { canonicalJson, encodePatch, encodeSnapshot, encodeUrgentKill } from "./encode.ts";
export { asType, customerHashOf, evaluate, isOfType, noSnapshot, unknownFlag, wrongType } from "./evaluate.ts";
export type { ConditionTrace, ShareTrace, StepTrace, Trace } from "./explain.ts";
export { explain } from "./explain.ts";
export { parseInstant } from "./instant.ts";
export { carriedKills, compileCustomerHash, isUrgentInForce, knownSince } from "./kill.ts";
export { nearestNames } from "./nearest.ts";
export { changeHashes, isListedIn } from "./listed-hashes.ts";
export type { HashChange } from "./listed-hashes.ts";
export type { AttributeType, OperandShape, Operator, OperatorName } from "./operators.ts";
export { checkOperand, isOperatorName, operandWords, operators } from "./operators.ts";
export { layOutSnapshot } from "./laid-out.ts";
export { OpenedSnapshot, opening, openIntactSnapshot, openSnapshot } from "./open-snapshot.ts";
export type { PatchProblem } from "./patch.ts";
export { applyPatch, segmentsOf } from "./patch.ts";
export type { Result } from "./result.ts";
export { impossible, ImpossibleError } from "./result.ts";
export type { PickedContext, SampledAttributes, SampledContext, SampledHow, SampledValue } from "./sampling.ts";
export { compilePick, SAMPLED_HASH, sampledHash, samplingLimits, sealContext } from "./sampling.ts";
export { compareSemVer, parseSemVer } from "./semver.ts";
export type { SemVer } from "./semver.ts";
export { compareBytes } from "./shape.ts";
export type { DelegatedSignature, PublicKeyForm, SignatureParts, SignedKind } from "./signed-text.ts";
export {
  delegationText,
  publicKeyForm,
  readDelegated,
  readPublicKey,
  readSignature,
  SIGNATURE_HEADER,
  signedPrefix,
  writeDelegated,
  writeSignature,
} from "./signed-text.ts";
export type {
  Condition,
  Envelope,
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
