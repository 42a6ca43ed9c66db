// @vitest-environment jsdom
import type { BrowserClient, BrowserOptions } from "@sluice/browser";
import { withReports } from "@sluice/browser/reports";
import { clientIn, settle, TestPage } from "@sluice/browser/testing";
import { act, createElement, memo, type ReactNode, version } from "react";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Flag, SluiceProvider, useFlag, useFlagDetails, useIdentify, useTrack, WhenReady } from "./index.ts";
import { rendered, type Rendered } from "./testing/rendered.ts";

const answer = (value: unknown, variant = String(value), reason = "TARGETING_MATCH"): object => ({ value, variant, reason });
const FLAGS = { "web.on": answer(true, "on"), "web.text": answer("Good day", "long"), "web.size": answer(12), "web.theme": answer({ ink: ["#111"] }, "dark") };
const body = (seq: number, answers: object): object => ({ environment: "production", epoch: "e1", seq, answers });
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const tokenOf = (subject: string): string => `${part({ alg: "HS256" })}.${part({ sub: subject })}.c2ln`;
const [ADA, BOB, EVE] = ["ada", "bob", "eve"].map((who) => tokenOf(`hash-of-${who}`));

function serving(page: TestPage, answers: object, seq = 3): void {
  page.server = (asked) =>
    asked.path === "answers" ? asked.reply(200, body(seq, answers)) : asked.open().send("hello", { epoch: "e1", seq, environment: "production", jitterMs: 0 });
}

const open: (Rendered | BrowserClient)[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await ("end" in one ? one.end() : one.close());
});

async function show(element: ReactNode): Promise<Rendered> {
  const seen = await rendered(element);
  open.push(seen);
  return seen;
}

function start(page: TestPage, options: Partial<BrowserOptions> = {}): BrowserClient {
  const client = clientIn({ url: "https://flags.example", environment: "production", token: ADA, ...options }, page);
  open.push(client);
  return client;
}

async function live(answers: object = FLAGS): Promise<{ readonly page: TestPage; readonly client: BrowserClient }> {
  const page = new TestPage();
  serving(page, answers);
  const client = start(page);
  await settle();
  return { page, client };
}

const within = (client: BrowserClient, child: ReactNode): ReactNode => createElement(SluiceProvider, { client }, child);

/** Everything that a page can ask, as text. */
function Everything(): ReactNode {
  const values = [useFlag("web.on", false), useFlag("web.text", "?"), useFlag("web.size", 0), useFlag("web.theme", { ink: [] })];
  return JSON.stringify([...values, useFlagDetails("web.on") ?? "none"]);
}

