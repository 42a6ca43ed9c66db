// @vitest-environment jsdom
import type { Handover } from "@sluice/browser";
import { handoverHtml, readHandover, withHandover } from "@sluice/browser/handover";
import { clientIn, settle, TestPage } from "@sluice/browser/testing";
import { act, createElement, type ReactNode, Suspense } from "react";
import { renderToString } from "react-dom/server";
import { afterEach, describe, expect, test } from "vitest";
import { Flag, SluiceProvider, useFlag } from "./index.ts";
import { rendered } from "./testing/rendered.ts";

const EVIL = "</script><script>alert(1)</script><!-- &lt; \u2028";
const handover: Handover = {
  environment: "production",
  epoch: "e1",
  seq: 3,
  subject: "hash-of-ada-abcdefgh",
  answers: {
    "web.on": { value: true, variant: "on", reason: "TARGETING_MATCH" },
    "web.text": { value: EVIL, variant: "long", reason: "STATIC" },
  },
};
const OFF = { value: false, variant: "off", reason: "DISABLED" };
const TOKEN = `${btoa("{}")}.${btoa(JSON.stringify({ sub: handover.subject }))}.c2ln`;

function Greeting(): ReactNode {
  return createElement("p", undefined, createElement(Flag, { name: "web.on", fallback: "old" }, "new"), useFlag("web.text", "?"));
}
const SHOWN = `new${EVIL}`;
const onServer = (): string => renderToString(createElement(SluiceProvider, { handover }, createElement(Greeting)));

afterEach(() => document.body.replaceChildren());

describe("a page that a server rendered", () => {
  test("carries its answers in a data block that no value can break out of", () => {
    const html = handoverHtml(handover);
    document.body.innerHTML = html;
    expect([document.querySelectorAll("script").length, document.body.children.length]).toEqual([1, 1]);
    expect(readHandover(document)).toEqual(handover);
    expect(html.toLowerCase().match(/<\/?script|<!--/g)).toEqual(["<script", "</script"]);
    for (const broken of ["", "{", "null", "7", '{"answers":null}', '{"answers":{}}']) {
      document.body.innerHTML = '<script type="application/json" id="sluice-handover"></script>';
      (document.querySelector("script") ?? document.body).textContent = broken;
      expect(readHandover(document), broken).toBeUndefined();
    }
    document.body.replaceChildren();
    expect(readHandover(document)).toBeUndefined();
  });

  test("is rendered first by the client as the server did, with no state in between and no complaint, and then follows", async () => {
    const page = new TestPage();
    const html = onServer();
    const states: string[] = [];
    const options = withHandover({ url: "https://flags.example", environment: "production", refreshToken: async () => TOKEN }, handover);
    const client = clientIn(options, options.world?.(page) ?? page);
    const watch = new MutationObserver(() => states.push(document.body.textContent));
    watch.observe(document.body, { subtree: true, childList: true, characterData: true });
    const seen = await rendered(createElement(SluiceProvider, { client, handover }, createElement(Greeting)), html);
    await settle();
    expect([seen.place.textContent, seen.complaints]).toEqual([SHOWN, []]);
    // The page's HTML held no token: one was fetched before the server was asked for anything.
    expect(page.asked.map(({ path, token }) => [path, token]).at(-1)).toEqual(["answers", `Bearer ${TOKEN}`]);
    await act(async () => {
      page.last("answers").reply(200, { ...handover, subject: undefined });
      await settle();
    });
    expect([...new Set(states)]).toEqual([SHOWN]);
    await act(async () => {
      page
        .last("stream")
        .open()
        .send("kill", { epoch: "e1", seq: 4, answers: { "web.on": OFF } });
      await settle();
    });
    expect(seen.place.textContent).toBe(`old${EVIL}`);
    watch.disconnect();
    client.close();
    await seen.end();
  });

  test("takes a kill between the server's render and the client's as an ordinary update", async () => {
    const page = new TestPage();
    const options = withHandover({ url: "https://flags.example", environment: "production", token: TOKEN }, handover);
    const client = clientIn(options, options.world?.(page) ?? page);
    await settle();
    page.last("answers").reply(200, { ...handover, seq: 4, answers: { ...handover.answers, "web.on": OFF } });
    await settle();
    expect(client.getBoolean("web.on", true)).toBe(false);
    const seen = await rendered(createElement(SluiceProvider, { client, handover }, createElement(Greeting)), onServer());
    expect([seen.place.textContent, seen.complaints]).toEqual([`old${EVIL}`, []]);
    client.close();
    await seen.end();
  });

  test("of a provider with options is the server's at the first paint, too", async () => {
    const page = new TestPage();
    const options = withHandover({ url: "https://flags.example", environment: "production", token: TOKEN, world: () => page }, handover);
    // jsdom has no page of its own that could fetch.
    const seen = await rendered(createElement(SluiceProvider, { options, handover }, createElement(Suspense, undefined, createElement(Greeting))), onServer());
    expect(seen.place.textContent).toBe(SHOWN);
    await seen.end();
    expect(page.listeners).toBe(0);
  });
});

describe("options with a handover", () => {
  const plain = { url: "https://flags.example", environment: "production" };

  test("leave out answers of another environment, of somebody else, and none", () => {
    for (const [options, given] of [
      [plain, undefined],
      [{ ...plain, environment: "staging" }, handover],
      [{ ...plain, token: `${btoa("{}")}.${btoa('{"sub":"hash-of-bob"}')}.c2ln` }, handover],
    ] as const)
      expect(withHandover(options, given)).toBe(options);
  });

  test("prefer newer answers that the page's storage has of the same person, and none of anybody else", async () => {
    const name = "sluice https://flags.example/browser/v1/production";
    for (const [kept, isOn] of [
      [{ ...handover, seq: 9, answers: { "web.on": OFF } }, false],
      [{ ...handover, seq: 2, answers: { "web.on": OFF } }, true],
      [{ ...handover, subject: "hash-of-bob", seq: 9, answers: { "web.on": OFF } }, true],
      [{ ...handover, epoch: "e0", seq: 9, answers: { "web.on": OFF } }, true],
    ] as const) {
      const page = new TestPage(new Map([[name, JSON.stringify(kept)]]));
      const options = withHandover({ ...plain, token: TOKEN }, handover);
      const client = clientIn(options, options.world?.(page) ?? page);
      expect(client.getBoolean("web.on", !isOn)).toBe(isOn);
      client.close();
    }
  });
});
