import type { AuthEventType } from "../../api/generated/shapes.ts";
import type { AuthEvent } from "../../domain/threat-protection/index.ts";
import { timestamp } from "./timestamp.ts";

export const authEventType = ({ risk, context, feedback, ...event }: AuthEvent): AuthEventType => ({
  EventId: event.id,
  EventType: event.type,
  CreationDate: timestamp(event.createdAt),
  EventResponse: event.response,
  EventRisk: {
    RiskDecision: risk.decision,
    ...(risk.level ? { RiskLevel: risk.level } : {}),
    CompromisedCredentialsDetected: risk.compromised,
  },
  ChallengeResponses: event.challenges.map(({ name, result }) => ({
    ChallengeName: name,
    ChallengeResponse: result,
  })),
  EventContextData: {
    ...(context.ipAddress ? { IpAddress: context.ipAddress } : {}),
    DeviceName: context.deviceName,
    ...(context.timezone ? { Timezone: context.timezone } : {}),
    ...(context.city ? { City: context.city } : {}),
    ...(context.country ? { Country: context.country } : {}),
  },
  ...(feedback
    ? {
        EventFeedback: {
          FeedbackValue: feedback.value,
          Provider: feedback.provider,
          FeedbackDate: timestamp(feedback.at),
        },
      }
    : {}),
});
