export { type ReportingClient, type Tracked, withReports } from "./with-reports.ts";
