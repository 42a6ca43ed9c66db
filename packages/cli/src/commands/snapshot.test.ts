import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runHere } from "../testing/command-run.ts";

const SNAPSHOT = '{"environment":"production","epoch":"e1","flags":{},"format":1,"salt":"s","seq":7}';
const URGENT = '{"urgent":[{"epoch":"e1","flags":["a.b"],"id":"k1"}]}';
const KEY = "slk_key_of_production";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-snapshot-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Served {
  readonly status?: number;
  readonly isSigned?: boolean;
  readonly isListSigned?: boolean;
}

async function published({
  status = 200,
  isSigned = false,
  isListSigned = isSigned,
}: Served): Promise<{ readonly code: number; readonly said: string; readonly out: string }> {
  const server = createServer((request, reply) => {
    if (request.headers.authorization !== `Bearer ${KEY}`) return void reply.writeHead(401).end("{}");
    if (request.url === "/sdk/v1/snapshot")
      reply.writeHead(status, { "sluice-urgent": "1", ...(isSigned ? { "sluice-signature": "of-the-snapshot" } : {}) }).end(SNAPSHOT);
    else reply.writeHead(200, isListSigned ? { "sluice-signature": "of-the-list" } : {}).end(URGENT);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await runHere(["snapshot", "publish", "--url", `http://127.0.0.1:${(server.address() as AddressInfo).port}`, "--key", KEY, "--out", folder]);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

const files = (): readonly string[] => readdirSync(folder);
const file = (): unknown => JSON.parse(readFileSync(join(folder, "sluice-production.json"), "utf8"));

test("a snapshot is written with the kills that are in force beside it, and nothing else is left in the folder", async () => {
  expect(await published({})).toMatchObject({ code: 0, out: `${join(folder, "sluice-production.json")}: production at e1:7` });
  expect(file()).toEqual({ snapshot: JSON.parse(SNAPSHOT), urgent: [{ epoch: "e1", flags: ["a.b"], id: "k1" }] });
  expect(files()).toEqual(["sluice-production.json"]);
});

test("signed texts are kept as they came", async () => {
  expect((await published({ isSigned: true })).code).toBe(0);
  expect(file()).toEqual({
    signed: [
      { kind: "snapshot", text: SNAPSHOT, signature: "of-the-snapshot" },
      { kind: "kills", text: URGENT, signature: "of-the-list" },
    ],
  });
});

test.each([
  ["a server that has none yet", { status: 503 }],
  ["a list of kills without a signature beside a signed snapshot", { isSigned: true, isListSigned: false }],
])("the last file stays over %s", async (_what, served) => {
  writeFileSync(join(folder, "sluice-production.json"), '"the last one"');
  expect((await published(served)).code).toBe(3);
  expect(file()).toBe("the last one");
  expect(files()).toEqual(["sluice-production.json"]);
});
