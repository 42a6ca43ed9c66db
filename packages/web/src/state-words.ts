/** What a flag does in one environment. The one table of words, colours and shapes for every page. */
export type StateWord = "on" | "partlyOn" | "off" | "killed" | "absent";

interface StateLook {
  readonly word: string;
  /** Colour class in base.css; meaning is never carried by it alone. */
  readonly colour: "flow" | "kill" | "hold" | "plain";
  readonly icon: IconName;
}

export type IconName = "on" | "part" | "off" | "kill" | "none" | "flag" | "find" | "down" | "mark" | "log" | "warn" | "undo" | "server";

export const stateLooks: Readonly<Record<StateWord, StateLook>> = {
  on: { word: "On", colour: "flow", icon: "on" },
  partlyOn: { word: "Partly on", colour: "flow", icon: "part" },
  off: { word: "Off", colour: "plain", icon: "off" },
  killed: { word: "Killed", colour: "kill", icon: "kill" },
  absent: { word: "Not here", colour: "plain", icon: "none" },
};
