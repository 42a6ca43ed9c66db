export { withOneConnection } from "./with-one-connection.ts";
