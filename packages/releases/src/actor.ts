const OPERATOR = "operator";
const TRIGGER = "trigger:";
const GUARD = "guard:";

/** Under whose name the log keeps drills that were due by `sluice.yaml`. */
export const DRILL_ACTOR = "drill";

/** Under whose name the log keeps who was told of a kill. */
export const NOTICES_ACTOR = "notices";

/** Under whose name the log keeps what somebody killed with a kill key, whom nobody knows by name. */
export const KILL_KEY_ACTOR = "killKey";

/** Under whose name the log keeps what an alert decided through a trigger of `sluice.yaml`. */
export const triggerActor = (trigger: string): string => `${TRIGGER}${trigger}`;

/** Under whose name the log keeps what a guard of a flag did by itself. */
export const guardActor = (guard: string): string => `${GUARD}${guard}`;

/** How people read an actor of the log that is no account: a machine, or somebody whose account is gone. */
export function actorWords(by: string): string {
  if (by === OPERATOR) return "the operator of this machine";
  if (by === KILL_KEY_ACTOR) return "a kill key";
  if (by === DRILL_ACTOR) return "the drills of sluice.yaml";
  if (by.startsWith(GUARD)) return `the guard ${by.slice(GUARD.length)}`;
  if (by === NOTICES_ACTOR) return "Sluice";
  return by.startsWith(TRIGGER) ? `the trigger ${by.slice(TRIGGER.length)}` : by;
}
