import { type OperationName, operationFacts } from "../../api/operation.ts";
import { accessDenied, ServiceError } from "../../domain/errors.ts";
import type { Principal } from "../../domain/iam/index.ts";
import { developmentRefusal } from "../development-caller.ts";
import type { WireRequest } from "./wire.ts";

/** What the server takes for true of a caller. */
export interface CallerFacts {
  /** The AWS region the call is meant for: the one it was signed for, else the configured one. */
  readonly region: string;
  /** 12 digits. */
  readonly accountId: string;
  /** Who signed; absent where nobody had to. */
  readonly principal?: Principal;
}

/** Decides who calls. Operations that need no signature get caller facts too, and no refusal. */
export interface Authenticator {
  /** @throws ServiceError when a signed operation is called without proof of who calls. */
  authenticate(operation: OperationName, request: WireRequest): CallerFacts | Promise<CallerFacts>;
  /**
   * Whether the caller may do this; absent where everybody who calls may.
   * @param input decoded, not yet validated
   * @throws AccessDeniedException
   */
  authorize?(
    operation: OperationName,
    input: Readonly<Record<string, unknown>>,
    caller: CallerFacts,
    request: WireRequest,
  ): Promise<void>;
}

export interface DevelopmentAuthenticatorOptions {
  /** Region of callers that name none. */
  readonly region: string;
  /** 12 digits. */
  readonly accountId: string;
  /** True when the server listens on a loopback address and on nothing else. */
  readonly boundToLoopback: boolean;
}

/** Development mode: programs on this machine may call signed operations with any credentials or none. */
export function developmentAuthenticator(options: DevelopmentAuthenticatorOptions): Authenticator {
  const { region, accountId } = options;
  const byDefault: CallerFacts = { region, accountId };
  return {
    authenticate(operation, request) {
      if (operationFacts[operation].auth !== "sigv4")
        return { region: regionNamed(request) ?? region, accountId };
      const refusal = developmentRefusal(request, options);
      if (refusal !== null) throw accessDenied(refusal);
      const scope = credentialScope(request);
      if (typeof scope === "string") throw incompleteSignature(scope);
      return scope === null ? byDefault : { region: scope.region, accountId };
    },
  };
}

const incompleteSignature = (sentence: string) => new ServiceError("IncompleteSignatureException", sentence);

/** The region that a signature speaks of, proven or not: public operations are called without one, and tolerate any. */
export function regionNamed(request: WireRequest): string | null {
  const scope = credentialScope(request);
  return typeof scope === "object" && scope !== null ? scope.region : null;
}

interface CredentialScope {
  readonly region: string;
}

/**
 * The scope that a request was signed for, from its Authorization header or its presigned query; null when it carries no
 * signature, and a sentence when the signature is malformed.
 */
function credentialScope(request: WireRequest): CredentialScope | string | null {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    if (!authorization.startsWith(`${ALGORITHM} `))
      return `Authorization header requires the algorithm ${ALGORITHM}.`;
    const credential = /[ ,]Credential=([^\s,]*)/.exec(authorization)?.[1];
    return credential ? parseScope(credential) : "Authorization header requires 'Credential' parameter.";
  }
  if (!request.query.includes("X-Amz-")) return null;
  const parameters = new URLSearchParams(request.query);
  const algorithm = parameters.get("X-Amz-Algorithm");
  const credential = parameters.get("X-Amz-Credential");
  if (algorithm === null && credential === null) return null;
  if (algorithm !== ALGORITHM) return `X-Amz-Algorithm must be ${ALGORITHM}.`;
  return credential ? parseScope(credential) : "X-Amz-Credential is missing.";
}

const ALGORITHM = "AWS4-HMAC-SHA256";
/** The region becomes part of user pool ids, so it may hold nothing but what a region's name has. */
const SCOPE = /^[^/]{1,128}\/\d{8}\/([a-z][a-z0-9-]{0,31})\/[a-z0-9-]{1,64}\/aws4_request$/;

function parseScope(credential: string): CredentialScope | string {
  const region = SCOPE.exec(credential)?.[1];
  return region === undefined
    ? "Credential must have the form keyid/date/region/service/aws4_request, with the date as YYYYMMDD."
    : { region };
}
