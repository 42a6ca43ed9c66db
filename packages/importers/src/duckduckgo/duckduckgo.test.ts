import { lowerFlag, parseProject } from "@sluice/definitions";
import { compileSnapshot, type Context, evaluate, type FlagForm } from "@sluice/evaluation";
import { describe, expect, test } from "vitest";
import { importFlags, type Imported } from "../index.ts";

const importing = (features: object, name = "android-override.json"): Imported => importFlags("duckduckgo", new Map([[name, JSON.stringify({ features })]]));

function formsOf(imported: Imported): Readonly<Record<string, FlagForm>> {
  const project = parseProject({ files: imported.files });
  expect(project.diagnostics).toEqual([]);
  const forms = [...project.flags].flatMap(([key, flag]) => {
    const form = lowerFlag(flag, "production");
    return form === undefined ? [] : [[key, form] as const];
  });
  return Object.fromEntries(forms);
}

function variantOf(imported: Imported, key: string, context: Context = {}): string | undefined {
  const compiled = compileSnapshot({
    format: 1,
    environment: "production",
    epoch: "e",
    seq: 1,
    salt: "s",
    flags: formsOf(imported),
  });
  return evaluate(compiled, key, context).variant;
}

const lossesOf = ({ losses }: Imported, key: string): readonly string[] => losses.filter(({ flag }) => flag === key).map(({ code }) => code);

describe("a DuckDuckGo feature", () => {
  test("and its sub-features are flags whose keys stay as the code has them", () => {
    const imported = importing({ aiChat: { state: "enabled", features: { sideBar: { state: "disabled" } } } });
    expect([...imported.files.keys()]).toEqual(["flags/aiChat.yaml", "flags/aiChat/sideBar.yaml", "sluice.yaml"]);
    expect([variantOf(imported, "aiChat"), variantOf(imported, "aiChat.sideBar")]).toEqual(["on", "off"]);
  });

  test.each([
    ["enabled", {}, "on"],
    ["disabled", { internalUser: true, previewUser: true }, "off"],
    ["internal", { internalUser: true }, "on"],
    ["internal", { internalUser: false }, "off"],
    ["internal", {}, "off"],
    ["preview", { previewUser: true }, "on"],
    ["preview", { internalUser: true }, "off"],
    ["unheardOf", {}, "off"],
  ])("in state %s for %j is %s", (state, context, variant) => {
    expect(variantOf(importing({ feature: { state } }), "feature", context)).toBe(variant);
  });

  test("without a state is off, and the report says why", () => {
    const imported = importing({ feature: { exceptions: [{ domain: "example.com" }] } });
    expect(variantOf(imported, "feature")).toBe("off");
    expect(lossesOf(imported, "feature")).toEqual(["flag/state-inherited", "flag/exceptions"]);
  });

  test.each([
    [52_000_000, { appVersionCode: 52_000_000 }, "on"],
    [52_000_000, { appVersionCode: 51_999_999 }, "off"],
    [52_000_000, {}, "off"],
    ["7.172.0", { appVersion: "7.172.0" }, "on"],
    ["7.172.0", { appVersion: "7.99.9" }, "off"],
    ["7.172", { appVersion: "7.172.1" }, "on"],
  ])("with the smallest version %j for %j is %s", (minSupportedVersion, context, variant) => {
    expect(variantOf(importing({ feature: { state: "enabled", minSupportedVersion } }), "feature", context)).toBe(variant);
  });

  test("with a largest version ends there, itself included", () => {
    const imported = importing({
      feature: { state: "enabled", minSupportedVersion: "1.0.0", maxSupportedVersion: "2.0.0" },
    });
    const versions = ["0.9.9", "1.0.0", "2.0.0", "2.0.1"];
    expect(versions.map((appVersion) => variantOf(imported, "feature", { appVersion }))).toEqual(["off", "on", "on", "off"]);
  });

  test("with a largest build number ends there, itself included", () => {
    const imported = importing({ feature: { state: "enabled", maxSupportedVersion: 52_000_000 } });
    const builds = [52_000_000, 52_000_001];
    expect(builds.map((appVersionCode) => variantOf(imported, "feature", { appVersionCode }))).toEqual(["on", "off"]);
  });

  test("with a version that cannot be compared is off for everybody", () => {
    const imported = importing({ feature: { state: "enabled", minSupportedVersion: "2023.3.28.1" } });
    expect(variantOf(imported, "feature", { appVersion: "2023.4.0" })).toBe("off");
    expect(lossesOf(imported, "feature")).toEqual(["rule/version-parked"]);
  });

  test("names the settings it leaves out", () => {
    const imported = importing({ feature: { state: "enabled", settings: { url: "https://example.com" } } });
    expect(imported.losses[0]).toEqual({ flag: "feature", code: "flag/settings", what: "Settings left out: url." });
  });
});

