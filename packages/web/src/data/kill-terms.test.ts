import { expect, test } from "vitest";
import { incidentIn, namesIn, noTerms, saidIn, scopeIn } from "./kill-terms.ts";

test("a kill without terms is for everybody, everywhere", () => {
  expect(scopeIn(noTerms)).toBeUndefined();
  expect(scopeIn({ ...noTerms, customers: " , ", versions: "  " })).toBeUndefined();
  expect(saidIn(noTerms, "  ", 1_000)).toEqual({});
});

test("names stand with commas between, each once, and may have spaces in them", () => {
  expect(namesIn(" acme build, northgate ,,acme build")).toEqual(["acme build", "northgate"]);
});

test("what is filled in limits the kill, and nothing else does", () => {
  expect(scopeIn({ ...noTerms, customers: "acme", services: "web, worker", segment: "staff", versions: " >=2.0.0 " })).toEqual({
    customers: ["acme"],
    services: ["web", "worker"],
    segment: "staff",
    versions: ">=2.0.0",
  });
  expect(scopeIn({ ...noTerms, incident: "https://i.example/1", reviewHours: "4" })).toBeUndefined();
});

test("a review is so many hours after the press, and a reason is said without the spaces around it", () => {
  expect(saidIn({ ...noTerms, reviewHours: "4", incident: "i.example/1" }, " photos vanish ", 1_000)).toEqual({
    reason: "photos vanish",
    incident: "https://i.example/1",
    reviewAtMs: 14_401_000,
  });
});

test.each([
  ["https://incidents.example/7?a=b#c", "https://incidents.example/7?a=b#c"],
  ["http://incidents.example/7", "http://incidents.example/7"],
  [" incidents.example/7 ", "https://incidents.example/7"],
  ["https://störung.example/ü", "https://xn--strung-xxa.example/%C3%BC"],
  ["the database is on fire", undefined],
  ["INC-4711", undefined],
  ["javascript:alert(1)", undefined],
  ["javascript://incidents.example/%0aalert(1)", undefined],
  ["data:text/html,x", undefined],
  ["", undefined],
])("the incident %j is the link %j", (incident, link) => {
  expect(incidentIn({ incident })).toBe(link);
});
