declare global {
  /** The flags that there are, each with the type of its values: filled in by the module that `sluice codegen ts` writes. */
  interface SluiceFlagTypes {}
}

/** Keys of the flags whose values are of this type; any text where no module of `sluice codegen ts` says which flags there are. */
export type FlagKey<T = unknown> = keyof SluiceFlagTypes extends never
  ? string
  : { [K in keyof SluiceFlagTypes]: SluiceFlagTypes[K] extends T ? K : never }[keyof SluiceFlagTypes];
