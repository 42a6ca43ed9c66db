// For drills that open the adapter with other settings than the product's; everybody else opens a store by its URL.
export { SqlStore } from "../sql-store.ts";
export { SqliteDatabase, type SqliteOptions } from "./sqlite-database.ts";
