export { Fanout, type FanoutOptions } from "./fanout.ts";
export type { Asset } from "./static-pages.ts";
export { Signing } from "./signing.ts";