describe("a DuckDuckGo sub-feature", () => {
  const parentOff = { parent: { state: "disabled", features: { child: { state: "enabled" } } } };

  test.each([
    ["ios-override.json", "off"],
    ["macos-override.json", "off"],
    ["windows-override.json", "off"],
    ["android-override.json", "on"],
    ["extension-override.json", "on"],
  ])("of a disabled feature in %s is %s", (name, variant) => {
    expect(variantOf(importing(parentOff, name), "parent.child")).toBe(variant);
  });

  test("of an unknown platform says that nobody knows", () => {
    expect(lossesOf(importing(parentOff, "toaster.json"), "parent.child")).toEqual(["rule/parent"]);
  });

  const child = (data: object): Imported => importing({ parent: { state: "enabled", features: { child: { state: "enabled", ...data } } } });

  test("has the share of its rollout's last step", () => {
    const imported = child({ rollout: { steps: [{ percent: 5 }, { percent: 12.5 }] } });
    expect(formsOf(imported)["parent.child"]).toEqual({
      rules: [{ id: "imported-1", serve: { share: 12_500, of: "on" } }],
    });
    expect(lossesOf(imported, "parent.child")).toEqual(["rule/ramp", "rule/reshuffled"]);
  });

  test("that is rolled out to all needs no share", () => {
    expect(formsOf(child({ rollout: { steps: [{ percent: 100 }] } }))["parent.child"]).toEqual({ default: "on" });
  });

  test.each([[{ steps: [] }], [{ steps: [{ percent: "half" }] }], [{ steps: [{ percent: 250 }] }]])("whose rollout %j is no percentage is off", (rollout) => {
    expect(variantOf(child({ rollout }), "parent.child", { targetingKey: "u" })).toBe("off");
  });

  test("targets any of its targets, each with all of its tests, whatever the case of a country", () => {
    const imported = child({ targets: [{ localeCountry: "us", isReturningUser: false }, { localeCountry: "GB" }] });
    const contexts = [{ localeCountry: "US", isReturningUser: false }, { localeCountry: "US", isReturningUser: true }, { localeCountry: "gb" }, {}];
    expect(contexts.map((context) => variantOf(imported, "parent.child", context))).toEqual(["on", "off", "on", "off"]);
  });

  test("with a target nobody knows is off for that target alone", () => {
    const imported = child({ targets: [{ moonPhase: "full" }, { localeCountry: "GB" }] });
    expect([{ moonPhase: "full" }, { localeCountry: "GB" }].map((context) => variantOf(imported, "parent.child", context))).toEqual(["off", "on"]);
    expect(lossesOf(imported, "parent.child")).toContain("rule/parked");
  });

  test("with only targets that nobody knows is off for everybody", () => {
    expect(variantOf(child({ targets: [{ moonPhase: "full" }] }), "parent.child", { moonPhase: "full" })).toBe("off");
  });

  test("with cohorts is an experiment over their names", () => {
    const imported = child({
      rollout: { steps: [{ percent: 20 }] },
      cohorts: [
        { name: "control", weight: 1 },
        { name: "treatment", weight: 1 },
      ],
    });
    expect(formsOf(imported)["parent.child"]).toEqual({
      type: "string",
      variants: { off: "off", control: "control", treatment: "treatment" },
      rules: [
        {
          id: "imported-1",
          serve: {
            share: 20_000,
            of: [
              ["control", 50_000],
              ["treatment", 50_000],
            ],
          },
        },
      ],
    });
    expect(lossesOf(imported, "parent.child")).toEqual(["rule/reshuffled", "rule/experiment", "rule/reshuffled"]);
  });

  test("whose cohorts have no weight enrols nobody", () => {
    const imported = child({
      cohorts: [
        { name: "control", weight: 0 },
        { name: "treatment", weight: 0 },
      ],
    });
    expect(variantOf(imported, "parent.child", { targetingKey: "u" })).toBe("off");
  });

  test("that is disabled keeps what it waits with in a comment", () => {
    const imported = importing({
      parent: { state: "enabled", features: { child: { state: "disabled", rollout: { steps: [{ percent: 5 }] } } } },
    });
    expect(imported.files.get("flags/parent/child.yaml")).toContain('# {"rollout":{"steps":[{"percent":5}]}}');
  });
});

test("files of several platforms become one project whose keys begin with the platform", () => {
  const file = (state: string): string => JSON.stringify({ features: { sync: { state } } });
  const imported = importFlags(
    "duckduckgo",
    new Map([
      ["x/ddg-ios-override.json", file("enabled")],
      ["x/ddg-android-override.json", file("disabled")],
    ]),
  );
  expect([variantOf(imported, "ios.sync"), variantOf(imported, "android.sync")]).toEqual(["on", "off"]);
  expect(imported.losses.filter(({ code }) => code === "flag/key-prefixed")).toHaveLength(2);
});
