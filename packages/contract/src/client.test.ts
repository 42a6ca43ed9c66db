import type { HttpClient, HttpRequest } from "@sluice/ports";
import { describe, expect, test } from "vitest";
import { createClient, NotSluice } from "./client.ts";

interface Heard {
  last?: HttpRequest;
}

function answering(status: number, body: unknown, heard: Heard = {}): HttpClient {
  return {
    request: async (request) => {
      heard.last = request;
      return { status, headers: {}, body: new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body)) };
    },
    stream: () => ({ close: () => {} }),
  };
}
const KILLED = { kill: "k1", flags: ["shop.checkout"], emergency: false, undoUntilMs: 5, seq: 2, somethingNewer: true };

describe("the client", () => {
  test("says who it is, escapes what it puts into an address, and sends the body as JSON", async () => {
    const heard: Heard = {};
    const client = createClient(answering(201, KILLED, heard), "http://host:7420//", { bearer: "slk_operator_x" });
    await client.kill({ command: "12345678", environment: "production", flags: ["a"] });
    expect({ ...heard.last, body: new TextDecoder().decode(heard.last?.body) }).toMatchObject({
      method: "POST",
      url: "http://host:7420/api/kills",
      headers: { authorization: "Bearer slk_operator_x" },
      body: '{"command":"12345678","environment":"production","flags":["a"]}',
    });
    await createClient(answering(200, { seq: 3 }, heard), "http://h", { cookie: "browser" }).lift("k/1 ?", { command: "12345678" });
    expect(heard.last?.url).toBe("http://h/api/kills/k%2F1%20%3F/lift");
    expect(heard.last?.headers).toMatchObject({ "sluice-request": "1" });
    expect(heard.last?.headers).not.toHaveProperty("authorization");
    await createClient(answering(200, { events: [] }, heard), "http://h", { cookie: "browser" }).events({ after: 0 });
    expect(heard.last?.url).toBe("http://h/api/events?after=0");
  });

  test("gives what was answered, newer fields included, or the problem in the server's words", async () => {
    expect(await createClient(answering(201, KILLED), "http://h", { bearer: "x" }).kill({ command: "12345678", environment: "p", flags: ["a"] })).toEqual({
      ok: true,
      value: KILLED,
    });
    const error = { code: "unknownFlag", message: "There is no flag.", fix: "Did you mean b?", field: "flags" };
    expect(await createClient(answering(404, { error }), "http://h", { bearer: "x" }).me()).toEqual({ ok: false, problem: { status: 404, ...error } });
  });

  test("takes a health answer of 503 as the answer it is", async () => {
    const health = { status: "starting", fanout: { emergencyKillsWaiting: 0 }, api: { reachable: false }, store: { ok: true } };
    expect(await createClient(answering(503, health), "http://h", { bearer: "x" }).health()).toEqual({ ok: true, value: health });
  });

  test("says when somebody else answers", async () => {
    for (const body of ["<html>", { kill: 5 }, []]) {
      await expect(createClient(answering(200, body), "http://h", { bearer: "x" }).receipt("k1")).rejects.toBeInstanceOf(NotSluice);
    }
  });
});
