import type {
  ChallengeName,
  ChallengeResponse,
  EventResponseType,
  EventType,
  FeedbackValueType,
  RiskConfigurationType,
  RiskDecisionType,
  RiskLevelType,
} from "../../api/generated/shapes.ts";
import type { Instant } from "../../runtime/clock.ts";
import type { PoolKey } from "../user-pools/index.ts";
import type { UserKey } from "../users/index.ts";

/** What a pool or one of its clients does about risk, in the API's own shape. */
export type RiskSettings = Pick<
  RiskConfigurationType,
  | "CompromisedCredentialsRiskConfiguration"
  | "AccountTakeoverRiskConfiguration"
  | "RiskExceptionConfiguration"
>;

export interface StoredRiskSettings {
  readonly settings: RiskSettings;
  readonly modifiedAt: Instant;
}

export interface RiskConfigurations {
  /** @param clientId null for the pool's own */
  find(poolKey: PoolKey, clientId: string | null): Promise<StoredRiskSettings | null>;
  /** The pool's and the client's in one read. */
  both(
    poolKey: PoolKey,
    clientId: string,
  ): Promise<{ readonly pool: RiskSettings | null; readonly client: RiskSettings | null }>;
  /** Puts the settings in place of earlier ones. */
  put(poolKey: PoolKey, clientId: string | null, stored: StoredRiskSettings): Promise<void>;
}

/** What came of one challenge of an event. */
export interface ChallengeOutcome {
  readonly name: ChallengeName;
  readonly result: ChallengeResponse;
}

/** Where an event came from, as far as the caller let on. */
export interface EventContext {
  readonly ipAddress: string | null;
  /** `Chrome 126, Windows 10`; `Other, Other` where nothing is known. */
  readonly deviceName: string;
  /** Digest of what the client says of its device; null where it says nothing. */
  readonly deviceId: string | null;
  /** `-07:00` */
  readonly timezone: string | null;
  readonly city: string | null;
  readonly country: string | null;
  /** Whether the caller gave data of its user at all. */
  readonly hasContext: boolean;
  readonly requestId: string;
}

export interface EventRisk {
  readonly decision: RiskDecisionType;
  /** Null when no risk was found. */
  readonly level: RiskLevelType | null;
  readonly compromised: boolean;
}

export interface EventFeedback {
  readonly value: FeedbackValueType;
  /** `Admin` or `User` */
  readonly provider: string;
  readonly at: Instant;
}

/** Something that a user did, or someone in their name. */
export interface AuthEvent {
  readonly key: number;
  /** UUID. Of a sign-in it is the claim `event_id` of the tokens. */
  readonly id: string;
  readonly userKey: UserKey;
  readonly clientId: string;
  readonly type: EventType;
  readonly response: EventResponseType;
  readonly risk: EventRisk;
  readonly challenges: readonly ChallengeOutcome[];
  readonly context: EventContext;
  readonly feedback: EventFeedback | null;
  readonly createdAt: Instant;
}

export interface AuthEvents {
  insert(event: AuthEvent): Promise<void>;
  find(userKey: UserKey, id: string): Promise<AuthEvent | null>;
  /** Newest first. */
  list(userKey: UserKey, page: { beforeKey: number | null; limit: number }): Promise<AuthEvent[]>;
  /** The newest event of this type that is in progress. */
  findOpen(userKey: UserKey, type: EventType): Promise<AuthEvent | null>;
  /** Writes how the event went on; returns it as it is then, null when it is gone. */
  settle(
    userKey: UserKey,
    id: string,
    outcome: { readonly response: EventResponseType; readonly challenges: readonly ChallengeOutcome[] },
  ): Promise<AuthEvent | null>;
  /** The event with its feedback; null when there is no such event. */
  giveFeedback(userKey: UserKey, id: string, feedback: EventFeedback): Promise<AuthEvent | null>;
}
