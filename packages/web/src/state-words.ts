/** What a flag does in one environment, what a release or a customer's part of it is, and how an account or the repository stands: the one table of words, colours and shapes for every page. */
export type StateWord =
  | "on"
  | "partlyOn"
  | "off"
  | "killed"
  | "absent"
  | "scheduled"
  | "held"
  | "asks"
  | "earlyAccess"
  | "pinned"
  | "draft"
  | "rolling"
  | "paused"
  | "completed"
  | "cancelled"
  | "rolledBack"
  | "active"
  | "invited"
  | "locked"
  | "removed"
  | "inStep"
  | "behind";

interface StateLook {
  readonly word: string;
  /** Colour class in base.css; meaning is never carried by it alone. */
  readonly colour: "flow" | "kill" | "hold" | "sched" | "ask" | "plain";
  readonly icon: IconName;
}

export type IconName =
  | "on"
  | "part"
  | "off"
  | "kill"
  | "none"
  | "flag"
  | "find"
  | "down"
  | "mark"
  | "log"
  | "warn"
  | "undo"
  | "drift"
  | "server"
  | "clock"
  | "hold"
  | "ask"
  | "early"
  | "pin"
  | "home"
  | "release"
  | "customer"
  | "list"
  | "more"
  | "check"
  | "plus"
  | "close"
  | "calendar"
  | "inbox"
  | "settings"
  | "left"
  | "right"
  | "key"
  | "person"
  | "download"
  | "import"
  | "verified";

export const stateLooks: Readonly<Record<StateWord, StateLook>> = {
  on: { word: "On", colour: "flow", icon: "on" },
  partlyOn: { word: "Partly on", colour: "flow", icon: "part" },
  off: { word: "Off", colour: "plain", icon: "off" },
  killed: { word: "Killed", colour: "kill", icon: "kill" },
  absent: { word: "Not here", colour: "plain", icon: "none" },
  scheduled: { word: "Scheduled", colour: "sched", icon: "clock" },
  held: { word: "On hold", colour: "hold", icon: "hold" },
  asks: { word: "Waits for a decision", colour: "ask", icon: "ask" },
  earlyAccess: { word: "Early access", colour: "plain", icon: "early" },
  pinned: { word: "Pinned", colour: "plain", icon: "pin" },
  draft: { word: "Draft", colour: "plain", icon: "off" },
  rolling: { word: "Rolling out", colour: "flow", icon: "part" },
  paused: { word: "Paused", colour: "hold", icon: "hold" },
  completed: { word: "Completed", colour: "flow", icon: "on" },
  cancelled: { word: "Cancelled", colour: "plain", icon: "none" },
  rolledBack: { word: "Rolled back", colour: "plain", icon: "undo" },
  active: { word: "Can sign in", colour: "flow", icon: "on" },
  invited: { word: "Invited", colour: "sched", icon: "clock" },
  locked: { word: "Locked", colour: "hold", icon: "hold" },
  removed: { word: "Removed", colour: "plain", icon: "none" },
  inStep: { word: "In step", colour: "flow", icon: "on" },
  behind: { word: "Needs a look", colour: "hold", icon: "warn" },
};
