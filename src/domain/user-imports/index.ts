export { csvHeader } from "./csv-fields.ts";
export { type ImporterServices, LEASE_MS, runImport } from "./importer.ts";
export {
  createImportJob,
  requireImportJob,
  requireNoImport,
  startImportJob,
  stopImportJob,
} from "./job-control.ts";
export type { ClaimedImport, ImportLease, ImportLog, ImportLogPlace, UserImports } from "./ports.ts";
export { LARGEST_FILE_BYTES, receiveImportFile, type UploadResult } from "./upload.ts";
export { type LinkReading, readUploadLink, UPLOAD_PATH, uploadLink } from "./upload-link.ts";
export {
  COMPLETION,
  expiredBefore,
  type ImportFile,
  type ImportFileKey,
  type ImportProgress,
  jobAt,
  nextImportStatus,
  USER_IMPORT_TRANSITIONS,
  type UserImportJob,
  type UserImportJobKey,
} from "./user-import-job.ts";
