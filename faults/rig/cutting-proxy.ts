import { connect, createServer, type Socket } from "node:net";
import { freePort } from "@sluice/ports/node";

/** A link that can be cut, as a partition cuts it: nothing gets through, and nobody is told. */
export interface CuttingProxy {
  readonly url: string;
  /** `hang`: open connections stay and are deaf; `reset`: they end. New ones are refused either way. */
  cut(how: "hang" | "reset"): void;
  /** Connections that are open now become half-open, as after a router forgot them: they stay, deaf on both sides. New ones work. How many there were. */
  deafen(): number;
  heal(): void;
  close(): Promise<void>;
}

/** Two sockets between which bytes pass until it is deaf. */
interface Passage {
  readonly ends: readonly [Socket, Socket];
  isDeaf: boolean;
}

export async function startCuttingProxy(to: string): Promise<CuttingProxy> {
  const { hostname, port } = new URL(to);
  const open = new Set<Passage>();
  let isCut = false;
  const server = createServer((from) => {
    if (isCut) return void from.destroy();
    const onward = connect(Number(port), hostname);
    const passage: Passage = { ends: [from, onward], isDeaf: false };
    open.add(passage);
    const end = (): void => {
      for (const one of passage.ends) one.destroy();
      open.delete(passage);
    };
    for (const one of passage.ends) {
      one.setNoDelay(true);
      one.on("error", end);
      one.on("close", end);
    }
    // What comes while the link is cut is lost, as on a wire; the connection is good for nothing afterwards.
    from.on("data", (chunk) => !passage.isDeaf && onward.write(chunk));
    onward.on("data", (chunk) => !passage.isDeaf && from.write(chunk));
  });
  const listening = await freePort();
  await new Promise<void>((resolve) => server.listen(listening, "127.0.0.1", resolve));
  const endAll = (): void => {
    for (const { ends } of open) for (const one of ends) one.destroy();
    open.clear();
  };
  const deafen = (): number => {
    for (const passage of open) passage.isDeaf = true;
    return open.size;
  };
  return {
    url: `http://127.0.0.1:${listening}`,
    cut: (how) => {
      isCut = true;
      if (how === "reset") endAll();
      else deafen();
    },
    deafen,
    heal: () => {
      isCut = false;
      endAll();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        endAll();
      }),
  };
}
