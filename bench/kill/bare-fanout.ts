// The limit: a process that does nothing but write one prebuilt chunk to every socket that has said something.
import { createServer, type Socket } from "node:net";

const bytes = Number(process.argv[2]);
const sockets = new Set<Socket>();
/** As long as what is compared with it, and recognised by the same first bytes. */
const chunk = Buffer.from(`event: patch\ndata: ${"x".repeat(Math.max(0, bytes - 22))}\n\n`);
const server = createServer((socket) => {
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy());
  socket.once("close", () => sockets.delete(socket));
  socket.once("data", () => {
    sockets.add(socket);
    socket.write("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\nevent: hello\ndata: {}\n\n");
  });
});
server.listen(0, "127.0.0.1", 4_096, () => {
  const address = server.address();
  process.send?.({ port: typeof address === "object" && address !== null ? address.port : 0 });
});
process.on("message", () => {
  for (const socket of sockets) socket.write(chunk);
});
process.on("disconnect", () => process.exit(0));
