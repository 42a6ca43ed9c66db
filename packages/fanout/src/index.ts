export { Fanout } from "./fanout.ts";
export type { FanoutOptions } from "./fanout-options.ts";
export { noStore } from "./late-store.ts";
export { KillSigning } from "./relay/kill-signing.ts";
export type { Asset } from "./static-pages.ts";
export { Signing } from "./signing.ts";
