// @vitest-environment jsdom
// OpenFeature's own React SDK over our provider for pages: what docs/react-sdk.md says to those who have it.
import { OpenFeature, OpenFeatureProvider, useBooleanFlagValue } from "@openfeature/react-sdk";
import { SluiceWebProvider } from "@sluice/browser/openfeature";
import { settle, TestPage } from "@sluice/browser/testing";
import { act, createElement, type ReactNode } from "react";
import { expect, test } from "vitest";
import { rendered } from "./testing/rendered.ts";

const body = (isOn: boolean): object => ({
  environment: "production",
  epoch: "e1",
  seq: 3,
  answers: { "web.on": { value: isOn, variant: isOn ? "on" : "off", reason: "STATIC" } },
});
const Shown = (): ReactNode => (useBooleanFlagValue("web.on", false) ? "new" : "old");

test("OpenFeature's React SDK shows our answers, and a kill as it arrives", async () => {
  const page = new TestPage();
  page.server = (asked) => (asked.path === "answers" ? asked.reply(200, body(true)) : asked.open().send("hello", { epoch: "e1", seq: 3, jitterMs: 0 }));
  await OpenFeature.setProviderAndWait(
    new SluiceWebProvider({ url: "https://flags.example", environment: "production", fetchToken: async () => undefined, world: () => page }),
  );
  const seen = await rendered(createElement(OpenFeatureProvider, undefined, createElement(Shown)));
  expect(seen.place.textContent).toBe("new");
  await act(async () => {
    page.last("stream").send("kill", { epoch: "e1", seq: 4, answers: { "web.on": { value: false, variant: "off", reason: "DISABLED" } } });
    await settle();
  });
  expect(seen.place.textContent).toBe("old");
  await seen.end();
  await OpenFeature.clearProviders();
});
