import type { Instant } from "../../runtime/clock.ts";

/** Who called, as CloudTrail's userIdentity tells it. */
export interface Principal {
  readonly type: "Root" | "IAMUser" | "AssumedRole" | "Unknown";
  /** `Anonymous` for a caller that signed nothing. */
  readonly principalId: string;
  readonly arn: string | null;
  readonly accountId: string | null;
  readonly accessKeyId: string | null;
}

/** The caller of an operation that is open to everybody: an access token, a session or a code in the input speaks for it. */
export const ANONYMOUS: Principal = {
  type: "Unknown",
  principalId: "Anonymous",
  arn: null,
  accountId: null,
  accessKeyId: null,
};

/** eventSource of the user-pool API. */
export const USER_POOL_API = "cognito-idp.amazonaws.com";

/** A call that changes or authenticates something. */
export interface AuditedCall {
  /** The service that was called; the user-pool API when absent. */
  readonly source?: string;
  readonly requestId: string;
  readonly operation: string;
  readonly principal: Principal;
  readonly region: string;
  readonly accountId: string;
  readonly sourceIp: string | null;
  readonly userAgent: string | null;
  /** The input, its secrets and names already replaced. */
  readonly requestParameters: Readonly<Record<string, unknown>> | null;
}

/** What became known of the call while it ran. */
export interface AuditSubject {
  readonly userPoolId: string | null;
  readonly clientId: string | null;
  /** The user whom the call is about: never the name, which may be an address. */
  readonly sub: string | null;
}

export interface AuditError {
  /** Bare exception name. */
  readonly code: string;
  readonly message: string;
}

/** A row of the trail. The columns besides `record` repeat what is searched by. */
export interface AuditRecord {
  /** UUID: CloudTrail's eventID. */
  readonly id: string;
  /** The chain that the record belongs to: one for each run of a server. */
  readonly node: string;
  /** Grows along the chain; numbers of what was rolled back are missing. */
  readonly position: number;
  readonly occurredAt: Instant;
  readonly operation: string;
  readonly userPoolId: string | null;
  readonly sub: string | null;
  /** ARN of the principal, or `Anonymous`. */
  readonly principal: string;
  readonly errorCode: string | null;
  /** JSON in the shape of a CloudTrail record. */
  readonly record: string;
}

/** Longer parameters, such as images, are left out: the record says so instead. */
const LONGEST_PARAMETERS = 16_384;

function boundedParameters(parameters: AuditedCall["requestParameters"]): unknown {
  if (parameters === null || JSON.stringify(parameters).length <= LONGEST_PARAMETERS) return parameters;
  return { omitted: `longer than ${LONGEST_PARAMETERS} characters` };
}

/** A call as CloudTrail records it (event version 1.08). */
export function auditRecord(
  at: { readonly id: string; readonly node: string; readonly position: number; readonly occurredAt: Instant },
  call: AuditedCall,
  subject: AuditSubject,
  error: AuditError | null,
): AuditRecord {
  const { type, principalId, arn, accountId, accessKeyId } = call.principal;
  const record = {
    eventVersion: "1.08",
    userIdentity: {
      type,
      principalId,
      ...(arn === null ? {} : { arn }),
      ...(accountId === null ? {} : { accountId }),
      ...(accessKeyId === null ? {} : { accessKeyId }),
    },
    eventTime: `${new Date(at.occurredAt).toISOString().slice(0, 19)}Z`,
    eventSource: call.source ?? USER_POOL_API,
    eventName: call.operation,
    awsRegion: call.region,
    sourceIPAddress: call.sourceIp,
    userAgent: call.userAgent,
    ...(error === null ? {} : { errorCode: error.code, errorMessage: error.message }),
    requestParameters: boundedParameters(call.requestParameters),
    responseElements: null,
    additionalEventData: {
      ...(subject.sub === null ? {} : { sub: subject.sub }),
      ...(subject.userPoolId === null ? {} : { userPoolId: subject.userPoolId }),
      ...(subject.clientId === null ? {} : { clientId: subject.clientId }),
    },
    requestID: call.requestId,
    eventID: at.id,
    readOnly: false,
    eventType: "AwsApiCall",
    managementEvent: true,
    recipientAccountId: call.accountId,
    eventCategory: "Management",
  };
  return {
    ...at,
    operation: call.operation,
    userPoolId: subject.userPoolId,
    sub: subject.sub,
    principal: arn ?? principalId,
    errorCode: error?.code ?? null,
    record: JSON.stringify(record),
  };
}
