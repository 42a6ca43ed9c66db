export { clientIn } from "../client.ts";
export { type Asked, settle, TestPage } from "./test-page.ts";
