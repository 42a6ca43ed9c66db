import { describe, expect, test } from "vitest";
import { tokenOf, ADA, BOB, answer, FLAGS, body, hello, KILLED, serving, start, live } from "./testing/live-page.ts";
import { settle, TestPage } from "./testing/test-page.ts";

describe("a client", () => {
  test("answers the code's defaults until there are answers, then the person's, each of its type", async () => {
    const page = new TestPage();
    const client = start(page);
    const all = (): readonly unknown[] => [
      client.getBoolean("web.on", false),
      client.getString("web.text", "?"),
      client.getNumber("web.size", 0),
      client.getObject("web.theme", {}),
      client.getDetails("web.on"),
    ];
    expect(all()).toEqual([false, "?", 0, {}, undefined]);
    serving(page);
    page.asked[0]?.reply(200, body(3));
    await client.ready();
    expect(all()).toEqual([true, "Good day", 12, { ink: ["#111"] }, { value: true, variant: "on", reason: "TARGETING_MATCH" }]);
    expect(Object.isFrozen((client.getObject("web.theme", {}) as { ink: unknown }).ink)).toBe(true);
    client.close();
  });

  test("answers the default for another type, an unknown key, and names that every object has", async () => {
    const { client } = await live();
    expect([
      client.getBoolean("web.text", false),
      client.getString("web.on", "?"),
      client.getNumber("web.text", 7),
      client.getObject("web.size", []),
      client.getBoolean("web.unknown", true),
      client.getObject("constructor", "none"),
      client.getObject("__proto__", "none"),
      client.getDetails("constructor"),
      client.getDetails("__proto__"),
    ]).toEqual([false, "?", 7, [], true, "none", "none", undefined, undefined]);
    client.close();
  });

  test("shows its token and names its environment", async () => {
    const { page, client } = await live();
    expect(page.asked.map(({ url, token }) => [url, token])).toEqual([
      ["https://flags.example/sluice/browser/v1/answers?environment=production", `Bearer ${ADA}`],
      ["https://flags.example/sluice/browser/v1/stream?environment=production", `Bearer ${ADA}`],
    ]);
    client.close();
    const nobody = await live({ token: undefined });
    expect(nobody.page.asked.map(({ token }) => token)).toEqual([undefined, undefined]);
    nobody.client.close();
  });

  test("is ready after a second at the latest, and takes what comes later", async () => {
    const page = new TestPage();
    const client = start(page);
    let isReady = false;
    void client.ready().then(() => (isReady = true));
    await page.pass(999);
    expect(isReady).toBe(false);
    await page.pass(1);
    expect(isReady).toBe(true);
    page.asked[0]?.reply(200, body(3));
    await settle();
    expect(client.getBoolean("web.on", false)).toBe(true);
    client.close();
  });

  test("leaves nothing behind when it is closed, at whatever moment", async () => {
    for (const moment of ["asking", "following", "waiting", "hinted", "asking again"]) {
      const page = new TestPage();
      if (moment !== "asking") serving(page);
      if (moment === "waiting") page.server = (asked) => asked.fail();
      const client = start(page);
      await settle();
      if (moment === "hinted" || moment === "asking again") {
        page.server = () => {};
        page.last("stream").send("changed", { epoch: "e1", seq: 4, jitterMs: moment === "hinted" ? 1_000 : 0 });
        await page.pass(moment === "hinted" ? 0 : 1);
      }
      const requests = page.asked.length;
      client.close();
      await page.pass(120_000);
      expect([page.timers, page.listeners, page.asked.length, page.asked.every(({ signal }) => signal.aborted)], moment).toEqual([0, 0, requests, true]);
      client.close();
    }
  });

  test("goes on answering after it is closed, and forgets its listeners", async () => {
    const { client } = await live();
    client.close();
    expect(client.getBoolean("web.on", false)).toBe(true);
    await client.ready();
  });
});

