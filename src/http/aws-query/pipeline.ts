import type { AuditRecorder, CallAudit } from "../../domain/audit/index.ts";
import { actionMissing, actionUnknown, internalError, ServiceError } from "../../domain/errors.ts";
import type { Authority, ProvenCaller } from "../../domain/iam/index.ts";
import type { RateLimiter } from "../../domain/rate-limits/index.ts";
import type { Answer, Parameters, TokenContext } from "../../operations/security-tokens/operation.ts";
import { tokenActions } from "../../operations/security-tokens/registry.ts";
import { describeFault, type Logger } from "../../runtime/logger.ts";
import { auditedCall } from "../aws-json/audited-call.ts";
import { originOf, type SignedAuthenticatorOptions } from "../aws-json/signed-authenticator.ts";
import type { WireRequest, WireResponse } from "../aws-json/wire.ts";
import { elements } from "./xml.ts";

/** The Security Token Service, in AWS's query protocol: a form in, XML out. */
export interface QueryPipeline extends Pick<SignedAuthenticatorOptions, "clock" | "secureTransport"> {
  readonly authority: Authority;
  /** @throws ServiceError for a call without proof of who calls */
  readonly prove: (request: WireRequest) => Promise<ProvenCaller>;
  readonly services: TokenContext["services"];
  readonly logger: Logger;
  readonly audit: AuditRecorder;
  /** Null: requests may come as fast as they like. */
  readonly limits: RateLimiter | null;
}

const VERSION = "2011-06-15";
const NAMESPACE = `https://sts.amazonaws.com/doc/${VERSION}/`;
const FORM = "application/x-www-form-urlencoded";

/** Whether a request to `/` speaks this protocol: a form, or for presigned ones a query, that names an action. */
export function isQueryRequest(request: Pick<WireRequest, "method" | "query" | "headers">): boolean {
  if (request.headers["x-amz-target"] !== undefined) return false;
  if (request.method === "GET") return /(?:^|&)Action=/.test(request.query);
  return request.method === "POST" && (request.headers["content-type"] ?? "").toLowerCase().startsWith(FORM);
}

/** Codes that this service writes otherwise than services with the JSON protocol do, and those with another status than 400. */
const WRITTEN: Readonly<Record<string, readonly [code: string, status: number]>> = {
  AccessDeniedException: ["AccessDenied", 403],
  ExpiredTokenException: ["ExpiredToken", 403],
  IncompleteSignatureException: ["IncompleteSignature", 400],
  InternalErrorException: ["InternalFailure", 500],
  InvalidSignatureException: ["SignatureDoesNotMatch", 403],
  MissingAuthenticationTokenException: ["MissingAuthenticationToken", 403],
  TooManyRequestsException: ["Throttling", 400],
  UnrecognizedClientException: ["InvalidClientTokenId", 403],
};

/** Answers one request: admit → authenticate → route → act → encode. Never rejects. */
export async function dispatchQuery(pipeline: QueryPipeline, request: WireRequest): Promise<WireResponse> {
  const { requestId } = request;
  let audit: CallAudit | null = null;
  try {
    pipeline.limits?.admitStranger(request.sourceAddress ?? null);
    const caller = await pipeline.prove(request);
    const { principal, region } = caller;
    const parameters = parametersOf(request);
    const name = parameters.get("Action");
    if (name === undefined) throw actionMissing();
    const version = parameters.get("Version") ?? "";
    const action = version === VERSION && Object.hasOwn(tokenActions, name) ? tokenActions[name] : undefined;
    if (!action) throw actionUnknown(name, version);
    const begun = AUDITED.has(name)
      ? pipeline.audit.begin(
          auditedCall(
            request,
            { principal, region, accountId: principal.accountId },
            { source: SOURCE, operation: name, requestParameters: recordedParameters(parameters) },
          ),
        )
      : null;
    audit = begun;
    const { services } = pipeline;
    const result = await action(parameters, {
      caller: principal,
      origin: originOf(request, region, pipeline),
      authority: pipeline.authority,
      services: begun ? { ...services, store: begun.over(services.store) } : services,
    });
    begun?.succeeded();
    return encodeAnswer(name, result, requestId);
  } catch (error) {
    if (error instanceof ServiceError) {
      (audit as CallAudit | null)?.refused(error);
      return encodeQueryError(error, requestId);
    }
    pipeline.logger.error("operation failed unexpectedly", { requestId, error: describeFault(error) });
    return encodeQueryError(internalError(), requestId);
  }
}

const SOURCE = "sts.amazonaws.com";
/** Actions that give credentials: GetCallerIdentity only reads. */
const AUDITED: ReadonlySet<string> = new Set(["AssumeRole", "GetSessionToken"]);
/** What records tell of a call; an external id is a kind of password. */
const RECORDED = ["RoleArn", "RoleSessionName", "DurationSeconds", "Policy"];

function recordedParameters(parameters: Parameters): Record<string, string> {
  const given = RECORDED.flatMap((name) => {
    const value = parameters.get(name);
    return value === undefined ? [] : [[name.charAt(0).toLowerCase() + name.slice(1), value]];
  });
  return Object.fromEntries(given);
}

/** Of a name that comes twice the first value counts. */
function parametersOf({ method, query, body }: WireRequest): Parameters {
  const parameters = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(method === "GET" ? query : body.toString("utf8")))
    if (!parameters.has(name)) parameters.set(name, value);
  return parameters;
}

const response = (
  status: number,
  root: string,
  content: Answer,
  requestId: string,
  errorCode: string | null,
): WireResponse => ({
  status,
  headers: { "x-amzn-RequestId": requestId, "Content-Type": "text/xml" },
  body: `<${root} xmlns="${NAMESPACE}">\n${elements(content)}</${root}>\n`,
  operation: null,
  errorCode,
});

const encodeAnswer = (action: string, result: Answer, requestId: string): WireResponse =>
  response(
    200,
    `${action}Response`,
    { [`${action}Result`]: result, ResponseMetadata: { RequestId: requestId } },
    requestId,
    null,
  );

/** An error answer in this protocol's form. */
export function encodeQueryError(error: ServiceError, requestId: string): WireResponse {
  const [code, status] = WRITTEN[error.code] ?? [error.code, error.status];
  const Type = status < 500 ? "Sender" : "Receiver";
  return response(
    status,
    "ErrorResponse",
    { Error: { Type, Code: code, Message: error.message }, RequestId: requestId },
    requestId,
    code,
  );
}
