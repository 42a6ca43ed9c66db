import { describe, expect, test } from "vitest";
import { tokenOf, ADA, BOB, answer, body, hello, serving, start, live } from "./testing/live-page.ts";
import { settle, TestPage } from "./testing/test-page.ts";

describe("a token that expires", () => {
  test("is replaced by the application's, once, and nothing else changes", async () => {
    const fresh = tokenOf("hash-of-ada", 2);
    let calls = 0;
    const page = new TestPage();
    page.server = (asked) => {
      if (asked.token !== `Bearer ${fresh}`) asked.reply(401, { error: { code: "contextExpired" } });
      else if (asked.path === "answers") asked.reply(200, body(3));
      else asked.open().send("hello", hello(3));
    };
    const client = start(page, { refreshToken: async () => ((calls += 1), fresh) });
    await settle();
    expect([client.getBoolean("web.on", false), calls, page.asked.map(({ path }) => path)]).toEqual([true, 1, ["answers", "answers", "stream"]]);
    client.close();
  });

  test("keeps the last good answers where there is no other, and asks ever more slowly", async () => {
    const problems: string[] = [];
    const { page, client, stream } = await live({ onProblem: (message) => problems.push(message) });
    page.server = (asked) => asked.reply(401, { error: { code: "contextExpired", message: "The context token has expired." } });
    stream.end();
    await page.pass(3_600_000);
    expect([client.getBoolean("web.on", false), problems[0]]).toEqual([true, expect.stringContaining('401 {"error":{"code":"contextExpired"')]);
    expect(page.asked.length).toBeGreaterThan(60);
    client.close();
  });

  test.each([401, 403, 499, 503])("refused with %d for a day, asks once in half a minute on average", async (status) => {
    const { page, client, stream } = await live();
    page.server = (asked) => asked.reply(status, {});
    stream.end();
    await page.pass(86_400_000);
    expect(page.asked.length).toBeLessThanOrEqual(86_400 / 30);
    client.close();
  });

  test("is asked with once in half a minute on average where every new one is refused too, and each is a new one", async () => {
    let made = 1;
    const refreshedAtMs: number[] = [];
    const { page, client, stream } = await live({ refreshToken: async () => (refreshedAtMs.push(page.nowMs), tokenOf("hash-of-ada", (made += 1))) });
    const before = page.asked.length;
    page.server = (asked) => asked.reply(401, {});
    stream.end();
    await page.pass(86_400_000);
    const tokens = page.asked.slice(before).map(({ token }) => token);
    expect(tokens.length).toBeLessThanOrEqual(86_400 / 30);
    expect(refreshedAtMs.length).toBeLessThanOrEqual(86_400 / 30);
    // A new token is used in the moment it is there: it may be good for less than a pause.
    expect(tokens).toEqual([ADA, ...refreshedAtMs.map((_, index) => tokenOf("hash-of-ada", index + 2))].map((token) => `Bearer ${token}`));
    client.close();
  });

  test("and expires again after a long time of refusals is replaced at once, as the first one was", async () => {
    let made = 1;
    let good = 0;
    const { page, client, stream } = await live({ refreshToken: async () => tokenOf("hash-of-ada", (made += 1)) });
    page.server = (asked) => {
      if (asked.token !== `Bearer ${tokenOf("hash-of-ada", good)}`) asked.reply(401, {});
      else if (asked.path === "answers") asked.reply(200, body(3));
      else asked.open().send("heartbeat", {});
    };
    stream.end();
    await page.pass(600_000);
    good = made + 1;
    while (page.of("stream").length < 2) await page.pass(1_000);
    const again = page.last("stream");
    expect(again.token).toBe(`Bearer ${tokenOf("hash-of-ada", good)}`);
    const before = page.asked.length;
    good += 1;
    again.end();
    await page.pass(1_000);
    expect(page.asked.slice(before).map(({ path, token }) => [path, token])).toEqual([
      ["answers", `Bearer ${tokenOf("hash-of-ada", good - 1)}`],
      ["answers", `Bearer ${tokenOf("hash-of-ada", good)}`],
      ["stream", `Bearer ${tokenOf("hash-of-ada", good)}`],
    ]);
    client.close();
  });

  test("and was refused again and again is not the next person's", async () => {
    const { page, client, stream } = await live({ refreshToken: async () => tokenOf("hash-of-ada", 2) });
    page.server = (asked) => asked.reply(401, {});
    stream.end();
    await page.pass(600_000);
    const before = page.asked.length;
    serving(page);
    await client.identify(BOB);
    expect(page.asked[before]?.token).toBe(`Bearer ${BOB}`);
    client.close();
  });

  test("may come back as somebody else's: the answers of the one before are gone first", async () => {
    const { page, client, stream } = await live({ refreshToken: async () => BOB });
    page.server = (asked) => (asked.token === `Bearer ${BOB}` ? undefined : asked.reply(401, {}));
    stream.end();
    await page.pass(1_000);
    expect([page.last("answers").token, client.getDetails("web.on")]).toEqual([`Bearer ${BOB}`, undefined]);
    client.close();
  });

  test("cannot be hung up by an application that never answers, nor hurt by one that throws", async () => {
    for (const refreshToken of [
      () => new Promise<string>(() => {}),
      async () => Promise.reject(new Error("of the application")),
      () => {
        throw new Error("of the application");
      },
    ]) {
      const { page, client, stream } = await live({ refreshToken });
      page.server = (asked) => asked.reply(401, {});
      stream.end();
      await page.pass(60_000);
      serving(page, 4, { "web.on": answer(false, "off") });
      await page.pass(60_000);
      expect(client.getBoolean("web.on", true)).toBe(false);
      client.close();
      await page.pass(60_000);
      expect(page.timers).toBe(0);
    }
  });

  test("that is fetched after somebody else signed in is thrown away", async () => {
    let give: (token: string) => void = () => {};
    const { page, client, stream } = await live({ refreshToken: () => new Promise((resolve) => (give = resolve)) });
    page.server = (asked) => asked.reply(401, {});
    stream.end();
    await page.pass(1_000);
    page.server = () => {};
    void client.identify(BOB);
    give(ADA);
    await page.pass(10_000);
    expect(page.last("answers").token).toBe(`Bearer ${BOB}`);
    client.close();
  });
});