describe("changes", () => {
  test("of a kill apply at once, from the event alone", async () => {
    const { page, client, stream } = await live();
    const heard: unknown[] = [];
    client.onChange((keys) => heard.push(keys));
    stream.send("kill", { epoch: "e1", seq: 4, answers: KILLED });
    await settle();
    expect([client.getBoolean("web.on", true), client.getDetails("web.on")?.reason, client.getNumber("web.size", 0), heard, page.of("answers").length]).toEqual(
      [false, "DISABLED", 12, [["web.on"]], 1],
    );
    client.close();
  });

  test("of any other kind are asked for after the hint's jitter, once for many hints", async () => {
    const { page, client, stream } = await live();
    serving(page, 6, { ...FLAGS, "web.text": answer("Hi", "short") });
    for (const seq of [4, 5, 6]) stream.send("changed", { epoch: "e1", seq, jitterMs: 2_000 });
    await page.pass(999);
    expect(page.of("answers").length).toBe(1);
    await page.pass(1);
    expect([page.of("answers").length, client.getString("web.text", "?")]).toEqual([2, "Hi"]);
    client.close();
  });

  test("tell listeners what differs, and nothing where nothing does; a listener that throws harms nobody", async () => {
    const problems: string[] = [];
    const { page, client, stream } = await live({ onProblem: (message) => problems.push(message) });
    const heard: unknown[] = [];
    client.onChange(() => {
      throw new Error("of the application");
    });
    const end = client.onChange((keys) => heard.push([...keys].sort()));
    stream.send("changed", { epoch: "e1", seq: 4, jitterMs: 0 });
    serving(page, 4);
    await page.pass(1);
    expect(heard).toEqual([]);
    serving(page, 5, { "web.on": answer(true, "on"), "web.new": answer(1), "web.theme": answer({ ink: ["#222"] }, "dark") });
    stream.send("changed", { epoch: "e1", seq: 5, jitterMs: 0 });
    await page.pass(1);
    expect(heard).toEqual([["web.new", "web.size", "web.text", "web.theme"]]);
    end();
    stream.send("kill", { epoch: "e1", seq: 6, answers: KILLED });
    await settle();
    expect([heard.length, problems]).toEqual([1, ["Error: of the application", "Error: of the application"]]);
    client.close();
  });

  test("are not undone by an answer that was on its way when the kill came", async () => {
    const { page, client, stream } = await live();
    page.server = () => {};
    stream.send("changed", { epoch: "e1", seq: 4, jitterMs: 0 });
    await page.pass(1);
    const slow = page.last("answers");
    // A kill that the log does not have yet moves no sequence, so only the order tells.
    stream.send("kill", { epoch: "e1", seq: 3, answers: KILLED });
    await settle();
    slow.reply(200, body(4));
    await settle();
    expect([client.getBoolean("web.on", true), page.of("answers").length]).toEqual([false, 3]);
    page.last("answers").reply(200, body(4, { ...FLAGS, ...KILLED }));
    await settle();
    expect([client.getBoolean("web.on", true), client.getNumber("web.size", 0)]).toEqual([false, 12]);
    client.close();
  });

  test("that come while it asks are asked for again, and what was answered counts meanwhile", async () => {
    const { page, client, stream } = await live();
    page.server = () => {};
    for (const seq of [4, 5]) {
      stream.send("changed", { epoch: "e1", seq, jitterMs: 0 });
      await page.pass(1);
    }
    expect(page.of("answers").length).toBe(2);
    page.last("answers").reply(200, body(4, { ...FLAGS, "web.size": answer(13) }));
    await settle();
    expect([client.getNumber("web.size", 0), page.of("answers").length]).toEqual([13, 3]);
    client.close();
  });

  test("never go back within an epoch: an older answer is refused and asked for again later", async () => {
    const problems: string[] = [];
    const { page, client, stream } = await live({ onProblem: (message) => problems.push(message) });
    serving(page, 2, { "web.on": answer(false, "off") });
    stream.send("changed", { epoch: "e1", seq: 4, jitterMs: 0 });
    await page.pass(1);
    expect([client.getBoolean("web.on", false), problems]).toEqual([true, ["Error: no answers"]]);
    page.server = (asked) => (asked.path === "answers" ? asked.reply(200, body(1, { "web.on": answer(false, "off") }, "e2")) : asked.open());
    await page.pass(1_000);
    expect(client.getBoolean("web.on", true)).toBe(false);
    client.close();
  });

  test("never go back to the version of a kill that is older than they are", async () => {
    const { page, client, stream } = await live();
    stream.send("kill", { epoch: "e1", seq: 2, answers: KILLED });
    await settle();
    serving(page, 2, { "web.on": answer(true, "on") });
    stream.send("changed", { epoch: "e1", seq: 4, jitterMs: 0 });
    await page.pass(1);
    expect(client.getBoolean("web.on", true)).toBe(false);
    client.close();
  });

  test("that cannot be used are asked for past the browser's own cache, until one can", async () => {
    const page = new TestPage();
    const client = start(page);
    await settle();
    const caches = [page.last("answers").cache];
    page.last("answers").reply(200, "{");
    await page.pass(1_000);
    caches.push(page.last("answers").cache);
    page.last("answers").reply(200, body(3));
    await settle();
    page.last("stream").fail();
    await page.pass(2_000);
    caches.push(page.last("answers").cache);
    expect(caches).toEqual([undefined, "reload", undefined]);
    client.close();
  });

  test("missed between the answers and the stream are found by its first event", async () => {
    const page = new TestPage();
    page.server = (asked) => (asked.path === "answers" ? asked.reply(200, body(3)) : asked.open());
    const client = start(page);
    await settle();
    serving(page, 5, { "web.on": answer(false, "off") });
    page.last("stream").send("hello", hello(5));
    await page.pass(1);
    expect([client.getBoolean("web.on", true), page.of("answers").length]).toEqual([false, 2]);
    client.close();
  });

  test("are read from a stream cut anywhere, also inside a letter, and what is unknown is passed over", async () => {
    const { client, stream } = await live();
    const text = `event: novelty\ndata: {}\n\nevent: kill\ndata: ${JSON.stringify({ epoch: "e1", seq: 4, answers: { "web.text": answer("Grüß Gott — 你好", "off", "DISABLED") } })}\n\n`;
    for (const byte of new TextEncoder().encode(text)) {
      stream.bytes(Uint8Array.of(byte));
      await settle();
    }
    expect(client.getString("web.text", "?")).toBe("Grüß Gott — 你好");
    client.close();
  });
});

