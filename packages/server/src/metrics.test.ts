import { afterEach, expect, test } from "vitest";
import { metricsOf } from "./metrics.ts";
import { closeOffices, DAY_ONE, flagFile, HOUR, Office, settle } from "./testing/office.ts";

afterEach(closeOffices);

const PHOTOS = "flags/site.photos.yaml";

async function metrics(office: Office): Promise<readonly string[]> {
  const { status, text } = await office.ask("auditor", "GET", "/metrics");
  expect(status).toBe(200);
  // Prometheus' text format: a comment, or a name, labels and a value; a line feed ends the last line too.
  for (const line of text.split("\n").slice(0, -1))
    expect(line).toMatch(/^(?:# (?:HELP|TYPE) \w+ .+|[a-z_]+(?:\{\w+="[^"]*"(?:,\w+="[^"]*")*\})? -?\d+(?:\.\d+)?)$/);
  expect(text.endsWith("\n")).toBe(true);
  return text.split("\n").filter((line) => !line.startsWith("#") && line !== "");
}

test("metrics say how what is served stands to Git, and name no flag, person or customer", async () => {
  const office = await new Office().start();
  await office.plane.adoption.lookNow();
  expect(await metrics(office)).toEqual([
    'sluice_source_up{source=""} 1',
    `sluice_source_reached_timestamp_seconds{source=""} ${DAY_ONE / 1000}`,
    'sluice_source_problems{source=""} 0',
    'sluice_source_held_commits{source=""} 0',
    `sluice_adopted_timestamp_seconds ${DAY_ONE / 1000}`,
  ]);
  office.time.nowMs = DAY_ONE + HOUR;
  const facts = { kind: "flagsKilled", kill: "k1", environment: "production", flags: ["site.photos"] } as const;
  await office.store.append([{ command: "kill", atMs: office.time.nowMs, facts, personal: { by: "marketing", reason: "upside down" } }], undefined);
  office.plane.hint();
  await settle();
  office.commit({ [PHOTOS]: flagFile("site.photos").replace("default: off", "default: offf") });
  await office.plane.adoption.lookNow();
  const told = await metrics(office);
  expect(told).toContain('sluice_source_problems{source=""} 1');
  expect(told).toContain('sluice_drift_entries{environment="production",kind="kill"} 1');
  expect(told).toContain(`sluice_drift_oldest_timestamp_seconds{environment="production",kind="kill"} ${DAY_ONE / 1000 + 3600}`);
  expect(told).toContain('sluice_drift_entries{environment="production",kind="broken"} 1');
  expect(told.join("\n")).not.toMatch(/site\.photos|marketing|upside/);
});

test("a source that is not reached, further ones and the GitHub App are told apart, whatever their names hold", async () => {
  const office = await new Office().start();
  const health = {
    trouble: "connection refused",
    problems: [],
    github: { app: 7, trouble: "suspended" },
    further: [{ name: 'a"b\\c', held: "c1", problems: [] }],
  };
  const lines = metricsOf(office.plane.decisions, health).split("\n");
  for (const line of [
    'sluice_source_up{source=""} 0',
    'sluice_source_up{source="a\\"b\\\\c"} 1',
    'sluice_source_held_commits{source="a\\"b\\\\c"} 1',
    'sluice_github_up{source=""} 0',
  ])
    expect(lines).toContain(line);
});
