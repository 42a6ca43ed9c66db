export { SluiceProvider } from "./provider.ts";