describe("useFlag", () => {
  test("shows defaults, then the answers, each of its type, and what a kill makes of them, without a complaint in strict mode", async () => {
    const page = new TestPage();
    const client = start(page);
    const seen = await show(within(client, createElement(Everything)));
    expect(JSON.parse(seen.place.textContent)).toEqual([false, "?", 0, { ink: [] }, "none"]);
    await act(async () => {
      page.last("answers").reply(200, body(3, FLAGS));
      await settle();
      page.last("stream").open().send("hello", { epoch: "e1", seq: 3, jitterMs: 0 });
      await settle();
    });
    expect(JSON.parse(seen.place.textContent)).toEqual([true, "Good day", 12, { ink: ["#111"] }, FLAGS["web.on"]]);
    await act(async () => {
      page.last("stream").send("kill", { epoch: "e1", seq: 4, answers: { "web.on": answer(false, "off", "DISABLED") } });
      await settle();
    });
    expect(JSON.parse(seen.place.textContent)).toEqual([false, "Good day", 12, { ink: ["#111"] }, answer(false, "off", "DISABLED")]);
    expect(seen.complaints).toEqual([]);
  });

  test("answers the default for another type, for null, and for names that every object has", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const { client } = await live({ ...FLAGS, "web.null": { value: null, variant: "a", reason: "STATIC" } });
    const Odd = (): ReactNode =>
      JSON.stringify([useFlag("web.text", false), useFlag("web.on", "?"), useFlag("web.null", {}), useFlag("constructor", "none"), useFlag("__proto__", 1)]);
    const seen = await show(within(client, createElement(Odd)));
    expect(JSON.parse(seen.place.textContent)).toEqual([false, "?", {}, "none", 1]);
    vi.restoreAllMocks();
  });

  test("renders a component anew only when its own flag answers otherwise, and keeps an object the same until then", async () => {
    const { page, client } = await live();
    const counts: Record<string, number> = {};
    const themes = new Set<unknown>();
    const One = memo(({ name }: { readonly name: string; readonly again?: boolean }): ReactNode => {
      counts[name] = (counts[name] ?? 0) + 1;
      const value = useFlag(name, name === "web.theme" ? {} : 0);
      if (name === "web.theme") themes.add(value);
      return JSON.stringify(value);
    });
    const names = ["web.size", "web.theme"];
    const shown = (again: boolean): ReactNode =>
      within(
        client,
        names.map((name) => createElement(One, { name, again, key: name })),
      );
    const seen = await show(shown(false));
    const before = { ...counts };
    serving(page, { ...FLAGS, "web.size": answer(13) }, 4);
    await act(async () => {
      page.last("stream").send("changed", { epoch: "e1", seq: 4, jitterMs: 0 });
      await page.pass(1);
    });
    expect([(counts["web.size"] ?? 0) > (before["web.size"] ?? 0), counts["web.theme"]]).toEqual([true, before["web.theme"]]);
    await seen.show(shown(true));
    expect(counts["web.theme"]).toBeGreaterThan(before["web.theme"] ?? 0);
    // Strict mode renders twice and keeps the second; what is shown never changes identity again.
    expect(themes.size).toBeLessThanOrEqual(2);
    expect([...themes].every((theme) => Object.isFrozen(theme) && Object.isFrozen((theme as { readonly ink: unknown }).ink))).toBe(true);
  });

  test("follows its key when that changes", async () => {
    const { page, client } = await live();
    const One = ({ name }: { readonly name: string }): ReactNode => String(useFlag(name, name === "web.text" ? "?" : 0));
    const seen = await show(within(client, createElement(One, { name: "web.size" })));
    await seen.show(within(client, createElement(One, { name: "web.text" })));
    expect(seen.place.textContent).toBe("Good day");
    await act(async () => {
      page.last("stream").send("kill", { epoch: "e1", seq: 4, answers: { "web.text": answer("Bye", "off", "DISABLED") } });
      await settle();
    });
    expect(seen.place.textContent).toBe("Bye");
  });

  test("warns once of a key that the page does not have, with the nearest name, and of another type, and never throws", async () => {
    const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
    const { client } = await live();
    const Misspelt = (): ReactNode => [useFlag("web.txt", "?"), useFlag("web.size", "small")].join();
    const seen = await show(within(client, [createElement(Misspelt, { key: 1 }), createElement(Misspelt, { key: 2 })]));
    expect(seen.place.textContent).toBe("?,small?,small");
    expect(warned.mock.calls.map(([message]) => String(message))).toEqual([
      expect.stringMatching(/"web\.txt".*Did you mean "web\.text"\?/),
      expect.stringMatching(/"web\.size" is asked for as string, but its value is number/),
    ]);
    warned.mockRestore();
  });

  test("says what is missing where there is no provider", async () => {
    const silent = vi.spyOn(console, "error").mockImplementation(() => {});
    await expect(rendered(createElement(Everything))).rejects.toThrow(/useFlag needs a <SluiceProvider> above it/);
    silent.mockRestore();
  });
});

describe("<Flag>", () => {
  test("shows its children while the flag is on, else its fallback, and what a function makes of a value", async () => {
    const { page, client } = await live({ ...FLAGS, "web.off": answer(false, "off") });
    const seen = await show(
      within(client, [
        createElement(Flag, { name: "web.on", fallback: "old", key: 1 }, "new"),
        createElement(Flag<string>, { name: "web.text", default: "?", key: 2, children: (text) => `|${text.toUpperCase()}` }),
        createElement(Flag, { name: "web.off", key: 3 }, "|never"),
      ]),
    );
    expect(seen.place.textContent).toBe("new|GOOD DAY");
    await act(async () => {
      page.last("stream").send("kill", { epoch: "e1", seq: 4, answers: { "web.on": answer(false, "off", "DISABLED") } });
      await settle();
    });
    expect(seen.place.textContent).toBe("old|GOOD DAY");
  });
});

describe("useIdentify", () => {
  const Person = ({ give }: { readonly give: (identify: (token?: string) => Promise<void>) => void }): ReactNode => {
    give(useIdentify());
    return useFlag("web.text", "?");
  };

  test("never shows the former person's answer once it is called, and settles on the last of several", async () => {
    const { page, client } = await live();
    let identify: (token?: string) => Promise<void> = () => Promise.reject(new Error("not rendered"));
    const seen = await show(within(client, createElement(Person, { give: (found) => void (identify = found) })));
    expect(seen.place.textContent).toBe("Good day");
    page.server = () => {};
    const shown: string[] = [];
    const watch = new MutationObserver(() => shown.push(seen.place.textContent));
    watch.observe(seen.place, { subtree: true, childList: true, characterData: true });
    const [bobs, eves] = await act(async () => [identify(BOB), identify(EVE)]);
    expect(seen.place.textContent).toBe("?");
    const [ofBob, ofEve] = page.of("answers").slice(-2);
    expect([ofBob?.token, ofEve?.token]).toEqual([`Bearer ${BOB}`, `Bearer ${EVE}`]);
    await act(async () => {
      // The first one's answer comes last.
      ofEve?.reply(200, body(3, { "web.text": answer("for Eve") }));
      await settle();
      ofBob?.reply(200, body(3, { "web.text": answer("for Bob") }));
      await Promise.all([bobs, eves]);
      await settle();
    });
    watch.disconnect();
    expect([seen.place.textContent, shown]).toEqual(["for Eve", ["?", "for Eve"]]);
  });
});

