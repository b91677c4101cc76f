export type {
  AuthEvent,
  AuthEvents,
  EventFeedback,
  RiskConfigurations,
  RiskSettings,
  StoredRiskSettings,
} from "./ports.ts";
export { checkedRiskSettings, configuredClient, requireProtection } from "./risk-configuration.ts";
