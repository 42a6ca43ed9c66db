import { expect, test } from "vitest";
import { connect } from "../server-connection.ts";
import { sendUntilAnswered } from "../sent-again.ts";
import type { Terminal } from "../terminal.ts";
import { type Answer, runCommand, type Sent } from "../testing/command-run.ts";

const KILLED = { kill: "k1", flags: ["shop.checkout"], seq: 7, emergency: false, undoUntilMs: 60_000 };
const RECEIPT = { of: 2, confirmed: 2, elapsedMs: 40, laggards: [], done: true };
const OUT_OF_ORDER = { error: { code: "storeUnavailable", message: "The database does not answer.", fix: "Try again." } };

/** A server that answers its kills with these statuses, one after the other and then with the last, and its receipts with `receipt`. */
function server(statuses: readonly number[], receipt: Answer = { body: RECEIPT }): (request: Sent) => Answer {
  let at = 0;
  return ({ method }) => {
    if (method === "GET") return receipt;
    const status = statuses[Math.min(at++, statuses.length - 1)] ?? 201;
    return status === 201 ? { status, body: KILLED } : { status, body: OUT_OF_ORDER };
  };
}

const commandsOf = (sent: readonly Sent[]): readonly unknown[] => sent.filter(({ method }) => method === "POST").map(({ body }) => body?.["command"]);

test("a kill whose receipt is not to be had is a kill all the same, by its words, its JSON and its exit code", async () => {
  const lost = server([201], { status: 404, body: { error: { code: "unknownKill", message: "There is no receipt of a kill here.", fix: "Look on." } } });
  const told = await runCommand(["kill", "shop.checkout"], lost);
  expect([told.code, told.out.split("\n")]).toEqual([
    0,
    [
      "Killed shop.checkout in production (kill k1, decision 7).",
      "It is in force; who has confirmed it cannot be said now. There is no receipt of a kill here.",
      "Undo within a minute: sluice undo k1    later: sluice lift k1",
    ],
  ]);
  const json = await runCommand(["kill", "shop.checkout", "--json"], lost);
  expect([json.code, JSON.parse(json.out)]).toEqual([0, { ...KILLED, environment: "production", receipt: null }]);
});

test("a receipt that fails for a moment is asked for again", async () => {
  let asked = 0;
  const { out, code } = await runCommand(["kill", "shop.checkout"], ({ method }) =>
    method === "POST" ? { status: 201, body: KILLED } : asked++ === 0 ? { status: 503, body: OUT_OF_ORDER } : { body: RECEIPT },
  );
  expect([code, out.split("\n")[1]]).toEqual([0, "2 of 2 connected processes have confirmed after 0.04 s."]);
});

test("a kill that a server in trouble did not take is sent again under the same command", async () => {
  const { sent, said, code } = await runCommand(["kill", "shop.checkout"], server([503, 502, 201]));
  expect([code, said]).toEqual([0, "The database does not answer. It is sent again for 10 s, as the same decision."]);
  expect(commandsOf(sent)).toHaveLength(3);
  expect(new Set(commandsOf(sent)).size).toBe(1);
});

test("a kill that is refused is sent once", async () => {
  const { sent, code } = await runCommand(["kill", "shop.checkout"], server([409]));
  expect([code, commandsOf(sent).length]).toEqual([1, 1]);
});

test("a kill that was asked for before is asked for again by its command", async () => {
  const { sent } = await runCommand(["kill", "shop.checkout", "--command", "cli-0123456789ab"], server([201]));
  expect(commandsOf(sent)).toEqual(["cli-0123456789ab"]);
});

test("a kill for some says for whom", async () => {
  const first = async (...more: readonly string[]): Promise<string | undefined> =>
    (await runCommand(["kill", "shop.checkout", ...more], server([201]))).out.split("\n")[0];
  expect(await first("--customer", "acme")).toBe("Killed shop.checkout in production for some only: for the customer acme (kill k1, decision 7).");
  expect(await first("--segment", "staff", "--service", "web", "app", "--versions", "^2.0.0")).toBe(
    "Killed shop.checkout in production for some only: for whom the segment staff matches in web, app, versions ^2.0.0 (kill k1, decision 7).",
  );
});

test("a decision that nobody answered ends with its command, by which the same one is asked for", async () => {
  // Nothing listens on the port of discards.
  const nowhere = connect({ url: "http://127.0.0.1:9", token: "a-token-that-is-long" });
  const terminal: Terminal = { colour: false, out: () => {}, say: () => {}, json: () => {} };
  const patience = { everyMs: 1, forMs: 20, timeoutMs: 1_000 };
  const sent = sendUntilAnswered(nowhere, { path: "/api/kills", body: { command: "cli-0123456789ab" }, patience, terminal });
  await expect(sent).rejects.toMatchObject({
    code: "cli/unreachable",
    exitCode: 3,
    fix: expect.stringContaining("Ask again with --command cli-0123456789ab:") as string,
  });
});
