import { DatabaseSync } from "node:sqlite";

/** Loaded before the server: makes its database commit without waiting for the disk, as a server must not. */
const { exec } = DatabaseSync.prototype;
DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string) {
  exec.call(this, sql.replace(/^pragma synchronous = full$/, "pragma synchronous = normal"));
};
