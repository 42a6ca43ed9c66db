export { SluiceWebProvider, type SluiceWebOptions } from "./provider.ts";
