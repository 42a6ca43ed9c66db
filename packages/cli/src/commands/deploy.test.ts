import { expect, test } from "vitest";
import { runCommand } from "../testing/command-run.ts";

/** Runs the command against a server that takes everything; gives what was sent, what was printed, and the exit code. */
async function run(...given: readonly string[]): Promise<{ readonly sent: readonly unknown[]; readonly out: string; readonly code: number }> {
  const { sent, out, said, code } = await runCommand(["deploy", "record", ...given], () => ({ body: { seq: 12 } }));
  return { sent: sent.map(({ url, body }) => [url, body]), out: [out, said].filter((text) => text !== "").join("\n"), code };
}

const WHAT = ["--service", "site-api", "--environment", "production"] as const;

test("says which service runs in which version, once for one run of a pipeline", async () => {
  const { sent, out, code } = await run(...WHAT, "--version", "4.19.0", "--commit", "0a1b2c3", "--id", "run-77");
  expect(code).toBe(0);
  expect(sent).toEqual([
    ["/api/deployments", { command: "deploy-run-77", service: "site-api", environment: "production", version: "4.19.0", commit: "0a1b2c3" }],
  ]);
  expect(out).toBe("site-api 4.19.0 runs in production (decision 12). It releases nothing by itself.");
});

test("takes the commit for the version where there is no other, and makes an id of its own", async () => {
  const { sent } = await run(...WHAT, "--commit", "0a1b2c3");
  expect(sent).toEqual([
    [
      "/api/deployments",
      { command: expect.stringMatching(/^cli-[0-9a-f]{24}$/), service: "site-api", environment: "production", version: "0a1b2c3", commit: "0a1b2c3" },
    ],
  ]);
});

test("records no failure, and says so", async () => {
  const { sent, out, code } = await run(...WHAT, "--version", "4.19.0", "--status", "failure");
  expect([sent, code, out]).toEqual([[], 0, "Not recorded: the deployment of site-api 4.19.0 failed, so nothing runs in it."]);
});

test.each([
  [["--service", "site-api", "--version", "1"], /environment/],
  [[...WHAT], /Nothing says which version/],
  [[...WHAT, "--version", "1", "--status", "ok"], /neither success nor failure/],
  [[...WHAT, "--version", "1", "--id", "run 77"], /printable characters/],
])("asked wrongly it sends nothing and says what is missing: %j", async (given, says) => {
  const { sent, out, code } = await run(...given);
  expect([sent, code]).toEqual([[], 2]);
  expect(out).toMatch(says);
});
