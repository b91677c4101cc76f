import type { LogoImage } from "../domain/branding/index.ts";
import { requestTooLarge, ServiceError } from "../domain/errors.ts";
import { UPLOAD_PATH } from "../domain/user-imports/index.ts";
import type { ServiceOperation } from "../operations/other-services/operation.ts";
import { encodeError } from "./aws-json/error-response.ts";
import { dispatch, type Pipeline, route } from "./aws-json/pipeline.ts";
import { serviceOperation } from "./aws-json/service-pipeline.ts";
import type { WireRequest, WireResponse } from "./aws-json/wire.ts";
import { isQueryRequest } from "./aws-query/pipeline.ts";
import { corsHeaders, PUBLIC_DOCUMENT, preflightHeaders } from "./cors.ts";
import { developmentRefusal } from "./development-caller.ts";
import { live, readiness } from "./health.ts";
import {
  emptyResponse,
  type HttpRequest,
  type HttpResponse,
  jsonResponse,
  withCommonHeaders,
} from "./http-message.ts";
import { logoImage } from "./logo-image.ts";
import { readBody } from "./request-body.ts";

/** What answers the routes that are not the API. */
export interface RouteHandlers {
  /** Whether the server can serve requests now. */
  ready(): Promise<boolean>;
  /** The pool's public keys; null when there is no such pool. */
  jwks(userPoolId: string): Promise<object | null>;
  /** The pool's discovery document; null when there is no such pool. */
  openidConfiguration(userPoolId: string): Promise<object | null>;
  /** An import job's file, at the address that its PreSignedUrl says. */
  userImportFile(request: HttpRequest): Promise<HttpResponse>;
  /** The logo of a classic page as it is now, if it is the one with this digest; null otherwise. */
  logo(userPoolId: string, clientId: string, digest: string): Promise<LogoImage | null>;
  /** The Security Token Service, which shares the API's address and speaks another protocol. */
  securityTokens(request: WireRequest): Promise<WireResponse>;
  /** An operation of another service in the API's wire. */
  otherService(operation: ServiceOperation, request: WireRequest): Promise<WireResponse>;
  /** Everything under /_dev/; null outside development mode. */
  readonly dev: DevelopmentHandler | null;
}

export type DevelopmentHandler = (request: DevelopmentRequest) => Promise<DevelopmentResponse>;

/** A request from this machine to the development kit. */
export interface DevelopmentRequest {
  readonly method: string;
  /** Begins with "/_dev/". */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The JSON of the body; undefined when the body is empty. */
  readonly body: unknown;
  readonly requestId: string;
}

export interface DevelopmentResponse {
  readonly status: number;
  /** Sent as JSON; nothing is sent for undefined. */
  readonly body?: unknown;
}

export interface Router {
  readonly pipeline: Pipeline;
  readonly handlers: RouteHandlers;
  /** True when the server listens on a loopback address and on nothing else. */
  readonly boundToLoopback: boolean;
  readonly limits: BodyLimits;
}

/** Bytes of a request body. */
export interface BodyLimits {
  readonly bodyBytes: number;
  /** For the two branding operations, whose input holds images. */
  readonly brandingBodyBytes: number;
}

export const DEFAULT_BODY_LIMITS: BodyLimits = { bodyBytes: 512 * 1024, brandingBodyBytes: 3 * 1024 * 1024 };

const WELL_KNOWN = /^\/([\w-]{1,128})\/\.well-known\/(jwks\.json|openid-configuration)$/;

/** As `imagePath` of domain/branding makes it. */
const LOGO = /^\/([\w-]{1,128})\/assets\/([\w+]{1,128})\/([0-9a-f]{32})\/image\.(png|jpg|gif)$/;

/** Every route of the process. */
export function answer(router: Router, request: HttpRequest): Promise<HttpResponse> | HttpResponse {
  const { path, method } = request;
  const reads = method === "GET" || method === "HEAD";
  if (path === "/") {
    if (isQueryRequest(request)) return answerSecurityTokens(router, request);
    if (method === "POST") return answerOtherService(router, request) ?? answerApi(router, request);
    return method === "OPTIONS" ? preflight(request) : methodNotAllowed("POST, OPTIONS");
  }
  if (path === "/health/live") return reads ? live() : methodNotAllowed("GET, HEAD");
  if (path === "/health/ready")
    return reads ? readiness(router.handlers.ready) : methodNotAllowed("GET, HEAD");
  const wellKnown = WELL_KNOWN.exec(path);
  if (wellKnown !== null) {
    if (method === "OPTIONS") return preflight(request);
    const document =
      wellKnown[2] === "jwks.json" ? router.handlers.jwks : router.handlers.openidConfiguration;
    if (!reads) return methodNotAllowed("GET, HEAD, OPTIONS");
    return overLimit(router, request) ?? publicDocument(document, wellKnown[1] ?? "");
  }
  if (path.startsWith(UPLOAD_PATH)) return router.handlers.userImportFile(request);
  const logo = LOGO.exec(path);
  if (logo !== null) {
    const [, userPoolId = "", clientId = "", digest = ""] = logo;
    if (!reads) return methodNotAllowed("GET, HEAD");
    const refusal = overLimit(router, request);
    if (refusal) return refusal;
    return router.handlers.logo(userPoolId, clientId, digest).then(logoImage);
  }
  if (path.startsWith("/_dev/") && router.handlers.dev !== null)
    return answerDevelopment(router, router.handlers.dev, request);
  return notFound();
}

