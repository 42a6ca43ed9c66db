export { derivedSecret } from "./derived-secret.ts";
export { type ClosableDisk, nodeDisk } from "./disk.ts";
export { freePort } from "./free-port.ts";
export { nodeHttpClient } from "./http-client.ts";
export { listen, type Listening, type ListenOptions, PortNotOpened } from "./http-server.ts";
export { keyedDigest } from "./keyed-digest.ts";
export { nodeLog } from "./log.ts";
export { nodeClock, nodeRandom, nodeTimers } from "./time.ts";
export { nodeWorld } from "./world.ts";
