import { ANONYMOUS, type AuditedCall, type Principal as AuditedPrincipal } from "../../domain/audit/index.ts";
import type { Principal } from "../../domain/iam/index.ts";
import type { Schema } from "./input-schema.ts";
import type { WireRequest } from "./wire.ts";

const LONGEST_USER_AGENT = 256;

/** Who called, where, and for which account. */
interface Caller {
  /** Null or absent: nobody, for operations that are open to everybody. */
  readonly principal?: Principal | null | undefined;
  readonly region: string;
  readonly accountId: string;
}

/** A call of any of the services as its record tells it. */
export const auditedCall = (
  { requestId, sourceAddress, headers }: Pick<WireRequest, "requestId" | "sourceAddress" | "headers">,
  { principal, region, accountId }: Caller,
  call: Pick<AuditedCall, "source" | "operation" | "requestParameters">,
): AuditedCall => ({
  ...call,
  requestId,
  principal: principal ? auditedPrincipal(principal) : ANONYMOUS,
  region,
  accountId,
  sourceIp: sourceAddress ?? null,
  userAgent: headers["user-agent"]?.slice(0, LONGEST_USER_AGENT) ?? null,
});

/** What stands in a CloudTrail record for a value that is nobody else's business. */
const HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS";

/** Members that hold names, secrets, proofs or what functions are told, besides those that the model calls sensitive. */
const HIDDEN_MEMBERS: ReadonlySet<string> = new Set([
  "AnalyticsMetadata",
  "AuthParameters",
  "ChallengeResponses",
  "ClientMetadata",
  "Code",
  "ConfirmationCode",
  "ContextData",
  "Credential",
  "DestinationUser",
  "DeviceSecretVerifierConfig",
  "FeedbackToken",
  "MetadataFile",
  "ProviderDetails",
  "SourceUser",
  "User",
  "UserAttributes",
  "UserCode",
  "UserContextData",
  "ValidationData",
]);

/** Sensitive by the model, and shown by CloudTrail all the same. */
const SHOWN_MEMBERS: ReadonlySet<string> = new Set(["ClientId"]);

/** The validated input as an audit record shows it: names in lower camel case, values that may not be told replaced. */
export function requestParameters(
  schema: Schema,
  input: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return shownMembers(schema, input);
}

function shownMembers(schema: Schema, value: object): Record<string, unknown> {
  if (schema.type !== "structure") return {};
  const shown: Record<string, unknown> = {};
  for (const { name, path, schema: member } of schema.members) {
    const given = (value as Record<string, unknown>)[name];
    if (given === undefined) continue;
    shown[path] =
      HIDDEN_MEMBERS.has(name) || (isHidden(member) && !SHOWN_MEMBERS.has(name))
        ? HIDDEN
        : show(member, given);
  }
  return shown;
}

const isHidden = (schema: Schema): boolean => "hidden" in schema && schema.hidden;

function show(schema: Schema, value: unknown): unknown {
  switch (schema.type) {
    case "structure":
      return shownMembers(schema, value as object);
    case "list":
      return (value as readonly unknown[]).map((element) =>
        isHidden(schema.element) ? HIDDEN : show(schema.element, element),
      );
    case "map":
      return isHidden(schema.value)
        ? HIDDEN
        : Object.fromEntries(
            Object.entries(value as object).map(([key, one]) => [key, show(schema.value, one)]),
          );
    case "blob":
    case "document":
      return HIDDEN;
    default:
      return value;
  }
}

/** Reads by their names that are none, and all others that are. */
const READS = /^(Admin)?(Get|List|Describe)/;
const NO_READS: ReadonlySet<string> = new Set([
  "GetUserAttributeVerificationCode",
  "GetTokensFromRefreshToken",
  "GetClientToken",
]);

/** Whether calls of the operation leave a record: all that change or authenticate something. */
export const isAudited = (operation: string): boolean => !READS.test(operation) || NO_READS.has(operation);

const IDENTITY_TYPES = { Account: "Root", User: "IAMUser", AssumedRole: "AssumedRole" } as const;

/** A caller as CloudTrail's userIdentity tells it. */
const auditedPrincipal = ({ type, userId, arn, accountId, accessKeyId }: Principal): AuditedPrincipal => ({
  type: IDENTITY_TYPES[type],
  principalId: userId,
  arn,
  accountId,
  accessKeyId,
});