describe("<WhenReady>", () => {
  test("suspends what is inside until the first answers, and nothing else does", async () => {
    const page = new TestPage();
    const client = start(page);
    const seen = await show(within(client, ["outside ", createElement(WhenReady, { fallback: "waiting", key: 1 }, createElement(Everything))]));
    expect(seen.place.textContent).toBe("outside waiting");
    await act(async () => {
      page.last("answers").reply(200, body(3, FLAGS));
      await settle();
    });
    expect(seen.place.textContent).toContain("Good day");
  });

  test("shows defaults where no answers come within the client's patience", async () => {
    const page = new TestPage();
    const client = start(page);
    const seen = await show(within(client, createElement(WhenReady, { fallback: "waiting" }, createElement(Everything))));
    await act(() => page.pass(1_000));
    expect(JSON.parse(seen.place.textContent)[0]).toBe(false);
  });
});

describe("a provider with options", () => {
  test("makes one client, before the first paint, and leaves nothing open when it goes, in strict mode as well", async () => {
    const pages: TestPage[] = [];
    const options: BrowserOptions = {
      url: "https://flags.example",
      environment: "production",
      token: ADA,
      world: () => {
        const page = new TestPage(
          new Map([["sluice https://flags.example/browser/v1/production", JSON.stringify({ subject: "hash-of-ada", ...body(2, FLAGS) })]]),
        );
        pages.push(page);
        return page;
      },
    };
    const painted: string[] = [];
    const seen = await show(createElement(SluiceProvider, { options }, createElement(Everything)));
    painted.push(seen.place.textContent);
    // What this person saw last is there before anything was answered: nothing flickers.
    expect(JSON.parse(painted[0] ?? "")[1]).toBe("Good day");
    expect(pages.map((page) => page.asked.filter(({ signal }) => !signal.aborted).length)).toEqual([0, 1]);
    await seen.show(createElement(SluiceProvider, { options: { ...options } }, createElement(Everything)));
    expect(pages.length).toBe(2);
    await seen.end();
    open.splice(open.indexOf(seen), 1);
    expect(pages.map((page) => [page.listeners, page.asked.every(({ signal }) => signal.aborted)])).toEqual([
      [0, true],
      [0, true],
    ]);
  });
});

test("these tests run with the React that is meant", () => {
  expect(version.split(".")[0]).toBe(process.env["SLUICE_REACT_MAJOR"] ?? "19");
});

describe("useTrack", () => {
  function Exporting(): ReactNode {
    const track = useTrack();
    return createElement("button", { onClick: () => track("export", { flag: "web.on", failed: true }) }, String(useFlag("web.pinz", false)));
  }

  test("counts for the page's person what a component says, and tells the keys without an answer", async () => {
    const page = new TestPage();
    serving(page, FLAGS);
    const { server } = page;
    page.server = (asked) => (asked.path === "telemetry" ? asked.reply(204, "") : server(asked));
    const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
    const options: BrowserOptions = { url: "https://flags.example", environment: "production", token: ADA, world: () => page };
    const seen = await show(createElement(SluiceProvider, { options, reports: withReports }, createElement(Exporting)));
    await act(settle);
    seen.place.querySelector("button")?.click();
    await act(() => page.pass(10_000));
    expect(page.last("telemetry").body).toMatchObject({ outcomes: [{ flag: "web.on", outcome: "export", failed: 1 }], unknown: ["web.pinz"] });
    expect(warned.mock.calls.flat().filter((text) => String(text).includes("useTrack"))).toEqual([]);
    warned.mockRestore();
  });

  test("says once, in development, that a client does not report", async () => {
    const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
    const { client } = await live();
    const seen = await show(within(client, createElement(Exporting)));
    seen.place.querySelector("button")?.click();
    await seen.show(within(client, createElement(Exporting)));
    expect(warned.mock.calls.flat().filter((text) => String(text).includes("useTrack"))).toHaveLength(1);
    warned.mockRestore();
  });
});
