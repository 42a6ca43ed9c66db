export { EvaluationEventHook, type EvaluationEventOptions, type EventLogger } from "./evaluation-event-hook.ts";
export { SluiceProvider } from "./provider.ts";
