import type { Logger } from "../../runtime/logger.ts";
import type { Client } from "../clients/index.ts";
import {
  lambdaOutputNotJson,
  type ServiceError,
  triggerFailed,
  triggerMisconfigured,
  triggerRefused,
  triggerTimedOut,
  unrecognizableLambdaOutput,
} from "../errors.ts";
import type { UserPool } from "../user-pools/index.ts";
import type { User } from "../users/index.ts";
import type { Invocation, TriggerInvoker } from "./ports.ts";
import { type Fields, isFields } from "./response.ts";

export interface TriggerServices {
  readonly triggers: TriggerInvoker;
  readonly logger: Logger;
}

/** What a function is told of the API call behind its event. Which of the two maps a call fills depends on the operation. */
export interface TriggerCall {
  /** `aws-sdk-<language>-<version>`, from the caller's user agent. */
  readonly awsSdkVersion: string;
  readonly clientMetadata?: Readonly<Record<string, string>> | undefined;
  readonly validationData?: Readonly<Record<string, string>> | undefined;
}

/** Where something happened that functions are told of. */
export interface Occasion {
  readonly pool: UserPool;
  /** Null for calls that name no client. */
  readonly client: Client | null;
  readonly call: TriggerCall;
}

/** A kind of trigger whose answer is waited for, by the name that errors carry. */
export type TriggerName =
  | "PreSignUp"
  | "PostConfirmation"
  | "PreAuthentication"
  | "PostAuthentication"
  | "PreTokenGeneration"
  | "DefineAuthChallenge"
  | "CreateAuthChallenge"
  | "VerifyAuthChallengeResponse"
  | "UserMigration"
  | "CustomMessage";

/** One call of a function. */
export interface TriggerEvent {
  /** `<trigger>_<occasion>` */
  readonly source: string;
  readonly userName: string;
  readonly version?: "1" | "2" | "3";
  readonly request: object;
  /** The response as the function finds it. */
  readonly response: object;
}

/** Calls in all; only faults that another attempt may overcome are tried again. */
const ATTEMPTS = 3;

/** What calls without a client say in place of one. */
export const NO_CLIENT = "CLIENT_ID_NOT_APPLICABLE";

/** The JSON that a function receives. */
export function envelope({ pool, client, call }: Occasion, event: TriggerEvent) {
  return {
    version: event.version ?? "1",
    triggerSource: event.source,
    region: pool.region,
    userPoolId: pool.id,
    userName: event.userName,
    callerContext: { awsSdkVersion: call.awsSdkVersion, clientId: client?.id ?? NO_CLIENT },
    request: event.request,
    response: event.response,
  };
}

/** Members that the answer must still have: the function returns the event it was given. */
const ENVELOPE = [
  "version",
  "triggerSource",
  "region",
  "userPoolId",
  "userName",
  "callerContext",
  "request",
  "response",
] as const;

/**
 * Nothing at all, or an object that is not the event, is unrecognizable; any other JSON is no answer of a function.
 * @throws InvalidLambdaResponseException
 */
function responseOf(payload: unknown): Fields {
  if (payload !== null && !isFields(payload)) throw lambdaOutputNotJson();
  if (payload === null || ENVELOPE.some((name) => payload[name] === undefined || payload[name] === null))
    throw unrecognizableLambdaOutput();
  if (!isFields(payload.response)) throw unrecognizableLambdaOutput();
  return payload.response;
}

const isRetryable = (invocation: Invocation): boolean =>
  invocation.kind === "timed-out" || (invocation.kind === "refused" && invocation.retryable);

function refusalOf(
  trigger: TriggerName,
  invocation: Exclude<Invocation, { kind: "answered" }>,
): ServiceError {
  switch (invocation.kind) {
    case "failed":
      return triggerFailed(trigger, invocation.message);
    case "refused":
      return triggerRefused(trigger, invocation.code);
    case "misconfigured":
      return triggerMisconfigured(trigger);
    case "timed-out":
      return triggerTimedOut(trigger);
    case "not-json":
      return lambdaOutputNotJson();
    case "too-large":
      return unrecognizableLambdaOutput();
  }
}

/**
 * Calls a function and waits for its answer. Never call it inside a transaction.
 * @returns the `response` member of what the function gave back
 * @throws UserLambdaValidationException, UnexpectedLambdaException, InvalidLambdaResponseException
 */
export async function askFunction(
  services: TriggerServices,
  trigger: TriggerName,
  arn: string,
  occasion: Occasion,
  event: TriggerEvent,
): Promise<Fields> {
  const content = envelope(occasion, event);
  let invocation = await services.triggers.invoke(arn, content, "request");
  for (let attempt = 2; attempt <= ATTEMPTS && isRetryable(invocation); attempt++)
    invocation = await services.triggers.invoke(arn, content, "request");
  const facts = { kind: event.source, userPoolId: occasion.pool.id, functionArn: arn };
  if (invocation.kind !== "answered") {
    services.logger.warn(`A trigger failed: ${invocation.kind}`, facts);
    throw refusalOf(trigger, invocation);
  }
  return responseOf(invocation.payload);
}

/** The attributes of a user as functions see them: strings all, with the user's id and standing. */
export function eventAttributes(pool: UserPool, user: User): Record<string, string> {
  const { email, email_verified, phone_number: phone, phone_number_verified } = user.attributes;
  const aliases = pool.settings.AliasAttributes ?? [];
  return {
    sub: user.sub,
    "cognito:user_status": user.status,
    ...(email && email_verified === "true" && aliases.includes("email")
      ? { "cognito:email_alias": email }
      : {}),
    ...(phone && phone_number_verified === "true" && aliases.includes("phone_number")
      ? { "cognito:phone_number_alias": phone }
      : {}),
    ...user.attributes,
  };
}

/** `clientMetadata` as a member of a request: left out when the call gave none. */
export const metadata = ({ call }: Occasion) =>
  call.clientMetadata === undefined ? {} : { clientMetadata: call.clientMetadata };
