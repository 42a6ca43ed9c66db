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
    (_method, path) => path.startsWith("/sdk/"),
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

test("the first is let in at once, and when no more come thirty-two in a turn, the newest first", async () => {
  const { letIn, knock } = openDoor();
  knock(100);
  expect(letIn).toEqual([0]);
  // This turn has brought some, and the next may bring more.
  await turn();
  expect(letIn).toEqual([0]);
  await turn();
  expect(letIn.slice(1)).toEqual(range(99, 68));
  knock(1);
  await turn();
  expect(letIn).toHaveLength(33);
  await turn();
  expect(letIn.slice(33)).toEqual([100, ...range(67, 37)]);
  await turn();
  await turn();
  expect(letIn.toSorted((a, b) => a - b)).toEqual(range(0, 100));
});

test("while each turn brings another, one of thirty-two turns lets in the newest, and the others nobody", async () => {
  const { letIn, sockets, knock } = openDoor();
  const at: number[] = [];
  for (let turns = 1; turns <= 100; turns += 1) {
    const before = letIn.length;
    knock(1);
    await turn();
    if (turns > 1 && letIn.length > before) at.push(turns);
  }
  expect(at).toEqual([32, 64, 96]);
  expect(letIn).toEqual([0, 31, 63, 95]);
  // Whoever comes last, a kill perhaps, is next.
  await turn();
  expect(letIn[4]).toBe(sockets.length - 1);
});

test("whoever asks for what may not wait comes before all who may, wherever it stands, and no turn is full of others", async () => {
  const { letIn, sockets, knock } = openDoor();
  const say = (index: number, text: string): void => void sockets[index]?.emit("data", Buffer.from(text));
  knock(50);
  say(10, "GET /sdk/v1/stream HTTP/1.1\r\n");
  say(20, "POST /api/kills HTTP/1.1\r\nhost: sluice\r\n");
  say(30, "not a request at all");
  say(40, "POST /api/kills/k1/lift?x HTTP/1.1\r\n");
  // The next may come behind this turn: nobody else is let in yet.
  await turn();
  expect(letIn).toEqual([0, 20, 40]);
  // What was looked at is there for whoever reads the connection.
  expect(String(sockets[20]?.read())).toBe("POST /api/kills HTTP/1.1\r\nhost: sluice\r\n");
  knock(100);
  for (let index = 50; index < 150; index += 1) say(index, "POST /api/kills HTTP/1.1\r\n");
  await turn();
  expect(letIn.slice(3)).toEqual(range(50, 81));
  await turn();
  expect(letIn.slice(35)).toEqual(range(82, 113));
});

test("where turns take long fewer are let in, down to one, and more again where they do not", async () => {
  const at = openDoor();
  at.knock(200);
  await turn();
  await turn();
  const sizes: number[] = [];
  for (const ms of [11, 11, 11, 11, 11, 11, 11, 10, 10, 10]) {
    const before = at.letIn.length;
    at.nowMs += ms;
    await turn();
    sizes.push(at.letIn.length - before);
  }
  expect(sizes).toEqual([16, 8, 4, 2, 1, 1, 1, 2, 3, 4]);
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
  await turn();
  at.sockets[40]?.destroy();
  at.nowMs = 10_001;
  at.knock(1);
  await turn();
  await turn();
  // One that had gone took nobody's place; those who could not be looked at in one turn are in the next.
  expect(at.letIn).toEqual([0, 72]);
  expect(at.sockets.map(({ destroyed }) => destroyed)).toEqual(at.sockets.map((_, index) => index >= 1 && index < 72));
});
