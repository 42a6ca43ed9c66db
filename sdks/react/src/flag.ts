import type { FlagKey, JsonValue } from "@sluice/browser";
import type { ReactNode } from "react";
import { useFlag } from "./flag-hooks.ts";

export interface FlagProps {
  /** The flag's key; its type is boolean. */
  readonly name: FlagKey<boolean>;
  /** Shown where the flag is off or there is no answer. */
  readonly fallback?: ReactNode;
  /** Shown where it is on. */
  readonly children?: ReactNode;
}

export interface ValueFlagProps<T extends JsonValue> {
  readonly name: FlagKey<KeyTypeOf<T>>;
  /** The code's default: what the children are called with where there is no answer of its type. */
  readonly default: T;
  readonly children: (value: ValueOf<T>) => ReactNode;
}

/** The type that a default stands for: "short" for any text. */
type ValueOf<T extends JsonValue> = T extends string ? string : T extends number ? number : T extends boolean ? boolean : JsonValue;

/** The type of the flags that such a default is for. */
type KeyTypeOf<T extends JsonValue> = T extends string ? string : T extends number ? number : T extends boolean ? boolean : object;

/** `<Flag name="…" fallback={…}>` shows its children while the flag is on; `<Flag name="…" default={…}>{(value) => …}</Flag>` shows what they make of its value. */
export function Flag<T extends JsonValue>(props: ValueFlagProps<T>): ReactNode;
export function Flag(props: FlagProps): ReactNode;
export function Flag(props: FlagProps | ValueFlagProps<JsonValue>): ReactNode {
  const value = useFlag(props.name, "default" in props ? props.default : false);
  if ("default" in props) return props.children(value);
  return value ? props.children : props.fallback;
}
