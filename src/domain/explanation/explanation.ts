import type { AuthFlowType, UserStatusType } from "../../api/generated/shapes.ts";

/** A way on: the AWS command line's words, quoted for a shell. Values in capitals are to be filled in. */
export interface ExplainedCommand {
  readonly Purpose: string;
  readonly Command: string;
}

export type ObstacleReason =
  | "ARCHIVED"
  | "COMPROMISED"
  | "DISABLED"
  | "EXTERNAL_PROVIDER"
  | "FLOW_NOT_ENABLED"
  | "FORCE_CHANGE_PASSWORD"
  | "LOCKED"
  | "MFA_SETUP_REQUIRED"
  | "NO_CLIENT"
  | "NO_FIRST_FACTOR"
  | "NO_PASSWORD"
  | "NO_RECOVERY_ADDRESS"
  | "NO_SECOND_FACTOR"
  | "NO_SRP_VERIFIER"
  | "RESET_REQUIRED"
  | "TEMPORARY_PASSWORD_EXPIRED"
  | "UNCONFIRMED"
  | "UNKNOWN";

/** Something between a user and tokens. */
export interface Obstacle {
  readonly Reason: ObstacleReason;
  /** Whether a sign-in fails for it; what does not block is only something that the user has to do. */
  readonly Blocks: boolean;
  readonly Explanation: string;
  /** When it goes by itself, in seconds since the epoch. */
  readonly Until?: number;
  readonly Commands: readonly ExplainedCommand[];
}

/** One answer of the server in a sign-in whose answers are all right. */
export interface ExplainedStep {
  /** As the API calls it. */
  readonly Challenge: string;
  /** What the challenge offers: factors to choose from or set up, attributes that are missing. */
  readonly Options?: readonly string[];
  /** What the client answers. */
  readonly Answer: string;
}

/** What the next sign-in by one flow of one client does when every answer is right. */
export interface ExplainedSignIn {
  readonly ClientId: string;
  readonly ClientName: string;
  readonly AuthFlow: AuthFlowType;
  /** Who begins it: the application, or a backend with administrator rights. */
  readonly Operation: "InitiateAuth" | "AdminInitiateAuth";
  readonly Steps: readonly ExplainedStep[];
  /** Instead, from a device that is remembered; absent where that makes no difference. */
  readonly StepsOnRememberedDevice?: readonly ExplainedStep[];
  readonly Outcome: "TOKENS" | "REFUSED";
  /** What it is refused with. */
  readonly Error?: { readonly Code: string; readonly Message: string };
}

/** Calls that were alike and followed each other. */
export interface HistoryEntry {
  readonly EventName: string;
  /** Of the last of them, in seconds since the epoch. */
  readonly EventTime: number;
  readonly Count: number;
  /** ARN, or `Anonymous` for a call that nobody signed. */
  readonly Principal: string;
  readonly SourceIPAddress?: string;
  readonly ErrorCode?: string;
  readonly ErrorMessage?: string;
}

/** Where the code of a forgotten password goes, or why there is none. */
export interface ExplainedRecovery {
  readonly Possible: boolean;
  /** Masked. */
  readonly Destination?: string;
  readonly Error?: { readonly Code: string; readonly Message: string };
}

/** Why a user can or cannot sign in, in the form that CognateService.ExplainUser answers. */
export interface Explanation {
  readonly UserPoolId: string;
  readonly Username: string;
  readonly Sub?: string;
  readonly UserStatus: UserStatusType;
  readonly Enabled: boolean;
  /** Seconds since the epoch. */
  readonly UserCreateDate: number;
  readonly UserLastModifiedDate: number;
  /** By any flow of the clients that were looked at. */
  readonly CanSignIn: boolean;
  readonly Summary: string;
  readonly Obstacles: readonly Obstacle[];
  readonly SignIns: readonly ExplainedSignIn[];
  readonly Recovery: ExplainedRecovery;
  /** Newest last; absent where there is no audit trail to read. */
  readonly History?: readonly HistoryEntry[];
  /** What may still make it come out differently. */
  readonly Unknowns: readonly string[];
}
