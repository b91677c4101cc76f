import { type Input, type OperationName, operationFacts, operationNames } from "../../api/operation.ts";
import type { AuditRecorder, CallAudit } from "../../domain/audit/index.ts";
import { internalError, ServiceError, unknownOperation } from "../../domain/errors.ts";
import type { RateLimiter } from "../../domain/rate-limits/index.ts";
import type { OperationContext, OperationHandler } from "../../operations/operation.ts";
import { describeFault, type Logger } from "../../runtime/logger.ts";
import type { Metrics } from "../../runtime/metrics.ts";
import { auditedCall, isAudited, requestParameters } from "./audited-call.ts";
import type { Authenticator } from "./authenticate.ts";
import { decode } from "./decode.ts";
import { encode } from "./encode.ts";
import { encodeError } from "./error-response.ts";
import { inputSchema } from "./input-schema.ts";
import { signInStep } from "./sign-in-step.ts";
import { validate } from "./validate.ts";
import type { WireRequest, WireResponse } from "./wire.ts";

/** One handler for every operation of the API. */
export type Handlers = { readonly [N in OperationName]: OperationHandler<N> };

export interface Pipeline {
  readonly handlers: Handlers;
  readonly authenticator: Authenticator;
  readonly services: OperationContext["services"];
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Null: nothing is recorded. */
  readonly audit: AuditRecorder | null;
  /** Null: requests may come as fast as they like. */
  readonly limits: RateLimiter | null;
  /** Told of each error that an operation threw though its model declares no such error. */
  readonly onUndeclaredError?: (operation: OperationName, code: string) => void;
}

const TARGET_PREFIX = "AWSCognitoIdentityProviderService.";
const operationsByTarget: ReadonlyMap<string, OperationName> = new Map(
  operationNames.map((name) => [TARGET_PREFIX + name, name]),
);

/** The operation that an X-Amz-Target header names; null when there is no such operation. */
export function route(target: string | string[] | undefined): OperationName | null {
  return typeof target === "string" ? (operationsByTarget.get(target) ?? null) : null;
}

/**
 * Answers one request: route → authenticate → decode → authorize → admit → validate → invoke → encode, the same for every operation. Who
 * calls is settled before the body is looked at, and who may not call learns nothing of what a valid input would be; a wrong type
 * is reported before a violated constraint. Never rejects.
 */
export async function dispatch(pipeline: Pipeline, request: WireRequest): Promise<WireResponse> {
  const { requestId } = request;
  const operation = route(request.headers["x-amz-target"]);
  let invoked = false;
  let audit: CallAudit | null = null;
  let input: Record<string, unknown> = {};
  const reportStep = (result: SignInResult) => {
    const step = operation && signInStep(operation, input, result);
    if (step) pipeline.metrics.signIn(step);
    return step;
  };
  try {
    if (operation === null) throw unknownOperation();
    const { authenticator, limits } = pipeline;
    limits?.admitAddress(operation, request.sourceAddress);
    const caller = await authenticator.authenticate(operation, request);
    const { region, accountId } = caller;
    const schema = inputSchema(operation);
    input = decode(schema, request.body);
    const { audit: recorder, services } = pipeline;
    const begun = () => {
      if (!recorder || !isAudited(operation)) return null;
      return recorder.begin(
        auditedCall(request, caller, { operation, requestParameters: requestParameters(schema, input) }),
      );
    };
    await authenticator.authorize?.(operation, input, caller, request).catch((refusal: unknown) => {
      audit = begun();
      throw refusal;
    });
    await limits?.admit(operation, input, caller);
    validate(schema, input);
    audit = begun();
    const rated = limits ? { ...services, admitBearer: bearerOf(limits, operation) } : services;
    const context: OperationContext = {
      requestId,
      region,
      accountId,
      sourceIp: request.sourceAddress ?? undefined,
      userAgent: request.headers["user-agent"],
      awsSdkVersion: awsSdkVersion(request.headers),
      services: audit ? { ...rated, store: audit.over(services.store) } : rated,
    };
    invoked = true;
    const output = await invoke(pipeline.handlers, operation, input, context);
    const step = reportStep(output as SignInResult);
    // A sign-in that goes on with a challenge has authenticated nobody yet: it leaves a record only if it changed something.
    if (!step || step.outcome === "tokens") audit?.succeeded();
    return encode(operation, output, requestId);
  } catch (error) {
    if (error instanceof ServiceError) {
      if (operation !== null && invoked) reportUndeclared(pipeline, operation, error, requestId);
      if (invoked) reportStep(error.code);
      if (operation !== null) pipeline.limits?.signInFailed(operation, request.sourceAddress, error.code);
      // Of a flood nothing is written.
      if (error.code === "TooManyRequestsException") return encodeError(operation, error, requestId);
      audit?.refused(error);
      return encodeError(operation, error, requestId);
    }
    pipeline.logger.error("operation failed unexpectedly", {
      requestId,
      ...(operation === null ? {} : { operation }),
      error: describeFault(error),
    });
    return encodeError(operation, internalError(internalErrorCode(operation)), requestId);
  }
}

/** Counts whom an access token proves to call, and the category for the account that has their pool. */
const bearerOf =
  (limits: RateLimiter, operation: OperationName): NonNullable<OperationContext["services"]["admitBearer"]> =>
  ({ pool, user }) =>
    limits.admitBearer(operation, { poolId: pool.id, name: user.username }, pool);

/** The operations of client secrets have a name of their own for it. */
const internalErrorCode = (operation: OperationName | null) =>
  operation !== null && operationFacts[operation].errors.includes("InternalServerException")
    ? "InternalServerException"
    : "InternalErrorException";

type SignInResult = Parameters<typeof signInStep>[2];

function invoke<N extends OperationName>(
  handlers: Handlers,
  operation: N,
  input: Record<string, unknown>,
  context: OperationContext,
): Promise<unknown> {
  const handler: OperationHandler<N> = handlers[operation];
  // The one place where untyped becomes typed: decode and validate have just established what Input<N> says.
  return handler(input as Input<N>, context);
}

const SDK = /\baws-sdk-([a-z0-9-]{1,20})\/([\w.+-]{1,32})/i;

/** The SDK that a user agent names, as functions are told: browsers cannot set the usual header and send another. */
function awsSdkVersion(headers: WireRequest["headers"]): string {
  const other = headers["x-amz-user-agent"];
  const sdk = SDK.exec(typeof other === "string" ? other : "") ?? SDK.exec(headers["user-agent"] ?? "");
  return sdk ? `aws-sdk-${sdk[1]}-${sdk[2]}` : "aws-sdk-unknown-unknown";
}

/** Errors that any operation may answer with, declared or not. */
const FRAMEWORK_ERRORS: ReadonlySet<string> = new Set([
  "AccessDeniedException",
  "InternalErrorException",
  "SerializationException",
  "TooManyRequestsException",
  "UnknownOperationException",
]);

/** Errors that the documentation of an operation names and its model forgets: what ForceAliasCreation of AdminCreateUser refuses. */
const DOCUMENTED_ERRORS: Partial<Record<OperationName, string>> = { AdminCreateUser: "AliasExistsException" };

function reportUndeclared(
  pipeline: Pipeline,
  operation: OperationName,
  error: ServiceError,
  requestId: string,
): void {
  if (FRAMEWORK_ERRORS.has(error.code) || operationFacts[operation].errors.includes(error.code)) return;
  if (DOCUMENTED_ERRORS[operation] === error.code) return;
  pipeline.logger.warn("undeclared error", { requestId, operation, errorCode: error.code });
  pipeline.onUndeclaredError?.(operation, error.code);
}
