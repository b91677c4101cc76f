import { StorageError } from "../errors.ts";
import { migrations as allMigrations } from "../migrations/index.ts";
import type { Migration } from "../migrations/migration.ts";

/**
 * The migrations of these names, in order.
 * @throws StorageError `incompatible` when this program does not know one
 */
export function migrationsOf(names: readonly string[]): readonly Migration[] {
  const unknown = names.find((wanted) => !allMigrations.some(({ name }) => name === wanted));
  if (unknown)
    throw new StorageError(
      "incompatible",
      `The rows come from a newer version (migration ${unknown}). Use that version or a newer one.`,
    );
  return allMigrations.filter(({ name }) => names.includes(name));
}

export const notEmpty = (where: string, isEmpty: boolean): StorageError =>
  new StorageError(
    "misuse",
    isEmpty
      ? `The database at ${where} is of a newer schema than the rows. Give a new one; nothing was changed.`
      : `The database at ${where} is not empty. Give a new one; nothing was changed.`,
  );
