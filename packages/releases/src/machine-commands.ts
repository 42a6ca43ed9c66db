/**
 * Commands that Sluice gives its own decisions, each in one form, so that whichever process decides, and however often, it happens once. They can be
 * foretold, so nobody from outside may use one: a decision under it would keep Sluice's own from ever being taken. `create-<project>` is not among
 * them: it is a log's first event, before anybody can ask for anything.
 */
export const machineCommand = {
  /** A scheduled drill; the days since 1970 of the last one and of this. */
  drill: (environment: string, lastDay: number, day: number): string => `drill-${environment}-${lastDay}-${day}`,
  drillOver: (kill: string): string => `${kill}-drill-over`,
  /** A kill that comes into a log again that has lost it. */
  kept: (kill: string): string => `kept-${kill}`,
  epoch: (epoch: string): string => `epoch-${epoch}`,
  /** `digest`: 32 hexadecimal digits of what the alert is. */
  trigger: (trigger: string, digest: string): string => `trigger-${trigger}-${digest}`,
  /** `digest`: 32 hexadecimal digits. */
  guard: (digest: string): string => `guard-${digest}`,
  told: (kill: string): string => `told-${kill}`,
  adopt: (source: string | undefined, commit: string, seq: number): string => ["adopt", ...(source === undefined ? [] : [source]), commit, seq].join("-"),
  /** A kill that a commit has made permanent; `adoption`: the command of that commit's adoption. */
  permanent: (kill: string, adoption: string): string => `permanent-${kill}-${adoption}`,
  revertAgreed: (revert: string): string => `revert-agreed-${revert}`,
  settled: (environment: string, flag: string, seq: number): string => `settled-${environment}-${flag}-${seq}`,
  hashes: (seq: number): string => `hashes-${seq}`,
  /** What the scheduler does when its time has come: of a release by its id, of a pin as `pin`. */
  due: (of: string, what: string): string => `due:${of}:${what}`,
  /** The counter of an emergency kill whose command the log had already. */
  counted: (command: string, counter: number): string => `${command}+${counter}`,
  countedLift: (command: string, counter: number): string => `${command}+${counter}+lifted`,
  /** A hold that moves with a customer who is merged. */
  mergedHold: (command: string, number: number): string => `${command}+hold${number}`,
} as const;

/** Narrow on purpose: a kill must not be refused because somebody's own way to name commands looks a little like one of these. */
const FORMS: Readonly<Record<keyof typeof machineCommand, RegExp>> = {
  drill: /^drill-.+-\d+-\d+$/,
  // With its second name, where the first was taken before these forms were kept.
  drillOver: /^k[0-9a-f]{12}-drill-over(\+2)?$/,
  kept: /^kept-k[0-9a-f]{12}$/,
  epoch: /^epoch-e[0-9a-f]{8}$/,
  trigger: /^trigger-.+-[0-9a-f]{32}$/,
  guard: /^guard-[0-9a-f]{32}$/,
  told: /^told-k[0-9a-f]{12}$/,
  adopt: /^adopt-.+-\d+$/,
  permanent: /^permanent-k[0-9a-f]{12}-/,
  revertAgreed: /^revert-agreed-/,
  settled: /^settled-.+-\d+$/,
  hashes: /^hashes-\d+$/,
  due: /^due:[^:]+:/,
  // Counters begin above 2^20: one's own numbering of requests is shorter.
  counted: /\+\d{7,}$/,
  countedLift: /\+\d{7,}\+lifted$/,
  mergedHold: /\+hold\d+$/,
};

/** Whether a command has a form that Sluice keeps for its own decisions. */
export function isMachineCommand(command: string): boolean {
  return Object.values(FORMS).some((form) => form.test(command));
}
