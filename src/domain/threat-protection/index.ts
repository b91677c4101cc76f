export {
  type Assessment,
  assessSignIn,
  checkChosenPassword,
  type Evidence,
  recordFailure,
  recordVerdict,
  refused,
  requireAdmittedAddress,
  type SecondFactorDemand,
  type Verdict,
} from "./assessment.ts";
export { announceEvent, recordEvent, settleEvent } from "./auth-event.ts";
export { eventContext } from "./event-context.ts";
export { giveFeedback, requireFeedbackToken } from "./feedback.ts";
export type {
  AuthEvent,
  AuthEvents,
  ChallengeOutcome,
  EventContext,
  EventFeedback,
  RiskConfigurations,
  RiskSettings,
  StoredRiskSettings,
} from "./ports.ts";
export {
  checkedRiskSettings,
  configuredClient,
  customAuthMode,
  protectionMode,
  requireProtection,
} from "./risk-configuration.ts";
