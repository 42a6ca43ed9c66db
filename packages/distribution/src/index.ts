export { makeDemoRepository } from "./demo-repository.ts";
export { type Entries, findEntries } from "./entries.ts";
export { registerDev, registerServe } from "./serve.ts";