describe("two people in one browser", () => {
  test("never see each other's answers, in memory or from the storage", async () => {
    const { page, client } = await live();
    expect(client.getBoolean("web.on", false)).toBe(true);
    page.server = () => {};
    const identified = client.identify(BOB);
    // Gone in the same moment, before anything was answered; and from the storage too.
    expect([client.getBoolean("web.on", false), client.getDetails("web.text"), [...page.storage.values()].join()]).toEqual([
      false,
      undefined,
      expect.not.stringContaining("Good day"),
    ]);
    serving(page, 3, { "web.text": answer("for Bob", "bob") });
    page.last("answers").reply(200, body(3, { "web.text": answer("for Bob", "bob") }));
    await identified;
    expect([client.getBoolean("web.on", false), client.getString("web.text", "?"), page.last("answers").token]).toEqual([false, "for Bob", `Bearer ${BOB}`]);
    client.close();

    const later = new TestPage(page.storage);
    const ada = start(later, { token: ADA });
    expect(ada.getString("web.text", "?")).toBe("?");
    ada.close();
  });

  test("get what they had at their last visit, before the server says a word", async () => {
    const { page, client } = await live();
    client.close();
    const cutOff = new TestPage(page.storage);
    cutOff.server = (asked) => asked.fail();
    const again = start(cutOff, { token: tokenOf("hash-of-ada", 999) });
    await again.ready();
    expect([again.getString("web.text", "?"), cutOff.nowMs]).toEqual(["Good day", 0]);
    for (const [name, token] of [
      ["bob", BOB],
      ["nobody", undefined],
      ["nonsense", "nonsense"],
    ] as const) {
      const other = start(new TestPage(new Map(page.storage)), { token });
      expect(other.getString("web.text", "?"), name).toBe("?");
      other.close();
    }
    again.close();
  });

  test("are not mixed up by an answer for the one before that comes late", async () => {
    const page = new TestPage();
    const client = start(page);
    await settle();
    const forAda = page.last("answers");
    void client.identify(BOB);
    forAda.reply(200, body(3));
    await settle();
    expect(client.getBoolean("web.on", false)).toBe(false);
    page.last("answers").reply(200, body(3, { "web.text": answer("for Bob") }));
    await settle();
    expect([client.getBoolean("web.on", false), client.getString("web.text", "?")]).toEqual([false, "for Bob"]);
    client.close();
  });

  test("are not mixed up by a kill from the stream of the one before", async () => {
    const { page, client, stream } = await live();
    page.server = () => {};
    stream.send("kill", { epoch: "e1", seq: 4, answers: { "web.secretProject": answer(false, "off", "DISABLED") } });
    void client.identify();
    await settle();
    expect(client.getDetails("web.secretProject")).toBeUndefined();
    client.close();
  });

  test("whose token cannot be read are not shown what nobody had", async () => {
    const storage = new Map<string, string>();
    const { client } = await live({ token: undefined }, new TestPage(storage));
    client.close();
    const next = start(new TestPage(storage), { token: "no.token" });
    await settle();
    expect(next.keys()).toEqual([]);
    next.close();
  });

  test("signing out leaves public answers and no token", async () => {
    const { page, client } = await live();
    const heard: unknown[] = [];
    client.onChange((keys) => heard.push(keys.length));
    serving(page, 3, { "web.on": answer(false, "off") });
    await client.identify();
    expect([client.getBoolean("web.on", true), client.getString("web.text", "?"), page.last("answers").token, heard]).toEqual([false, "?", undefined, [4, 1]]);
    client.close();
  });

  test("the storage may be forbidden, cut off or poisoned", async () => {
    for (const text of ["", "{", "null", '{"subject":"hash-of-ada"}', '{"subject":"hash-of-ada","answers":null}', '{"subject":"hash-of-ada","answers":7}']) {
      const page = new TestPage(new Map([["sluice https://flags.example/sluice/browser/v1/production", text]]));
      serving(page);
      const client = start(page);
      expect(client.getBoolean("web.on", false), text).toBe(false);
      await settle();
      expect(client.getBoolean("web.on", false), text).toBe(true);
      client.close();
    }
  });
});

