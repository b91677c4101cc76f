import { digestsEqual } from "../../crypto/encryption-at-rest.ts";
import { after, type Instant, MINUTE, SECOND } from "../../runtime/clock.ts";
import type { Services } from "../services.ts";
import type { UserPool } from "../user-pools/index.ts";
import type { UserImportJob } from "./user-import-job.ts";

/** Cognito's documentation: a link works for 15 minutes. */
const VALIDITY_SECONDS = (15 * MINUTE) / SECOND;

/** Where a job's file is uploaded to; the path that `PreSignedUrl` has below the server's own URL. */
export const UPLOAD_PATH = "/user-imports/";

/** What a link's query says; the names are those of S3's presigned URLs. */
interface LinkQuery {
  /** `yyyymmddThhmmssZ` */
  readonly date: string;
  /** Seconds. */
  readonly expires: string;
}

const compactDate = (instant: Instant): string => new Date(instant).toISOString().replace(/[-:]|\.\d+/g, "");

function parseCompactDate(text: string): Instant | null {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (!match) return null;
  const [, year, month, day, hour, minute, second] = match.map(Number);
  return Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second) as Instant;
}

const signature = (
  services: Pick<Services, "keyEncryptionKey">,
  userPoolId: string,
  jobId: string,
  { date, expires }: LinkQuery,
): Buffer => services.keyEncryptionKey.server.mac("import-upload", userPoolId, jobId, date, expires);

/** The job's `PreSignedUrl`: the same each time, so that it need not be stored. */
export function uploadLink(
  services: Pick<Services, "keyEncryptionKey" | "publicUrl">,
  pool: UserPool,
  job: UserImportJob,
): string {
  const query = { date: compactDate(job.createdAt), expires: String(VALIDITY_SECONDS) };
  const parameters = new URLSearchParams({
    "X-Amz-Date": query.date,
    "X-Amz-Expires": query.expires,
    "X-Amz-Signature": signature(services, pool.id, job.id, query).toString("hex"),
  });
  return `${services.publicUrl()}${UPLOAD_PATH}${pool.id}/${job.id}?${parameters}`;
}

/** What a link is good for. */
export type LinkReading =
  | { readonly kind: "valid" }
  | { readonly kind: "forged" }
  | { readonly kind: "expired"; readonly expiredAt: Instant; readonly validitySeconds: number };

/** Checks a link's signature, in constant time, and then its date. */
export function readUploadLink(
  services: Pick<Services, "keyEncryptionKey" | "clock">,
  userPoolId: string,
  jobId: string,
  parameters: URLSearchParams,
): LinkReading {
  const query = { date: parameters.get("X-Amz-Date") ?? "", expires: parameters.get("X-Amz-Expires") ?? "" };
  const given = Buffer.from(parameters.get("X-Amz-Signature") ?? "", "hex");
  const date = parseCompactDate(query.date);
  if (!digestsEqual(given, signature(services, userPoolId, jobId, query)) || date === null)
    return { kind: "forged" };
  const validitySeconds = Number(query.expires);
  const expiredAt = after(date, validitySeconds * SECOND);
  return expiredAt <= services.clock.now()
    ? { kind: "expired", expiredAt, validitySeconds }
    : { kind: "valid" };
}
