import { readFileSync } from "node:fs";
import { confirmBody, readBody, telemetryBody } from "@sluice/contract";
import { expect, test } from "vitest";
import { forms } from "./forms.ts";
import { readRecordings, recordedScripts } from "./recorded.ts";

const BODIES: Readonly<Record<string, typeof confirmBody | typeof telemetryBody>> = { "/sdk/v1/confirm": confirmBody, "/sdk/v1/telemetry": telemetryBody };

test("every form has its recording, whose play saw a change, a kill and the lift", () => {
  expect(readRecordings().map(({ form, commit }) => ({ form, commit }))).toEqual(
    forms.map(({ name, commit }) => ({ form: name, commit })).sort((a, b) => (a.form < b.form ? -1 : 1)),
  );
  for (const { name, exchanges } of recordedScripts()) {
    const causes = exchanges.flatMap(([, reply]) => ("answer" in reply ? [(reply.answer as { readonly cause: string }).cause] : []));
    expect([name, causes.includes("kill"), causes.at(-1), causes.length >= 5]).toEqual([name, true, "default", true]);
  }
});

test("what SDKs of earlier forms sent is read by today's server, nothing of it left out", () => {
  const sent = readRecordings().flatMap((recording) => recording.sent);
  expect(sent.length).toBeGreaterThanOrEqual(forms.length);
  for (const { sdk, path, body } of sent) {
    const schema = BODIES[path];
    if (schema === undefined) throw new Error(`${sdk} sent to ${path}, which no body is known of`);
    const read = readBody<unknown>(schema, new TextEncoder().encode(body));
    expect([sdk, path, read.ok && read.value]).toEqual([sdk, path, expect.objectContaining({ instance: (JSON.parse(body) as { instance: string }).instance })]);
  }
});

test("docs/compatibility.md has a row of each form with each SDK that it had, and none that failed", () => {
  const page = readFileSync(new URL("../../docs/compatibility.md", import.meta.url), "utf8");
  const rows = page.split("\n").filter((line) => /^\| \w+ \| (?:today|first|lists|signed) \w+ \|/.test(line));
  for (const { name } of forms) expect(rows.filter((row) => row.startsWith(`| ${name} | today `)).length, name).toBe(4);
  expect(rows.filter((row) => row.split("|")[3]?.trim() !== "all")).toEqual([]);
});
