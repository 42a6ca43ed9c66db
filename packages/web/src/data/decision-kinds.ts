/** What decisions are about, in people's words, for filters. */
export interface DecisionGroup {
  readonly id: string;
  readonly title: string;
  /** Kinds of the log. A kind that a newer server writes is found under everything. */
  readonly kinds: readonly string[];
}

export const decisionGroups: readonly DecisionGroup[] = [
  {
    id: "releases",
    title: "Releases",
    kinds: [
      "releaseSaved",
      "releasePlanned",
      "releaseApproved",
      "releaseChangeAsked",
      "releaseTakenOver",
      "releasePaused",
      "releaseResumed",
      "releaseUndecided",
      "waveMoved",
      "releaseEnded",
      "waveStarted",
      "customersExposed",
      "optedIn",
      "optedOut",
      "exposureSettled",
    ],
  },
  { id: "customers", title: "Customers", kinds: ["customersChanged", "customersMerged", "customerPinned", "pinEnded"] },
  { id: "lists", title: "Lists", kinds: ["listChanged", "listChangeAsked", "listChangeDecided"] },
  { id: "holds", title: "Holds and freezes", kinds: ["holdPlaced", "holdLifted", "freezeDeclared", "freezeEnded"] },
  {
    id: "kills",
    title: "Kills and reverts",
    kinds: [
      "flagsKilled",
      "liftAsked",
      "liftRefused",
      "killKept",
      "killLifted",
      "drillEnded",
      "ownersTold",
      "harmFound",
      "flagReverted",
      "segmentReverted",
      "revertAsked",
      "revertDecided",
      "revertEnded",
    ],
  },
  { id: "git", title: "Git and deploys", kinds: ["commitAdopted", "commitHeld", "deploymentRecorded", "projectCreated", "epochStarted"] },
  { id: "people", title: "Accounts and keys", kinds: ["accountChanged", "sdkKeyChanged"] },
];