describe("a connection that is cut", () => {
  test("is tried again for ever, after 0.25 s to 30 s, and polls where streams do not get through", async () => {
    const page = new TestPage();
    let version = 3;
    page.server = (asked) => (asked.path === "answers" ? asked.reply(200, body(version, { "web.size": answer(version) })) : asked.fail());
    const client = start(page);
    await page.pass(250);
    expect(page.of("stream").length).toBe(1);
    await page.pass(1_000);
    expect(page.of("stream").length).toBe(2);
    await page.pass(300_000);
    version = 9;
    await page.pass(30_000);
    expect(client.getNumber("web.size", 0)).toBe(9);
    client.close();
  });

  test("is noticed when the stream falls silent, in its head or in the middle", async () => {
    const { page, client, stream } = await live();
    await page.pass(11_000);
    stream.send("heartbeat", {});
    await page.pass(11_000);
    expect(page.of("stream").length).toBe(1);
    await page.pass(2_000);
    expect([stream.signal.aborted, page.of("stream").length]).toEqual([true, 2]);
    page.server = () => {};
    await page.pass(14_000);
    await page.pass(14_000);
    expect(page.asked.at(-1)?.path).toBe("answers");
    client.close();
  });

  test("begins again with the shortest wait only after it held", async () => {
    const page = new TestPage();
    page.server = (asked) => {
      if (asked.path === "answers") return asked.reply(200, body(3));
      asked.open().send("hello", hello(3));
      asked.end();
    };
    const client = start(page);
    await page.pass(600_000);
    const hasty = page.of("stream").length;
    expect(hasty).toBeLessThan(40);
    page.server = (asked) => {
      if (asked.path === "answers") return asked.reply(200, body(3));
      asked.open().send("heartbeat", {});
    };
    await page.pass(30_000);
    page.last("stream").end();
    const before = page.of("stream").length;
    await page.pass(1_000);
    expect(page.of("stream").length).toBe(before + 1);
    client.close();
  });

  test("survives every status, nonsense, and a body that never ends", async () => {
    const nonsense = [
      "",
      "<html>",
      "null",
      '{"environment":"production","epoch":"e1","seq":9}',
      "7",
      "[]",
      '{"environment":"production"',
      '{"environment":"staging","epoch":"e1","seq":9,"answers":{}}',
    ];
    for (const reply of [
      ...[204, 301, 400, 403, 404, 418, 429, 500, 503].map((status) => ({ status, text: "" })),
      ...nonsense.map((text) => ({ status: 200, text })),
    ]) {
      const { page, client, stream } = await live();
      page.server = (asked) => (reply.status === 204 ? asked.fail() : asked.reply(reply.status, reply.text));
      stream.end();
      await page.pass(120_000);
      expect(client.getBoolean("web.on", false), JSON.stringify(reply)).toBe(true);
      serving(page, 4, { "web.on": answer(false, "off") });
      await page.pass(40_000);
      expect(client.getBoolean("web.on", true), JSON.stringify(reply)).toBe(false);
      client.close();
    }
    const { page, client, stream } = await live();
    for (let chunk = 0; chunk < 3; chunk += 1) stream.bytes(new TextEncoder().encode("x".repeat(500_000)));
    await settle();
    expect(stream.signal.aborted).toBe(true);
    await page.pass(1);
    client.close();
  });

  test("is let go while nobody sees the page, which asks each minute, and is back when somebody does", async () => {
    const { page, client, stream } = await live();
    page.hide(true);
    await page.pass(59_000);
    expect([stream.signal.aborted, page.asked.length]).toEqual([true, 2]);
    serving(page, 4, { "web.on": answer(false, "off") });
    await page.pass(2_000);
    expect([client.getBoolean("web.on", true), page.of("stream").length]).toEqual([false, 1]);
    page.hide(false);
    await settle();
    expect(page.of("stream").length).toBe(2);
    client.close();
  });

  test("that is hidden or closed on purpose is no problem to speak of", async () => {
    const problems: string[] = [];
    const { page, client } = await live({ onProblem: (message) => problems.push(message) });
    page.hide(true);
    await page.pass(1);
    page.hide(false);
    await page.pass(1);
    void client.identify(BOB);
    await page.pass(1);
    client.close();
    await page.pass(100_000);
    expect(problems).toEqual([]);
  });
});
