/** One commit of the replay: what it changes, path by path (`undefined`: deleted). */
export interface Step {
  readonly subject: string;
  readonly changes: ReadonlyMap<string, string | undefined>;
  /** Events of the corpus in it. */
  readonly events: number;
}

interface FlagState {
  state: string;
  percent: number | undefined;
  minimum: string | undefined;
}

const PROJECT = `project: duckduckgo-replay
environments: { production: {} }
keys: "[A-Za-z0-9._-]{1,150}"
`;

const quote = (text: string): string => JSON.stringify(text);

function fileOf(key: string, { state, percent, minimum }: FlagState): string {
  const version =
    minimum !== undefined && /^\d+\.\d+\.\d+$/.test(minimum) ? `{ appVersion: { semver: ">=${minimum}" } }` : "{ targetingKey: { exists: true } }";
  const serve = percent === undefined ? "on" : `{ share: ${percent}, of: on }`;
  const rule =
    state === "internal"
      ? "      - { id: internal, if: { internal: { equals: true } }, serve: on }\n"
      : state === "enabled"
        ? `      - { id: enabled, if: ${version}, serve: ${serve} }\n`
        : "";
  return `key: ${quote(key)}\ndescription: Replayed from the public history of a flag store.\nkind: release\nowner: team-imported\ntype: boolean\nvariants: { on: true, off: false }\noff: off\nenvironments:\n  production:\n${rule === "" ? "" : `    rules:\n${rule}`}    default: off\n`;
}

const clean = (text: string): string => text.replaceAll(/[^A-Za-z0-9_-]/g, "-");

/** The corpus's events (platform,date,commit,key,event,from,to) as commits, oldest first; the first also makes the project. */
export function historyOf(csv: string): readonly Step[] {
  const rows = csv
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split(","));
  const groups = new Map<string, string[][]>();
  for (const row of [...rows].sort((a, b) => Date.parse(a[1] ?? "") - Date.parse(b[1] ?? ""))) {
    const id = `${row[1] ?? ""} ${row[2] ?? ""}`;
    groups.set(id, [...(groups.get(id) ?? []), row]);
  }
  const flags = new Map<string, FlagState>();
  const steps: Step[] = [];
  for (const [id, group] of groups) {
    const changes = new Map<string, string | undefined>(steps.length === 0 ? [["sluice.yaml", PROJECT]] : []);
    for (const [platform = "", , , key = "", event = "", , to = ""] of group) {
      const name = `${clean(platform)}.${clean(key)}`;
      const flag = flags.get(name) ?? { state: "disabled", percent: undefined, minimum: undefined };
      const [state = "", percent] = to.split("@");
      if (event === "state" || event === "add") {
        flag.state = state === "" ? "disabled" : state;
        flag.percent = percent === undefined ? undefined : Number(percent);
      } else if (event === "rollout") flag.percent = Number.isFinite(Number(to)) && to !== "" ? Math.min(100, Number(to)) : undefined;
      else if (event === "minVersion") flag.minimum = to;
      if (event === "remove") flags.delete(name);
      else flags.set(name, flag);
      changes.set(`flags/${clean(platform)}/${clean(key)}.yaml`, event === "remove" ? undefined : fileOf(name, flag));
    }
    steps.push({ subject: `replay ${id}`, changes, events: group.length });
  }
  return steps;
}
