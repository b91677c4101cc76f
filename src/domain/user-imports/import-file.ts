import type { Services } from "../services.ts";
import type { UserPool } from "../user-pools/index.ts";
import type { ImportFileKey } from "./user-import-job.ts";

/** Bytes of a file that are stored together. */
export const CHUNK_BYTES = 64 * 1024;

type SealServices = Pick<Services, "keyEncryptionKey">;

const dataKey = ({ keyEncryptionKey }: SealServices, pool: UserPool) =>
  keyEncryptionKey.dataKey(pool.id, pool.wrappedDataKey);
const place = (file: ImportFileKey, ordinal: number): string => `user_import_chunk|${file}|${ordinal}`;

export const sealChunk = (
  services: SealServices,
  pool: UserPool,
  file: ImportFileKey,
  ordinal: number,
  bytes: Uint8Array,
): Uint8Array => dataKey(services, pool).seal("import-file", place(file, ordinal), bytes);

/** The file from that byte on, piece by piece. */
export async function* readFrom(
  services: SealServices & Pick<Services, "store">,
  pool: UserPool,
  file: ImportFileKey,
  offset: number,
): AsyncGenerator<Uint8Array> {
  for (let ordinal = Math.floor(offset / CHUNK_BYTES); ; ordinal++) {
    const sealed = await services.store.userImports.chunk(file, ordinal);
    if (!sealed) return;
    const bytes = dataKey(services, pool).open("import-file", place(file, ordinal), sealed);
    yield bytes.subarray(Math.max(0, offset - ordinal * CHUNK_BYTES));
  }
}
