import { describe, expect, test } from "vitest";
import { errorStatus, problems } from "./error-catalogue.ts";
import { killBody, readBody } from "./bodies.ts";
import { findRoute, mayWait, routes } from "./routes.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("the route table", () => {
  test("opens to the public exactly what is listed here", () => {
    expect(routes.filter((route) => route.audience.who === "public").map((route) => `${route.method} ${route.path}`)).toEqual([
      "POST /hooks/git",
      "POST /hooks/github",
      "GET /health",
    ]);
    expect(routes.filter((route) => route.audience.who === "visitor").map((route) => `${route.method} ${route.path}`)).toEqual([
      "POST /api/sign-in",
      "POST /api/first-sign-in",
    ]);
  });

  test("says of every route who may use it, how large its body may be, and what the body is", () => {
    for (const route of routes) {
      const name = `${route.method} ${route.path}`;
      expect(["public", "visitor", "sdkKey", "browser", "person", "internal", "relay", "trigger"], name).toContain(route.audience.who);
      expect(route.maxBodyBytes > 0, name).toBe(route.method === "POST");
      expect(route.request !== undefined, name).toBe(
        route.method === "POST" && !["/hooks/git", "/hooks/github", "/triggers/:name", "/api/sign-out", "/internal/v1/appended"].includes(route.path),
      );
    }
    expect(routes.filter((route) => route.audience.who === "trigger").map((route) => `${route.method} ${route.path}`)).toEqual(["POST /triggers/:name"]);
    expect(routes.filter((route) => route.path.startsWith("/sdk/")).every((route) => route.audience.who === "sdkKey")).toBe(true);
    expect(routes.filter((route) => route.path.startsWith("/relay/")).every((route) => route.audience.who === "relay" && route.by === "fanout")).toBe(true);
    expect(routes.filter((route) => route.audience.who === "browser").map((route) => `${route.method} ${route.path}`)).toEqual([
      "GET /browser/v1/answers",
      "GET /browser/v1/early-access",
      "POST /browser/v1/early-access",
      "POST /browser/v1/telemetry",
      "GET /browser/v1/stream",
    ]);
    expect(routes.filter((route) => route.path.startsWith("/internal/")).every((route) => route.audience.who === "internal" && route.by === "api")).toBe(true);
  });

  test("names each method and path once", () => {
    const all = routes.map((route) => `${route.method} ${route.path.replaceAll(/:[a-z]+/g, ":x")}`);
    expect(new Set(all).size).toBe(all.length);
  });

  test("finds a route and decodes its values", () => {
    expect(findRoute("GET", "/api/flags/site%20diary.photo")?.values).toEqual({ key: "site diary.photo" });
    expect(findRoute("POST", "/api/kills/k1/lift")?.route.path).toBe("/api/kills/:id/lift");
  });

  test("programs and pages may wait, and nobody else, least of all whoever kills", () => {
    const all = routes.filter(({ method, path }) => mayWait(method, path.replaceAll(/:[a-z]+/gi, "x")));
    expect(new Set(all.map(({ audience }) => audience.who))).toEqual(new Set(["sdkKey", "browser"]));
    expect([mayWait("OPTIONS", "/browser/v1/stream"), mayWait("OPTIONS", "/browser/v1/telemetry"), mayWait("OPTIONS", "/api/kills")]).toEqual([
      true,
      true,
      false,
    ]);
    for (const path of ["/api/kills", "/triggers/pager", "/relay/v1/kills", "/api/kills/k1/lift"]) expect(mayWait("POST", path), path).toBe(false);
    for (const path of ["/", "/assets/console.js", "/health", "/sdk/v1/streams"]) expect(mayWait("GET", path), path).toBe(false);
  });

  test("matches no other spelling of a path", () => {
    for (const path of [
      "/api//me",
      "/api/./me",
      "/api/../api/me",
      "/API/me",
      "/api/me/",
      "/api/me;x",
      "/api%2fme",
      "/api/flags/a%2Fb",
      "/api/flags/..",
      "/api/flags/..\\..\\internal\\v1\\feed",
      "/api/flags/",
      "/api/flags/%",
      "api/me",
      "",
    ]) {
      expect(findRoute("GET", path), path).toBeUndefined();
    }
  });
});

describe("bodies", () => {
  test("name the field that is wrong and give what to do", () => {
    expect(readBody(killBody, bytes('{"command":"12345678","environment":"production","flags":[]}'))).toMatchObject({
      ok: false,
      problem: { code: "badRequest", field: "flags" },
    });
    expect(readBody(killBody, bytes('{"command":"12345678","environment":"production","flags":["a"],"role":"admin"}')).ok).toBe(false);
    expect(readBody(killBody, bytes("{nonsense"))).toMatchObject({ problem: { message: "The body is not JSON." } });
    expect(readBody(killBody, Uint8Array.of(0xff)).ok).toBe(false);
    expect(readBody(killBody, bytes('{"command":"12345678","environment":"production","flags":["a"]}')).ok).toBe(true);
  });
});

test("every problem with fixed words has a status and says what to do", () => {
  for (const problem of Object.values(problems)) {
    expect(errorStatus[problem.code]).toBeGreaterThanOrEqual(400);
    expect(problem.fix.length).toBeGreaterThan(10);
  }
});
