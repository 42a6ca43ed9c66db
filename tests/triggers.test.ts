import { createHmac } from "node:crypto";
import { readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { TRIGGER_SHAPES } from "@sluice/definitions";
import { afterEach, expect, test } from "vitest";
import { FlagRepository, flagKeys } from "../faults/rig/flag-repository.ts";
import { makeFolder, type Running, startSluice, until, untilHealthy } from "../faults/rig/running.ts";
import { isKnownShape } from "../packages/fanout/src/triggers/alert.ts";

const FLAG = "area-3.flag-3";
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** As Standard Webhooks has it, with the clock of this machine. */
function signed(secret: string, body: string, id: string): Readonly<Record<string, string>> {
  const seconds = Math.floor(Date.now() / 1000);
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": String(seconds), "webhook-signature": `v1,${signature}` };
}

async function alert({ url }: Running, secret: string, id: string): Promise<{ readonly status: number; readonly body: unknown }> {
  const body = JSON.stringify({ title: "Flag three harms", alert: "harm-of-three" });
  const response = await fetch(`${url}/triggers/on-call`, { method: "POST", headers: signed(secret, body, id), body });
  return { status: response.status, body: await response.json() };
}

test("every shape that sluice.yaml takes is one that the fan-out understands", () => {
  expect(TRIGGER_SHAPES.filter((shape) => !isKnownShape(shape))).toEqual([]);
});

test("a trigger that a commit arms kills with the API stopped, the database locked and Git gone, and the log has it once", async () => {
  const folder = makeFolder("triggers");
  ends.push(() => folder.remove());
  const repository = new FlagRepository(join(folder.path, "flags"), flagKeys(10));
  const data = join(folder.path, "data");
  const running = await startSluice({ data, source: repository.folder, run: "sources", pollMs: 200 });
  ends.push(() => running.supervised.stop());
  await untilHealthy(running, 60_000);
  expect((await running.ask("GET", "/api/triggers")).body).toEqual({ triggers: [] });

  repository.write(
    "sluice.yaml",
    `${readFileSync(join(repository.folder, "sluice.yaml"), "utf8")}triggers:\n  on-call: { shape: generic, flags: [${FLAG}] }\n`,
  );
  repository.commit("An alert may switch off flag three");
  await until("the trigger is armed", async () => {
    const { triggers } = (await running.ask("GET", "/api/triggers")).body as { readonly triggers: readonly { readonly name: string }[] };
    return triggers.some(({ name }) => name === "on-call") ? true : undefined;
  });
  const { secret } = (await running.ask("GET", "/api/triggers/on-call/secret")).body as { readonly secret: string };
  const file = join(data, "fanout", "trigger-on-call.key");
  expect([readFileSync(file, "utf8").trim(), statSync(file).mode & 0o777]).toEqual([secret, 0o600]);

  const api = running.supervised.pids.api ?? 0;
  process.kill(api, "SIGSTOP");
  ends.push(() => process.kill(api, "SIGCONT"));
  renameSync(repository.folder, `${repository.folder}-gone`);
  const lock = new DatabaseSync(join(data, "store.db"));
  lock.exec("BEGIN IMMEDIATE");
  const killed = await alert(running, secret, "msg-1");
  expect(killed).toMatchObject({ status: 201, body: { did: "killed", flags: [FLAG] } });
  const kills = (await running.ask("GET", "/api/kills")).body;
  expect(kills).toMatchObject({ kills: [{ flags: [FLAG], by: "the trigger on-call", reason: "Flag three harms", emergency: true }] });
  expect(await alert(running, secret, "msg-2")).toMatchObject({ status: 200, body: { did: "again" } });

  lock.exec("ROLLBACK");
  lock.close();
  process.kill(api, "SIGCONT");
  const events = await until("the log has the kill", async () => {
    const { body } = await running.ask("GET", "/api/events?limit=100&kinds=flagsKilled");
    const { events: found } = body as { readonly events: readonly { readonly facts: object; readonly who?: string }[] };
    return found.length > 0 ? found : undefined;
  });
  expect(events).toMatchObject([{ facts: { kind: "flagsKilled", flags: [FLAG] }, who: "the trigger on-call", personal: { reason: "Flag three harms" } }]);
});
