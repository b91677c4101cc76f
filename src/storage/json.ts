import { StorageError } from "./errors.ts";

/** Reads a JSON column. We wrote it, so what does not parse is damage, of which the text itself is not shown. */
export function fromJson<T>(text: string): T {
  try {
    return JSON.parse(text);
  } catch {
    throw new StorageError("damaged", "A row in the database is damaged: a column does not hold JSON.");
  }
}
