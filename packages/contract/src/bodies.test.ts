import { expect, test } from "vitest";
import { askedBody, commandBody, confirmBody, firstSignInBody, killBody, readBody, signInBody } from "./bodies.ts";

const bytes = (body: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(body));

test.each([["command\u0000one"], ["command\ud800one"], ["command one"], ["command-\u00e9"], ["\u001b[31mcommand"], ["seven-7"], ["x".repeat(101)]])(
  "a command that some database or hash would not keep as it is, is refused: %j",
  (command) => {
    const read = readBody(commandBody, bytes({ command }));
    expect(read.ok ? "taken" : [read.problem.code, read.problem.field]).toEqual(["badRequest", "command"]);
  },
);

test.each(["01234567", "cli-0a1b2c", "adopt-4f2~x.y/z:1@h", "3f2504e0-4f89-41d3-9a0c-0305e82c3301"])(
  "a command of printable characters is taken: %s",
  (command) => {
    expect(readBody(commandBody, bytes({ command }))).toEqual({ ok: true, value: { command } });
  },
);

test("a key that no flag can have does not keep the others from being noted", () => {
  const confirm = readBody(confirmBody, bytes({ instance: "i", epoch: "e", seq: 1, asked: ["a.b", "a\u0000b", "a\ud800b", "línea"] }));
  expect(confirm.ok && confirm.value.asked).toEqual(["a.b", "línea"]);
  const asked = readBody(askedBody, bytes({ environment: "production", keys: ["a\u0000", "a.b"] }));
  expect(asked.ok && asked.value.keys).toEqual(["a.b"]);
});

test("names and addresses with control characters are refused before anything is spent on them", () => {
  const first = { once: "0123456789abcdef", email: "a@example.com", name: "A\u0000", password: "0123456789ab" };
  expect(readBody(firstSignInBody, bytes(first)).ok).toBe(false);
  expect(readBody(firstSignInBody, bytes({ ...first, name: "Zoë 李" })).ok).toBe(true);
  expect(readBody(signInBody, bytes({ email: "a\u0000@example.com", password: "x" })).ok).toBe(false);
});

test("an incident is a link of the web, and nothing that a browser would run or could not open", () => {
  const read = (incident: string): unknown => {
    const body = readBody(killBody, bytes({ command: "command-1", environment: "production", flags: ["a.b"], incident }));
    return body.ok ? body.value.incident : [body.problem.field, body.problem.message];
  };
  for (const taken of ["https://incidents.example/7", "http://pager.internal:8080/i?id=7#now"]) expect(read(taken)).toBe(taken);
  for (const not of ["javascript:alert(1)", "data:text/html,x", "INC-7", "https://a b", "https://a/\u202e", " https://a.example", "//a.example"])
    expect(read(not), not).toEqual(["incident", "incident: is no link: one begins with https:// or http:// and has no spaces."]);
  for (const not of ["https://[", "http://a:99999999/"]) expect(read(not), not).toEqual(["incident", "incident: is no address that could be opened."]);
});
