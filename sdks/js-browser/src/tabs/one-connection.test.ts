import { afterEach, describe, expect, test } from "vitest";
import { type BrowserClient, clientIn } from "../client.ts";
import { settle, TestPage } from "../testing/test-page.ts";
import { TestTabs } from "../testing/test-tabs.ts";
import { oneConnection } from "./one-connection.ts";
import { withOneConnection } from "./with-one-connection.ts";

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const tokenOf = (subject: string): string => `${part({ alg: "HS256" })}.${part({ sub: subject })}.c2ln`;
const [ADA, BOB] = [tokenOf("hash-of-ada"), tokenOf("hash-of-bob")];
const body = (seq: number, isOn: boolean): object => ({
  environment: "production",
  epoch: "e1",
  seq,
  answers: { "web.on": { value: isOn, variant: isOn ? "on" : "off", reason: "STATIC" } },
});
const OFF = { "web.on": { value: false, variant: "off", reason: "DISABLED" } };

interface Tab {
  readonly page: TestPage;
  readonly client: BrowserClient;
}
const opened: Tab[] = [];
afterEach(() => opened.splice(0).forEach(({ client }) => client.close()));

/** The server's one state, and a tab's requests to it. */
class Origin {
  readonly tabs = new TestTabs();
  isOn = true;
  seq = 3;
  isDown = false;

  async open(token: string = ADA): Promise<Tab> {
    const page = new TestPage();
    page.server = (asked) => {
      if (this.isDown) asked.fail();
      else if (asked.path === "answers") asked.reply(200, body(this.seq, this.isOn));
      else asked.open().send("hello", { environment: "production", epoch: "e1", seq: this.seq, heartbeatMs: 5_000, jitterMs: 0 });
    };
    const client = clientIn({ url: "https://flags.example", environment: "production", token }, oneConnection(page, this.tabs));
    const tab = { page, client };
    opened.push(tab);
    await pass([tab], 1);
    return tab;
  }
}

async function pass(tabs: readonly Tab[], ms: number): Promise<void> {
  for (const { page } of tabs) await page.pass(ms);
  await settle();
}

const streams = (tabs: readonly Tab[]): readonly number[] => tabs.map(({ page }) => page.of("stream").filter(({ isOpen }) => isOpen).length);
const isOn = ({ client }: Tab): boolean => client.getBoolean("web.on", false);

