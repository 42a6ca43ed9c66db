import { expect, test } from "vitest";
import { type ContentChange, contentChanges } from "./content-changes.ts";
import type { ReleaseContent } from "./release-content.ts";

const plan: ReleaseContent = {
  title: "Photos",
  owner: "priya",
  environment: "production",
  flags: [
    { flag: "site.photos", serve: "on" },
    { flag: "site.pins", serve: "small" },
  ],
  risk: "visible",
  zone: "Europe/Berlin",
  waves: [
    { name: "Early", audience: { tracks: ["early"] }, start: { atMs: 1_000 }, bakeMs: 10 },
    { name: "Everybody", audience: {}, start: { local: "2026-12-01T09:00" }, bakeMs: 0 },
  ],
  approvals: ["product"],
};
const [early, everybody] = plan.waves;
if (early === undefined || everybody === undefined) throw new Error("the plan has two waves");

const cases: readonly (readonly [what: string, after: ReleaseContent, changes: readonly ContentChange[]])[] = [
  ["the same plan, its lists made anew", { ...plan, flags: [...plan.flags], waves: [{ ...early, audience: { tracks: ["early"] } }, everybody] }, []],
  ["a title", { ...plan, title: "Pictures" }, [{ what: "title", from: "Photos", to: "Pictures" }]],
  ["a reason that was not there", { ...plan, why: "Asked for" }, [{ what: "why", from: "", to: "Asked for" }]],
  [
    "flags added, taken out and served otherwise",
    {
      ...plan,
      flags: [
        { flag: "site.photos", serve: "off" },
        { flag: "site.maps", serve: "on" },
      ],
    },
    [{ what: "flags", added: ["site.maps"], removed: ["site.pins"], served: ["site.photos"] }],
  ],
  [
    "a wave's start, audience and bake",
    { ...plan, waves: [{ ...early, start: { atMs: 2_000 }, audience: { tracks: ["early", "late"] }, bakeMs: 20 }, everybody] },
    [
      { what: "waveStart", wave: "Early", from: { atMs: 1_000 }, to: { atMs: 2_000 } },
      { what: "waveAudience", wave: "Early", from: { tracks: ["early"] }, to: { tracks: ["early", "late"] } },
      { what: "waveBake", wave: "Early", fromMs: 10, toMs: 20 },
    ],
  ],
  [
    "a wave in another's place",
    { ...plan, waves: [{ ...early, name: "Pilots" }, everybody] },
    [
      { what: "waveRemoved", wave: "Early" },
      { what: "waveAdded", wave: "Pilots" },
    ],
  ],
  ["waves in another order", { ...plan, waves: [everybody, early] }, [{ what: "waveOrder" }]],
  ["who is asked", { ...plan, approvals: ["marketing"] }, [{ what: "approvals", added: ["marketing"], removed: ["product"] }]],
  [
    "a version that must run",
    { ...plan, needs: [{ service: "site-api", version: "4.18.0" }] },
    [{ what: "needs", from: [], to: [{ service: "site-api", version: "4.18.0" }] }],
  ],
  ["open hours", { ...plan, openHours: { days: [1], fromMinute: 0, toMinute: 60 } }, [{ what: "openHours" }]],
  ["early access", { ...plan, earlyAccessFromMs: 5 }, [{ what: "earlyAccess" }]],
];

test.each(cases)("the difference of two plans names %s", (_what, after, changes) => {
  expect(contentChanges(plan, after)).toEqual(changes);
});
