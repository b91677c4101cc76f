import { type OperationName, operationFacts } from "../api/operation.ts";

type Headers = Readonly<Record<string, string>>;

const EXPOSED = "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date";
const NONE: Headers = {};
const ANY_ORIGIN: Headers = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers": EXPOSED,
};
/** Key sets and discovery documents are public. */
export const PUBLIC_DOCUMENT: Headers = { "Access-Control-Allow-Origin": "*" };

/**
 * Headers that let a web page read an API answer, errors included. Pages of any origin use the public and the access-token
 * operations, which carry their own proof and no cookie. Signed operations are never readable by a page.
 */
export function corsHeaders(origin: string | undefined, operation: OperationName | null): Headers {
  if (origin === undefined) return NONE;
  return operation !== null && operationFacts[operation].auth === "sigv4" ? NONE : ANY_ORIGIN;
}

/** Seconds a browser may remember a preflight's answer. */
const PREFLIGHT_SECONDS = 172_800;
const HEADER_LIST = /^[\w!#$%&'*+.^`|~-]+(?:[ \t]*,[ \t]*[\w!#$%&'*+.^`|~-]+)*$/;
const METHOD = /^[A-Z]{1,16}$/;

/**
 * The answer to a preflight. It cannot depend on the operation, which a preflight does not name: the request itself is what signed
 * operations refuse. Requested names are echoed only when they are well-formed.
 */
export function preflightHeaders(
  requestedMethod: string | undefined,
  requestedHeaders: string | undefined,
): Headers {
  return {
    ...ANY_ORIGIN,
    ...(requestedHeaders !== undefined &&
    requestedHeaders.length <= 1024 &&
    HEADER_LIST.test(requestedHeaders)
      ? { "Access-Control-Allow-Headers": requestedHeaders }
      : {}),
    "Access-Control-Allow-Methods":
      requestedMethod !== undefined && METHOD.test(requestedMethod) ? requestedMethod : "POST",
    "Access-Control-Max-Age": String(PREFLIGHT_SECONDS),
  };
}