describe("tabs of one person", () => {
  test("have one stream together, and each hears a kill from it alone", async () => {
    const origin = new Origin();
    const tabs = [await origin.open(), await origin.open(), await origin.open()];
    expect([streams(tabs), tabs.map(isOn)]).toEqual([
      [1, 0, 0],
      [true, true, true],
    ]);
    const asked = tabs.map(({ page }) => page.of("answers").length);
    tabs[0]?.page.last("stream").send("kill", { epoch: "e1", seq: 4, answers: OFF });
    await settle();
    await settle();
    expect(tabs.map(isOn)).toEqual([false, false, false]);
    expect(tabs.map(({ page }) => page.of("answers").length)).toEqual(asked);
  });

  test("go on when the leading one is closed: another opens a stream, and nobody misses what happened between", async () => {
    const origin = new Origin();
    const tabs = [await origin.open(), await origin.open(), await origin.open()];
    tabs[0]?.client.close();
    // A kill that the store does not have yet moves no sequence: only asking finds it.
    origin.isOn = false;
    await settle();
    const rest = tabs.slice(1);
    await pass(rest, 1_000);
    expect([streams(rest), rest.map(isOn)]).toEqual([
      [1, 0],
      [false, false],
    ]);
    origin.isOn = true;
    rest[0]?.page.last("stream").send("changed", { epoch: "e1", seq: 4, jitterMs: 0 });
    await settle();
    await pass(rest, 1);
    expect(rest.map(isOn)).toEqual([true, true]);
  });

  test("find what was said between their answers and their listening", async () => {
    const origin = new Origin();
    const first = await origin.open();
    const page = new TestPage();
    page.server = (asked) => {
      if (asked.path === "answers") asked.reply(200, body(3, origin.isOn));
    };
    origin.isOn = true;
    const client = clientIn({ url: "https://flags.example", environment: "production", token: ADA }, oneConnection(page, origin.tabs));
    const late = { page, client };
    opened.push(late);
    // The kill comes when the late tab has its answers and does not listen yet.
    first.page.last("stream").send("kill", { epoch: "e1", seq: 3, answers: OFF });
    origin.isOn = false;
    await pass([late], 1);
    expect([isOn(first), isOn(late), streams([first, late])]).toEqual([false, false, [1, 0]]);
  });

  test("hand the stream to one that is seen when the leading one is hidden", async () => {
    const origin = new Origin();
    const tabs = [await origin.open(), await origin.open()];
    tabs[0]?.page.hide(true);
    await settle();
    await pass(tabs.slice(1), 1);
    expect(streams(tabs)).toEqual([0, 1]);
    tabs[0]?.page.hide(false);
    await settle();
    await pass(tabs, 1);
    expect(streams(tabs)).toEqual([0, 1]);
    tabs[1]?.page.last("stream").send("kill", { epoch: "e1", seq: 4, answers: OFF });
    await settle();
    await settle();
    expect(tabs.map(isOn)).toEqual([false, false]);
  });

  test("hear nothing of what is for another person", async () => {
    const origin = new Origin();
    const tabs = [await origin.open(ADA), await origin.open(BOB)];
    expect(streams(tabs)).toEqual([1, 1]);
    tabs[0]?.page.last("stream").send("kill", { epoch: "e1", seq: 4, answers: OFF });
    await settle();
    await settle();
    expect(tabs.map(isOn)).toEqual([false, true]);
  });

  test("come back one by one after the server was away, and ask only as each would alone", async () => {
    const origin = new Origin();
    const tabs = [await origin.open(), await origin.open()];
    origin.isDown = true;
    tabs[0]?.page.last("stream").end();
    await settle();
    for (let second = 0; second < 60; second += 1) await pass(tabs, 1_000);
    expect([streams(tabs), tabs.map(isOn)]).toEqual([
      [0, 0],
      [true, true],
    ]);
    origin.isDown = false;
    origin.isOn = false;
    for (let second = 0; second < 60; second += 1) {
      await pass(tabs, 1_000);
      for (const { page } of tabs) for (const one of page.of("stream")) if (one.isOpen) one.send("heartbeat", {});
    }
    expect([streams(tabs).reduce((sum, count) => sum + count, 0), tabs.map(isOn)]).toEqual([1, [false, false]]);
  });

  test("tell events whole, however the stream was cut", async () => {
    const origin = new Origin();
    const tabs = [await origin.open(), await origin.open()];
    const text = `event: kill\ndata: ${JSON.stringify({ epoch: "e1", seq: 4, answers: OFF })}\n\n`;
    const bytes = new TextEncoder().encode(text);
    for (const byte of bytes.slice(0, 30)) tabs[0]?.page.last("stream").bytes(Uint8Array.of(byte));
    await settle();
    // Whoever comes in the middle of an event gets all of it.
    tabs.push(await origin.open());
    for (const byte of bytes.slice(30)) tabs[0]?.page.last("stream").bytes(Uint8Array.of(byte));
    await settle();
    await settle();
    expect(tabs.map(isOn)).toEqual([false, false, false]);
  });

  test("leave no lock, no channel and no timer behind", async () => {
    const origin = new Origin();
    const tabs = [await origin.open(), await origin.open()];
    for (const { client } of tabs) client.close();
    await settle();
    await settle();
    expect([origin.tabs.led, origin.tabs.listeners, tabs.map(({ page }) => [page.timers, page.listeners])]).toEqual([
      [],
      0,
      [
        [0, 0],
        [0, 0],
      ],
    ]);
  });
});

describe("a browser that cannot share", () => {
  test("gives each tab a connection of its own", () => {
    const page = new TestPage();
    // Node has channels, and no locks of a page.
    const options = withOneConnection({ url: "https://flags.example", environment: "production" });
    const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
    Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true });
    try {
      expect(options.world?.(page)).toBe(page);
    } finally {
      if (before !== undefined) Object.defineProperty(globalThis, "navigator", before);
    }
  });
});
