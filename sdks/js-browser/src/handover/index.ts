export { handoverHtml, readHandover } from "./handover-html.ts";
export { withHandover } from "./with-handover.ts";
