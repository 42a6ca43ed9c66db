// @vitest-environment jsdom
import { withFlags } from "@sluice/react/testing";
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { Diary } from "./diary.tsx";

const fetchToken = async (): Promise<undefined> => undefined;
afterEach(cleanup);

test("photos are pinned to the plan where the flag is on", () => {
  const flags = { "web.photo-pins": true, "web.week-view": false };
  const { rerender } = render(withFlags(flags, <Diary fetchToken={fetchToken} />));
  screen.getByText("Photos are on the plan.");

  // As by a kill.
  rerender(withFlags({ ...flags, "web.photo-pins": false }, <Diary fetchToken={fetchToken} />));
  expect(screen.getByText("Photos are in the list.").tagName).toBe("P");
});

test("a flag that the test does not name fails it", () => {
  const flags = { "web.photo-pin": true, "web.week-view": false };
  expect(() => render(withFlags(flags, <Diary fetchToken={fetchToken} />))).toThrow('Did you mean "web.photo-pin"?');
});
