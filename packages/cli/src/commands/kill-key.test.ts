import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { runHere } from "../testing/command-run.ts";

const OPERATOR_KEY = "slk_operator_0123456789abcdef";
// HKDF-SHA256 of that key by Python's standard library, with the label that docs/relay.md names.
const KILL_KEY = "slk_kill_gCJ3PY9lqINI-12EaOb_4cosVoZVb16Eqz0AUgIdqqc";

test("the kill key is printed alone, so that a script can take it", async () => {
  expect(await runHere(["kill-key", "--token", OPERATOR_KEY])).toEqual({ code: 0, out: KILL_KEY, said: "" });
  expect((await runHere(["kill-key", "--token", OPERATOR_KEY, "--json"])).out).toBe(JSON.stringify({ killKey: KILL_KEY }));
});

test("from a personal token no kill key is made", async () => {
  const { code, said } = await runHere(["kill-key", "--token", "a-token-that-is-long"]);
  expect([code, said]).toEqual([2, expect.stringContaining("What is given is no operator key")]);
});

/** What each request showed, as whoever holds the relay's machine would read it. */
async function readingRelay(): Promise<{ readonly url: string; readonly shown: Set<string | undefined> }> {
  const shown = new Set<string | undefined>();
  const server = createServer((request, response) => {
    shown.add(request.headers.authorization);
    const kill = { kill: "k1", flags: ["shop.checkout"], emergency: true, undoUntilMs: 60_000 };
    const receipt = { of: 0, confirmed: 0, elapsedMs: 4, laggards: [], done: true };
    request.resume().on("end", () => {
      response.writeHead(request.method === "POST" ? 201 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(request.method === "POST" ? kill : receipt));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, shown };
}

test.each([
  ["an operator key", OPERATOR_KEY, KILL_KEY],
  ["a kill key", KILL_KEY, KILL_KEY],
  ["a personal token", "a-token-that-is-long", "a-token-that-is-long"],
])("a relay is shown for %s what only kills, or only what a person chose to show", async (_name, token, seen) => {
  const relay = await readingRelay();
  expect((await runHere(["kill", "shop.checkout", "--relay", relay.url, "--token", token])).code).toBe(0);
  expect([...relay.shown]).toEqual([`Bearer ${seen}`]);
});

test("a server is shown the operator key as ever", async () => {
  const server = await readingRelay();
  expect((await runHere(["kill", "shop.checkout", "--url", server.url, "--token", OPERATOR_KEY])).code).toBe(0);
  expect([...server.shown]).toEqual([`Bearer ${OPERATOR_KEY}`]);
});
