import { expect, test } from "vitest";
import { paint, withoutControls } from "./terminal.ts";

const coloured = { out: () => {}, say: () => {}, json: () => {}, colour: true };

test("what steers a terminal is shown as a mark, our own colours, lines and tabs stay", () => {
  expect(withoutControls("x\u001b[2J\u001b]0;title\u0007\u001b[8m\r\u0000\u009b\u202eabc")).toBe(
    "x\ufffd[2J\ufffd]0;title\ufffd\ufffd[8m\ufffd\ufffd\ufffd\ufffdabc",
  );
  expect(withoutControls(paint(coloured, "red", "Killed"))).toBe("\u001b[31mKilled\u001b[0m");
  expect(withoutControls("two\nlines\tétä 💩")).toBe("two\nlines\tétä 💩");
});