/** POST /: an operation of the API. */
async function answerApi(router: Router, request: HttpRequest): Promise<HttpResponse> {
  const operation = route(request.headers["x-amz-target"]);
  const cors = corsHeaders(request.headers.origin, operation);
  const { bodyBytes, brandingBodyBytes } = router.limits;
  const branding = operation === "CreateManagedLoginBranding" || operation === "UpdateManagedLoginBranding";
  const body = await bodyOf(request, branding ? brandingBodyBytes : bodyBytes);
  if (body === null) return withCommonHeaders(tooLarge(request), cors);
  return withCommonHeaders(await dispatch(router.pipeline, wireRequest(request, body)), cors);
}

/** LookupEvents and its like; null for what is none of these. No page may read the answer. */
function answerOtherService(router: Router, request: HttpRequest): Promise<HttpResponse> | null {
  const operation = serviceOperation(request.headers["x-amz-target"]);
  if (!operation) return null;
  return bodyOf(request, router.limits.bodyBytes).then(async (body) =>
    withCommonHeaders(
      body === null
        ? tooLarge(request)
        : await router.handlers.otherService(operation, wireRequest(request, body)),
      {},
    ),
  );
}

/** GetCallerIdentity and its like. No page may read the answer. */
async function answerSecurityTokens(router: Router, request: HttpRequest): Promise<HttpResponse> {
  const body = await bodyOf(request, router.limits.bodyBytes);
  if (body === null) return withCommonHeaders(tooLarge(request), {});
  return withCommonHeaders(await router.handlers.securityTokens(wireRequest(request, body)), {});
}

function wireRequest(request: HttpRequest, body: Buffer): WireRequest {
  const { requestId, method, path, query, headers, peerAddress, sourceAddress } = request;
  return { requestId, method, path, query, headers, peerAddress, sourceAddress, body };
}

async function answerDevelopment(
  router: Router,
  dev: DevelopmentHandler,
  request: HttpRequest,
): Promise<HttpResponse> {
  const refusal = developmentRefusal(request, router);
  if (refusal !== null) return jsonResponse(403, { message: refusal });
  const bytes = await bodyOf(request, router.limits.bodyBytes);
  if (bytes === null) return withCommonHeaders(tooLarge(request), {});
  let body: unknown;
  try {
    body = bytes.length === 0 ? undefined : JSON.parse(bytes.toString("utf8"));
  } catch {
    return jsonResponse(400, { message: "The body is not JSON." });
  }
  const { method, path, query, requestId } = request;
  const response = await dev({ method, path, query: new URLSearchParams(query), body, requestId });
  return jsonResponse(response.status, response.body);
}

/** The body; null when it exceeds the limit. */
async function bodyOf(request: HttpRequest, limit: number): Promise<Buffer | null> {
  try {
    return await readBody(request.message, limit);
  } catch (error) {
    if (error instanceof ServiceError) return null;
    throw error;
  }
}

const tooLarge = (request: HttpRequest): HttpResponse => ({
  ...encodeError(route(request.headers["x-amz-target"]), requestTooLarge(), request.requestId),
  closesConnection: true,
});

/** The refusal of an address that asks too often; null for any other. */
function overLimit({ pipeline }: Router, { sourceAddress }: HttpRequest): HttpResponse | null {
  try {
    pipeline.limits?.admitStranger(sourceAddress);
    return null;
  } catch (refusal) {
    if (!(refusal instanceof ServiceError)) throw refusal;
    return jsonResponse(429, { message: refusal.message }, { ...PUBLIC_DOCUMENT, "Retry-After": "1" });
  }
}

/** Five minutes: long enough to spare the server, short enough for clients to learn of a new key. */
const DOCUMENT_CACHING = { "Cache-Control": "public, max-age=300" };

async function publicDocument(
  read: (userPoolId: string) => Promise<object | null>,
  id: string,
): Promise<HttpResponse> {
  const document = await read(id);
  return document === null
    ? jsonResponse(404, { message: `User pool ${id} does not exist.` }, PUBLIC_DOCUMENT)
    : jsonResponse(200, document, { ...DOCUMENT_CACHING, ...PUBLIC_DOCUMENT });
}

const preflight = (request: HttpRequest): HttpResponse =>
  emptyResponse(200, {
    "x-amzn-RequestId": request.requestId,
    ...preflightHeaders(
      request.headers["access-control-request-method"],
      request.headers["access-control-request-headers"],
    ),
  });

const notFound = (): HttpResponse => jsonResponse(404, { message: "Not found." });

const methodNotAllowed = (allowed: string): HttpResponse =>
  jsonResponse(405, { message: "Method not allowed." }, { Allow: allowed });
