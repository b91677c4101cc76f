import pg from "pg";
import { unescapeNul } from "../text.ts";

const OID = { bytea: 17, int8: 20, text: 25, varchar: 1043 } as const;

const defaultTypeParser = pg.types.getTypeParser.bind(pg.types) as (
  oid: number,
  format?: "text" | "binary",
) => (value: string) => unknown;

const parseBytes = (value: string): Uint8Array => {
  const buffer = defaultTypeParser(OID.bytea)(value) as Buffer;
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
};

/** For our own connections only: numbers are below 2^53, text comes without its escapes, bytes as in SQLite. */
export function getTypeParser(oid: number, format?: "text" | "binary") {
  if (format === "binary") return defaultTypeParser(oid, format);
  switch (oid) {
    case OID.int8:
      return Number;
    case OID.text:
    case OID.varchar:
      return unescapeNul;
    case OID.bytea:
      return parseBytes;
    default:
      return defaultTypeParser(oid, format);
  }
}
