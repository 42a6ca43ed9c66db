// @vitest-environment jsdom
import { act, createElement, type ReactNode } from "react";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Flag, useFlag, useFlagDetails, useIdentify } from "../index.ts";
import { inMemoryClient, TestFlags, withFlags } from "./index.ts";
import { rendered, type Rendered } from "./rendered.ts";

const open: Rendered[] = [];
afterEach(async () => {
  for (const seen of open.splice(0)) await seen.end();
});
async function show(element: ReactNode): Promise<Rendered> {
  const seen = await rendered(element);
  open.push(seen);
  return seen;
}

function Asking(): ReactNode {
  const identify = useIdentify();
  return [useFlag("web.size", 0), useFlag("web.text", "?"), useFlagDetails("web.text")?.variant, typeof identify].join();
}

describe("<TestFlags>", () => {
  test("answers the test's flags, and others when it is rendered again", async () => {
    const seen = await show(withFlags({ "web.size": 3, "web.text": "Hi" }, createElement(Asking)));
    expect(seen.place.textContent).toBe("3,Hi,test,function");
    await seen.show(withFlags({ "web.size": 4, "web.text": "Hi" }, createElement(Asking)));
    expect([seen.place.textContent, seen.complaints]).toEqual(["4,Hi,test,function", []]);
  });

  test("fails a test that asks for a flag it does not name, with the nearest name", async () => {
    const silent = vi.spyOn(console, "error").mockImplementation(() => {});
    const misspelt = createElement(Flag, { name: "web.pinz" }, "pins");
    await expect(rendered(withFlags({ "web.pins": true, "web.text": "Hi" }, misspelt))).rejects.toThrow(
      'The test has no flag "web.pinz". Did you mean "web.pins"? Name it in its flags.',
    );
    silent.mockRestore();
  });

  test("answers the code's default instead where the test says so", async () => {
    const unnamed = createElement(Flag, { name: "web.new", fallback: "default" }, "on");
    const seen = await show(createElement(TestFlags, { flags: { "web.size": 3 }, unknown: "default" }, unnamed));
    expect(seen.place.textContent).toBe("default");
  });
});

describe("an in-memory client", () => {
  test("is a client as any other, of which the test sets the flags", async () => {
    const client = inMemoryClient({ on: true, text: "Hi", size: 3, theme: { ink: 1 } });
    const heard: unknown[] = [];
    const end = client.onChange((keys) => heard.push(keys));
    await client.ready();
    expect([client.getBoolean("on", false), client.getString("text", "?"), client.getNumber("size", 0), client.getObject("theme", {}), client.keys()]).toEqual([
      true,
      "Hi",
      3,
      { ink: 1 },
      ["on", "text", "size", "theme"],
    ]);
    expect([client.getBoolean("text", true), client.getNumber("on", 7)]).toEqual([true, 7]);
    client.track("export", { flag: "on", failed: true });
    expect(client.outcomes).toEqual([{ outcome: "export", flag: "on", failed: true }]);
    act(() => client.set({ on: false, text: "Hi", more: 1 }));
    end();
    client.set({});
    expect(heard).toEqual([["on", "size", "theme", "more"]]);
    expect(() => client.getBoolean("on", false)).toThrow('The test has no flag "on".');
    expect(() => client.track("export", { flag: "on" })).toThrow('The test has no flag "on".');
  });
});
