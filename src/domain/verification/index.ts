export { countAttempt, type LimitedAction } from "./hourly-limits.ts";
export type { AttemptCounts, CodePurpose, StoredCode, VerificationCodes } from "./ports.ts";
export {
  type CodeServices,
  checkCode,
  codeSessionMs,
  consumeCode,
  pretendToSendCode,
  randomCode,
  refuseImaginedCode,
  sendCode,
  verificationPurpose,
} from "./verification-code.ts";
