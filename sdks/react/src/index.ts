export { Flag, type FlagProps, type ValueFlagProps } from "./flag.ts";
export { useFlag, useFlagDetails, useIdentify, useTrack } from "./flag-hooks.ts";
export type { FlagKey } from "@sluice/browser";
export { SluiceProvider, type SluiceProviderProps } from "./provider.ts";
export { WhenReady, type WhenReadyProps } from "./when-ready.ts";
