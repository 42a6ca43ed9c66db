import { expect, test } from "vitest";
import { askedBody, commandBody, confirmBody, firstSignInBody, readBody, signInBody } from "./bodies.ts";

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
