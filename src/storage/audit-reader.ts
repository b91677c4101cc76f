import { existsSync } from "node:fs";
import type { AuditTrail } from "../domain/audit/index.ts";
import type { ServerKeys } from "../domain/server-keys/index.ts";
import { SqliteConnection } from "./drivers/sqlite-connection.ts";
import { StorageError } from "./errors.ts";
import { type DialectName, queryBuilder } from "./query.ts";
import { AuditRepository, auditStatements } from "./repositories/audit.ts";
import { ServerKeyRepository, serverKeyStatements } from "./repositories/server-keys.ts";
import type { Session } from "./session.ts";

/** An audit trail for those who only look at it, also while servers write. */
export interface AuditReader {
  readonly trail: AuditTrail;
  readonly serverKeys: ServerKeys;
  close(): Promise<void>;
}

const readOnly = (): never => {
  throw new StorageError("misuse", "An audit trail that was opened for reading cannot be written.");
};

function readingSession(read: Session["read"]): Session {
  const session: Session = { read, write: async () => readOnly(), atomically: (work) => work(session) };
  return session;
}

function repositories(session: Session, dialect: DialectName) {
  const builder = queryBuilder(dialect);
  return {
    trail: new AuditRepository(session, auditStatements(builder)),
    serverKeys: new ServerKeyRepository(session, serverKeyStatements(builder)),
  };
}

/** @throws StorageError when there is no database of this version */
export function openSqliteAudit(file: string): AuditReader {
  if (!existsSync(file)) throw new StorageError("unavailable", `There is no database at ${file}.`);
  const connection = new SqliteConnection(file, "read");
  const session = readingSession(async (query) => connection.execute(query).rows);
  return {
    ...repositories(session, "sqlite"),
    close: async () => connection.close(),
  };
}

/** @throws StorageError when the database cannot be reached */
export async function openPostgresAudit(url: string): Promise<AuditReader> {
  const { connectPatiently, rowsOf } = await import("./drivers/postgres-client.ts");
  const client = await connectPatiently(url);
  const session = readingSession(({ sql, values }) => rowsOf(client, sql, values));
  return {
    ...repositories(session, "postgres"),
    close: () => client.end(),
  };
}
