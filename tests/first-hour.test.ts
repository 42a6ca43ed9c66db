import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "@sluice/ports/node";
import { createClient } from "@sluice/node";
import { afterAll, describe, expect, test } from "vitest";
import { makeFolder, until } from "../faults/rig/running.ts";

/** The command as it is installed, from sources. */
const command = ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "../packages/distribution/src/sluice.ts")];
const silent = { info: () => {}, warn: () => {}, error: () => {} };

/** Where a mistake is, as /health tells it. */
interface Place {
  readonly file: string;
  readonly line: number;
}

const folder = makeFolder("first-hour");
let serving: ChildProcess | undefined;
afterAll(() => {
  serving?.kill("SIGKILL");
  folder.remove();
});

function run(
  place: string,
  given: readonly string[],
  before: readonly string[] = [],
): { readonly status: number | null; readonly out: string; readonly err: string } {
  const [program = "", ...rest] = [...before, process.execPath, ...command, ...given];
  const { status, stdout, stderr } = spawnSync(program, rest, { cwd: place, encoding: "utf8" });
  return { status, out: stdout, err: stderr };
}

function emptyFolder(name: string): string {
  const place = join(folder.path, name);
  mkdirSync(place);
  return place;
}

const filesOf = (place: string): readonly string[] =>
  readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(place.length + 1))
    .sort();

const STARTED = ["flags/example/hello.yaml", "segments/staff.yaml", "sluice.yaml"];
/** A world without any network, not even 127.0.0.1; needs the right to make one. */
const CUT_OFF = ["unshare", "--net"];
const canCutOff = spawnSync("unshare", ["--net", "true"], { stdio: "ignore" }).status === 0;

describe("somebody with an empty folder", () => {
  test.skipIf(!canCutOff)("begins, validates, asks and is told why with the network cut", () => {
    const place = emptyFolder("offline");
    expect(run(place, ["init"], CUT_OFF)).toMatchObject({ status: 0, err: "" });
    // Three to understand; the schemas are for editors, in a folder that nobody reads.
    expect(filesOf(place).filter((path) => !path.startsWith(".sluice-schemas/"))).toEqual(STARTED);
    expect(run(place, ["validate"], CUT_OFF)).toMatchObject({ status: 0, err: "" });
    expect(run(place, ["eval", "example.hello", "--user", "me"], CUT_OFF)).toMatchObject({ status: 0, out: expect.stringMatching(/^true/) as string });
    const why = run(place, ["why", "example.hello", "--context", '{"email":"mara@example.com"}'], CUT_OFF);
    expect([why.status, why.out.includes("staff-first")]).toEqual([0, true]);
  });

  test("comes to the first true value in an application by init, dev and the application, on this machine's own address alone", async () => {
    const place = emptyFolder("online");
    expect(run(place, ["init"]).status).toBe(0);
    const port = await freePort();
    const child = spawn(process.execPath, [...command, "dev", "--port", String(port)], { cwd: place, stdio: ["ignore", "pipe", "ignore"] });
    serving = child;
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
    await until("it is said how to ask", () => (said.includes("getBoolean") ? true : undefined), 40_000);
    // What is printed is what an application needs, address and key of this very server.
    const [, url = "", key = ""] = /createClient\(\{ url: "([^"]+)", key: "([^"]+)"/.exec(said) ?? [];
    expect(url).toBe(`http://127.0.0.1:${port}`);
    const client = createClient({ url, key, service: "my-app", waitMs: 20_000, log: silent });
    await client.ready();
    expect(client.getBoolean("example.hello", false, { targetingKey: "user-1" })).toBe(true);
    // All of 127.0.0.0/8 is this machine: a server that listened everywhere would answer here, too.
    await expect(fetch(`http://127.0.0.2:${port}/health`)).rejects.toThrow();
    // Saved is served; a file that breaks stays at its last good form and is told with its place.
    writeFileSync(join(place, "flags/example/hello.yaml"), "key: example.hello\ndescripton: [broken\n");
    const told = async (): Promise<Place | undefined> => {
      const { status, source } = (await (await fetch(`${url}/health`)).json()) as {
        readonly status: string;
        readonly source: { readonly problems: readonly Place[] };
      };
      return status === "degraded" ? source.problems[0] : undefined;
    };
    expect(await until("/health names the broken file", told, 20_000)).toMatchObject({ file: "flags/example/hello.yaml", line: 2 });
    expect(client.getBoolean("example.hello", false, { targetingKey: "user-1" })).toBe(true);
    await client.close();
    child.kill("SIGINT");
    await new Promise((resolve) => void child.once("exit", resolve));
    expect(child.exitCode).toBe(0);
  });

  test("is refused a second init with nothing changed, and an unknown command, flag and folder with what is meant", () => {
    const place = emptyFolder("again");
    run(place, ["init"]);
    const before = filesOf(place);
    const again = run(place, ["init"]);
    expect([again.status === 0, again.err.includes("sluice.yaml")]).toEqual([false, true]);
    expect(filesOf(place)).toEqual(before);
    expect(run(place, ["eval", "example.helo"])).toMatchObject({ status: 2, err: expect.stringContaining("Did you mean example.hello?") as string });
    expect(run(place, ["validat"]).err).toContain("validate");
    const nowhere = run(place, ["validate", "nowhere"]);
    expect([nowhere.status === 0, nowhere.err.includes("nowhere"), /^\s+at .*:\d+:\d+\)?$/m.test(nowhere.err)]).toEqual([false, true, false]);
  });
});
