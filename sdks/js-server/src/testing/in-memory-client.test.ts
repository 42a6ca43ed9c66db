import { describe, expect, test } from "vitest";
import { SluiceProvider } from "../openfeature/index.ts";
import { SluiceClient } from "../client.ts";
import { inMemoryClient } from "./index.ts";

/** As the server gives it. */
const definitions = {
  format: 1,
  environment: "production",
  epoch: "e1",
  seq: 7,
  salt: "pepper",
  flags: {
    "site.photos": { default: "off", rules: [{ id: "staff", if: ["endsWith", "email", "@example.com"], serve: "on" }] },
    "site.headline": { type: "string", variants: { plain: "Hello", warm: "Good morning" }, off: "plain", default: "warm" },
    "site.limits": { type: "object", variants: { off: { rows: 1 }, wide: { rows: 3 } }, default: "wide" },
  },
};

describe("a client in memory", () => {
  test("is a client as any other, whose flags the test sets", async () => {
    const flags = inMemoryClient({ "site.photos": true, "site.headline": "Hi", "site.size": 3, "site.limits": { rows: 2 } });
    const heard: unknown[] = [];
    const end = flags.onChange(({ flags: keys }) => heard.push([...keys].sort()));
    await flags.ready();
    expect(flags).toBeInstanceOf(SluiceClient);
    expect([flags.getBoolean("site.photos", false), flags.getString("site.headline", "?"), flags.getNumber("site.size", 0)]).toEqual([true, "Hi", 3]);
    expect(flags.getObject("site.limits", {})).toEqual({ rows: 2 });
    expect(flags.getBooleanDetails("site.photos", false)).toMatchObject({ value: true, variant: "test" });
    const request = flags.forRequest();
    flags.set({ "site.photos": false, "site.headline": "Hi", "site.size": 3, "site.limits": { rows: 2 } });
    expect([flags.getBoolean("site.photos", true), request.getBoolean("site.photos", false)]).toEqual([false, true]);
    expect(heard).toEqual([["site.photos"]]);
    end();
    expect(flags.counts.answers.find((answer) => answer.flag === "site.photos")?.count).toBe(4);
    await flags.close();
  });

  test("answers one flag otherwise while a function runs, and until what it promises has settled", async () => {
    const flags = inMemoryClient({ "site.photos": false, "site.size": 3 });
    const ask = (): boolean => flags.getBoolean("site.photos", false);
    expect([flags.withFlag("site.photos", true, ask), ask()]).toEqual([true, false]);
    const later = flags.withFlag("site.photos", true, async () => {
      await Promise.resolve();
      return [ask(), flags.withFlag("site.size", 4, () => flags.getNumber("site.size", 0)), ask()];
    });
    expect([await later, ask(), flags.getNumber("site.size", 0)]).toEqual([[true, 4, true], false, 3]);
    expect(() => flags.withFlag("site.photos", true, () => fail())).toThrow("the test's own");
    await expect(flags.withFlag("site.photos", true, async () => fail())).rejects.toThrow("the test's own");
    expect(ask()).toBe(false);
    // A flag that the test did not name before is gone behind it.
    expect(flags.withFlag("site.new", true, () => flags.getBoolean("site.new", false))).toBe(true);
    expect(() => flags.getBoolean("site.new", false)).toThrow('The test has no flag "site.new".');
  });

  test("fails a test that asks for a flag that it does not name, or as another type, with the nearest name", () => {
    const flags = inMemoryClient({ "site.photos": true });
    expect(() => flags.getBoolean("site.fotos", false)).toThrow('The test has no flag "site.fotos". Did you mean "site.photos"? Name it in its flags.');
    expect(() => flags.forRequest().getBooleanDetails("site.fotos", false)).toThrow('The test has no flag "site.fotos".');
    expect(() => flags.getString("site.photos", "?")).toThrow('Flag "site.photos" is asked for as string, and is of type boolean.');
    const lenient = inMemoryClient({ "site.photos": true }, { unknown: "default" });
    expect([lenient.getBoolean("site.fotos", true), lenient.getString("site.photos", "?")]).toEqual([true, "?"]);
  });

  test("answers by the definitions beneath what the test sets, rules included, and holds both against them", () => {
    const flags = inMemoryClient({ "site.headline": "Hi" }, { definitions });
    expect(flags.getBoolean("site.photos", false, { email: "ada@example.com" })).toBe(true);
    expect(flags.getBoolean("site.photos", false, { email: "ada@elsewhere.org" })).toBe(false);
    expect([flags.getString("site.headline", "Hello"), flags.environment]).toEqual(["Hi", "production"]);
    expect(flags.withFlag("site.photos", true, () => flags.getBoolean("site.photos", false))).toBe(true);
    expect(flags.getObject("site.limits", { rows: 1 })).toEqual({ rows: 3 });
    flags.set({});
    expect(flags.getString("site.headline", "Hello")).toBe("Good morning");
    expect(() => inMemoryClient({ "site.fotos": true }, { definitions })).toThrow('No definition has a flag "site.fotos". Did you mean "site.photos"?');
    expect(() => flags.withFlag("site.photos", "on", () => {})).toThrow('Flag "site.photos" is of type boolean, and the test gives it "on".');
    expect(() => flags.getString("site.headline", "Howdy")).toThrow(
      'Flag "site.headline" is asked for with the default "Howdy", and its definition serves "Hello" when off.',
    );
    expect(() => flags.getBoolean("site.photos", true)).toThrow("with the default true, and its definition serves false when off");
    expect(() => inMemoryClient({}, { definitions: { format: 1 } })).toThrow(/^The definitions are no snapshot: /);
    expect(inMemoryClient({}, { definitions: JSON.stringify(definitions) }).getObject("site.limits", { rows: 1 })).toEqual({ rows: 3 });
  });

  test("stands behind OpenFeature as the real one does", async () => {
    const provider = new SluiceProvider(inMemoryClient({ "site.photos": true }));
    await provider.initialize();
    expect(await provider.resolveBooleanEvaluation("site.photos", false, {})).toMatchObject({ value: true, variant: "test" });
    await provider.onClose();
  });
});

function fail(): never {
  throw new Error("the test's own");
}
