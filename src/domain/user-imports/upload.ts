import { after, HOUR } from "../../runtime/clock.ts";
import type { Services } from "../services.ts";
import type { UserPool } from "../user-pools/index.ts";
import { LineCounter } from "./csv-lines.ts";
import { CHUNK_BYTES, sealChunk } from "./import-file.ts";
import { type ImportFile, type ImportFileKey, jobAt, type UserImportJob } from "./user-import-job.ts";

/** Cognito's documentation: 100 MB. */
export const LARGEST_FILE_BYTES = 100 * 1024 * 1024;
/** A link works for a quarter of an hour, and an upload that began within it for as long again. */
const DISCARD_UPLOAD_AFTER_MS = HOUR;

export type UploadResult =
  | { readonly kind: "stored" }
  /** No such job, or one that is started or over. */
  | { readonly kind: "refused" }
  | { readonly kind: "too-large" };

type UploadServices = Pick<Services, "store" | "clock" | "identifiers" | "keyEncryptionKey">;

/** Stores the file chunk by chunk, holding one at a time; null when it is too large. */
async function storeChunks(
  services: UploadServices,
  pool: UserPool,
  file: ImportFileKey,
  body: AsyncIterable<Uint8Array>,
): Promise<ImportFile | null> {
  const counter = new LineCounter();
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let bytes = 0;
  let ordinal = 0;
  const storeChunk = async (chunk: Uint8Array) => {
    const sealed = sealChunk(services, pool, file, ordinal, chunk);
    await services.store.userImports.addChunk(file, ordinal++, sealed);
  };
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > LARGEST_FILE_BYTES) return null;
    counter.push(piece);
    waiting.push(piece);
    waitingBytes += piece.length;
    if (waitingBytes < CHUNK_BYTES) continue;
    let rest: Uint8Array = Buffer.concat(waiting, waitingBytes);
    for (; rest.length >= CHUNK_BYTES; rest = rest.subarray(CHUNK_BYTES))
      await storeChunk(rest.subarray(0, CHUNK_BYTES));
    waiting = rest.length > 0 ? [Buffer.from(rest)] : [];
    waitingBytes = rest.length;
  }
  if (waitingBytes > 0) await storeChunk(Buffer.concat(waiting, waitingBytes));
  return { key: file, rows: Math.max(0, counter.lines - 1) };
}

const isOpen = (job: UserImportJob | null, { clock }: UploadServices): job is UserImportJob =>
  job !== null && jobAt(job, clock.now()).status === "Created";

/** Puts the file in place of the one that was there. */
async function attach(
  services: UploadServices,
  pool: UserPool,
  jobId: string,
  file: ImportFile,
): Promise<boolean> {
  const now = services.clock.now();
  return services.store.transaction(async ({ userImports }) => {
    const job = await userImports.lock(pool.key, jobId);
    if (!isOpen(job, services) || !(await userImports.keepFile(file.key))) return false;
    if (job.file) await userImports.discardFile(job.file, now);
    await userImports.save({ ...job, file });
    return true;
  });
}

/**
 * Takes a job's CSV file. It is the job's once all of it is stored; until then, and when the body breaks off, the job keeps the one
 * before. Whoever calls has checked the link.
 */
export async function receiveImportFile(
  services: UploadServices,
  userPoolId: string,
  jobId: string,
  body: AsyncIterable<Uint8Array>,
): Promise<UploadResult> {
  const pool = await services.store.userPools.find(userPoolId);
  const job = pool && (await services.store.userImports.find(pool.key, jobId));
  if (!pool || !isOpen(job, services)) return { kind: "refused" };
  const { userImports } = services.store;
  const key = services.identifiers.key() as ImportFileKey;
  await userImports.beginFile(key, job.key, after(services.clock.now(), DISCARD_UPLOAD_AFTER_MS));
  let isKept = false;
  try {
    const file = await storeChunks(services, pool, key, body);
    if (!file) return { kind: "too-large" };
    isKept = await attach(services, pool, jobId, file);
    return { kind: isKept ? "stored" : "refused" };
  } finally {
    if (!isKept) await userImports.discardFile({ key, rows: 0 }, services.clock.now());
  }
}
