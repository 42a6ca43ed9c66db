import { Socket } from "node:net";
import { expect, test } from "vitest";
import { FrontDoor } from "./front-door.ts";

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** A door, who was let in by it, in order, and its clock. */
function openDoor(): { readonly door: FrontDoor; readonly letIn: number[]; readonly sockets: Socket[]; knock(count: number): void; nowMs: number } {
  const letIn: number[] = [];
  const sockets: Socket[] = [];
  const at = { nowMs: 0 };
  const door = new FrontDoor(
    (socket) => letIn.push(sockets.indexOf(socket)),
    () => at.nowMs,
  );
  const knock = (count: number): void => {
    for (; count > 0; count -= 1) {
      const socket = new Socket();
      sockets.push(socket);
      door.knock(socket);
    }
  };
  return Object.assign(at, { door, letIn, sockets, knock });
}

const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: Math.abs(to - from) + 1 }, (_, index) => from + Math.sign(to - from) * index);

test("thirty-two are let in in one turn, and of those who wait the newest come first", async () => {
  const { letIn, knock } = openDoor();
  knock(100);
  expect(letIn).toEqual(range(0, 31));
  await turn();
  expect(letIn).toEqual([...range(0, 31), ...range(99, 68)]);
  knock(1);
  await turn();
  expect(letIn.slice(64)).toEqual([100, ...range(67, 37)]);
  await turn();
  expect(letIn.toSorted((a, b) => a - b)).toEqual(range(0, 100));
});

test("whoever comes to a door at which nobody waits is let in at once", async () => {
  const { letIn, knock } = openDoor();
  for (let index = 0; index < 3; index += 1) {
    knock(1);
    expect(letIn).toEqual(range(0, index));
    await turn();
    await turn();
  }
});

test("whoever has waited for ten seconds is let go, and whoever has gone is not let in", async () => {
  const at = openDoor();
  at.knock(72);
  at.sockets[70]?.destroy();
  at.nowMs = 10_001;
  at.knock(1);
  await turn();
  expect(at.letIn).toEqual([...range(0, 31), 72]);
  expect(at.sockets.map(({ destroyed }) => destroyed)).toEqual(at.sockets.map((_, index) => index >= 32 && index < 72));
});
