import { connect, createServer, type Socket } from "node:net";
import { freePort } from "./running.ts";

/** A link that can be cut, as a partition cuts it: nothing gets through, and nobody is told. */
export interface CuttingProxy {
  readonly url: string;
  /** `hang`: open connections stay and are deaf; `reset`: they end. New ones are refused either way. */
  cut(how: "hang" | "reset"): void;
  heal(): void;
  close(): Promise<void>;
}

export async function startCuttingProxy(to: string): Promise<CuttingProxy> {
  const { hostname, port } = new URL(to);
  const open = new Set<Socket>();
  let isCut = false;
  const server = createServer((from) => {
    if (isCut) return void from.destroy();
    const onward = connect(Number(port), hostname);
    const end = (): void => {
      for (const one of [from, onward]) {
        one.destroy();
        open.delete(one);
      }
    };
    for (const one of [from, onward]) {
      open.add(one);
      one.on("error", end);
      one.on("close", end);
    }
    // What comes while the link is cut is lost, as on a wire; the connection is good for nothing afterwards.
    from.on("data", (chunk) => !isCut && onward.write(chunk));
    onward.on("data", (chunk) => !isCut && from.write(chunk));
  });
  const listening = await freePort();
  await new Promise<void>((resolve) => server.listen(listening, "127.0.0.1", resolve));
  const endAll = (): void => {
    for (const one of open) one.destroy();
    open.clear();
  };
  return {
    url: `http://127.0.0.1:${listening}`,
    cut: (how) => {
      isCut = true;
      if (how === "reset") endAll();
    },
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
