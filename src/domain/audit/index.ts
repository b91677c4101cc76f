export type { Checkpoint, Segment } from "./chain.ts";
export {
  accessKeyDeleted,
  accessKeyMade,
  type CredentialEvent,
  policiesChanged,
  principalDeleted,
  principalMade,
  recordingCredentials,
  trustChanged,
} from "./credential-events.ts";
export type { AuditPosition, AuditQuery, AuditTrail, FoundRecord } from "./ports.ts";
export {
  ANONYMOUS,
  type AuditError,
  type AuditedCall,
  type AuditRecord,
  type AuditSubject,
  auditRecord,
  type Principal,
  USER_POOL_API,
} from "./record.ts";
export { AuditRecorder, type CallAudit } from "./recorder.ts";
export { AuditSealer } from "./sealer.ts";
export { watching } from "./subject.ts";
export { type Verdict, verifyTrail } from "./verify.ts";
