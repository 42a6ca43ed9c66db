import { describe, expect, test } from "vitest";
import { FRAME_BYTES_MAX, type StreamFrame, StreamParser } from "./stream.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function readAll(chunks: readonly Uint8Array[]): readonly StreamFrame[] {
  const parser = new StreamParser();
  return chunks.flatMap((chunk) => {
    const push = parser.push(chunk);
    if (!push.ok) throw new Error(push.problem);
    return push.frames;
  });
}

describe("the stream parser", () => {
  const cases: readonly (readonly [title: string, text: string, frames: readonly StreamFrame[]])[] = [
    ["reads event, data and id", "event: patch\nid: e1:4\ndata: {}\n\n", [{ event: "patch", id: "e1:4", data: "{}" }]],
    ["names a frame without event message", "data: a\n\n", [{ event: "message", data: "a" }]],
    ["joins data lines with a line feed", "data: a\ndata: b\n\n", [{ event: "message", data: "a\nb" }]],
    ["takes away one space after the colon only", "data:  a\n\n", [{ event: "message", data: " a" }]],
    ["reads fields without space or colon", "data:a\nevent\ndata\n\n", [{ event: "message", data: "a\n" }]],
    ["leaves comments out", ": ping\n\ndata: a\n: more\n\n", [{ event: "message", data: "a" }]],
    ["dispatches nothing for a frame without data", "event: patch\n\ndata: a\n\n", [{ event: "message", data: "a" }]],
    ["drops a frame that the end cuts off", "data: a\n\ndata: b\n", [{ event: "message", data: "a" }]],
    ["reads CR and CRLF as line ends", "data: a\r\rdata: b\r\n\r\ndata: c\n\n", ["a", "b", "c"].map((data) => ({ event: "message", data }))],
    ["ignores unknown fields and a byte order mark", "\uFEFFdata: a\nretry: 5\nfoo: b\n\n", [{ event: "message", data: "a" }]],
    ["keeps letters of several bytes", "data: Zürich 🏗️ 東京\n\n", [{ event: "message", data: "Zürich 🏗️ 東京" }]],
  ];
  test.each(cases)("%s", (_, text, frames) => {
    expect(readAll([bytes(text)])).toEqual(frames);
  });

  test.each(cases)("%s, whatever two places the bytes are cut at", (_, text, frames) => {
    const whole = bytes(text);
    for (let a = 0; a <= whole.length; a += 1) {
      for (let b = a; b <= whole.length; b += 1) {
        expect(readAll([whole.subarray(0, a), whole.subarray(a, b), whole.subarray(b)])).toEqual(frames);
      }
    }
  });

  test("a frame of exactly the limit passes and one byte more does not", () => {
    const dataOf = (length: number): Uint8Array => bytes(`data: ${"x".repeat(length - 6)}\n\n`);
    expect(new StreamParser().push(dataOf(FRAME_BYTES_MAX))).toMatchObject({ ok: true });
    expect(new StreamParser().push(dataOf(FRAME_BYTES_MAX + 1))).toMatchObject({ ok: false });
  });

  test("a line that never ends is refused before it fills the memory", () => {
    const parser = new StreamParser();
    const chunk = new Uint8Array(1 << 20).fill(120);
    const answers = Array.from({ length: 9 }, () => parser.push(chunk).ok);
    expect(answers).toEqual([true, true, true, true, true, true, true, true, false]);
  });

  test("many small lines without an empty one are refused at the limit", () => {
    const parser = new StreamParser();
    const chunk = bytes(":".padEnd(1023, "c").concat("\n").repeat(1024));
    let pushes = 0;
    while (parser.push(chunk).ok) pushes += 1;
    expect(pushes).toBe(8);
  });
});
