import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Server as TlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { internalError } from "../domain/errors.ts";
import { subscriberOf } from "../domain/rate-limits/index.ts";
import { type Clock, MINUTE, monotonicMs } from "../runtime/clock.ts";
import type { Identifiers } from "../runtime/identifiers.ts";
import { describeFault, type Logger } from "../runtime/logger.ts";
import type { Metrics } from "../runtime/metrics.ts";
import type { TracedRequest, Tracing } from "../runtime/tracing.ts";
import { encodeError } from "./aws-json/error-response.ts";
import { type HttpRequest, type HttpResponse, withCommonHeaders } from "./http-message.ts";
import { RequestAborted } from "./request-body.ts";
import { isTrusted, NO_PROXIES, sourceAddress, type TrustedProxies } from "./source-address.ts";
import { createTlsServer, type TlsFiles } from "./tls.ts";

export interface ListenerOptions {
  /** Address to listen on. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly answer: (request: HttpRequest) => Promise<HttpResponse> | HttpResponse;
  readonly logger: Logger;
  /** Null: plain HTTP. */
  readonly tls: TlsFiles | null;
  /** The system's: not one that a developer may move. */
  readonly clock: Clock;
  readonly identifiers: Pick<Identifiers, "uuid">;
  readonly metrics: Metrics;
  /** Absent: nothing is traced. */
  readonly tracing?: Tracing | undefined;
  /** Peers whose X-Forwarded-For and traceparent are believed; none unless told otherwise. */
  readonly trustedProxies?: TrustedProxies;
  /** Of one address at a time, trusted proxies apart; 0 or absent: as many as it likes. */
  readonly connectionsPerAddress?: number;
  readonly timeouts?: Partial<ListenerTimeouts>;
}

/** All in milliseconds. */
export interface ListenerTimeouts {
  /** From the first byte of a request to the end of its headers. */
  readonly headersMs: number;
  /** From the first byte of a request to its last. */
  readonly requestMs: number;
  /** Between two requests on a connection; longer than the 60 s that load balancers commonly keep theirs. */
  readonly keepAliveMs: number;
  /** For requests under way when the server stops. */
  readonly shutdownMs: number;
}

const DEFAULT_TIMEOUTS: ListenerTimeouts = {
  headersMs: 10_000,
  requestMs: 30_000,
  keepAliveMs: 65_000,
  shutdownMs: 10_000,
};

/** Longer than what any request may be allowed. */
const LONGEST_REQUEST_MS = 20 * MINUTE;
/** Bytes of the request line and all headers together. */
const MAX_HEADER_BYTES = 16 * 1024;
/** Milliseconds that the sender of a refused body has to notice the answer before the connection goes. */
const REFUSED_BODY_MS = 1000;

type HttpServer = Server | TlsServer;

/** A server that accepts connections. */
export interface Listener {
  readonly address: string;
  readonly port: number;
  /** Stops accepting, lets requests under way finish within the time allowed, then closes what is left. */
  close(): Promise<void>;
}

/**
 * Starts to accept connections.
 * @throws the system's error when the address cannot be had, e.g. EADDRINUSE.
 */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  const settings = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: timeouts.headersMs,
    // Each request has its own time, which is shorter; this ends what is sent slowly after its answer.
    requestTimeout: LONGEST_REQUEST_MS,
    keepAliveTimeout: timeouts.keepAliveMs,
    connectionsCheckingInterval: 5000,
  };
  const server = options.tls
    ? createTlsServer(settings, options.tls, options.logger, options.clock)
    : createServer(settings);
  server.on("request", (message, response) => {
    const time = new RequestTime(message, timeouts.requestMs);
    void exchange(options, server, time, message, response).finally(() => time.end());
  });
  limitConnections(server, options);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const { address, port } = server.address() as AddressInfo;
  let closing: Promise<void> | null = null;
  return {
    address,
    port,
    close: () => {
      closing ??= shutDown(server, timeouts.shutdownMs);
      return closing;
    },
  };
}

/** A connection beyond what its address may have is closed before it says anything. */
function limitConnections(
  server: HttpServer,
  { connectionsPerAddress = 0, trustedProxies = NO_PROXIES }: ListenerOptions,
): void {
  if (connectionsPerAddress === 0) return;
  const open = new Map<string, number>();
  server.on("connection", (socket: Socket) => {
    const address = sourceAddress(socket.remoteAddress, undefined, NO_PROXIES);
    if (address === null || trustedProxies.holds(address)) return;
    const subscriber = subscriberOf(address);
    const count = (open.get(subscriber) ?? 0) + 1;
    if (count > connectionsPerAddress) {
      socket.destroy();
      return;
    }
    open.set(subscriber, count);
    socket.once("close", () => {
      const left = (open.get(subscriber) ?? 1) - 1;
      if (left > 0) open.set(subscriber, left);
      else open.delete(subscriber);
    });
  });
}

/** The time that a request has to come in whole. */
class RequestTime {
  readonly #message: IncomingMessage;
  #timer: NodeJS.Timeout | undefined;

  constructor(message: IncomingMessage, milliseconds: number) {
    this.#message = message;
    this.allow(milliseconds);
  }

  /** From now on, in place of what it had. */
  allow(milliseconds: number): void {
    this.end();
    this.#timer = setTimeout(() => {
      const { socket, complete } = this.#message;
      if (complete) return;
      socket.end("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n");
      socket.destroy();
    }, milliseconds);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

/** One request and its answer. Never rejects. */
async function exchange(
  options: ListenerOptions,
  server: HttpServer,
  time: RequestTime,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const startedAt = monotonicMs();
  const request = readRequest(message, time, options.identifiers.uuid(), options);
  // A connection that breaks while an answer is written is the caller's affair.
  response.on("error", ignore);
  const { tracing } = options;
  const answered =
    tracing && !request.path.startsWith(PROBES)
      ? await tracing.request(tracedRequest(request, options), () => answerSafely(options, request))
      : await answerSafely(options, request);
  if (answered === null) return;
  send(server, message, response, answered);
  const { requestId } = request;
  const { status, operation = null, errorCode = null } = answered;
  const durationMs = monotonicMs() - startedAt;
  options.metrics.answered({ operation, status, errorCode, durationMs });
  const level = status < 400 ? "debug" : status < 500 ? "info" : "error";
  options.logger[level]("request", {
    requestId,
    status,
    durationMs: Math.round(durationMs),
    ...(operation ? { operation } : {}),
    ...(errorCode ? { errorCode } : {}),
  });
}

/** What asks every few seconds whether the server lives is no use in traces. */
const PROBES = "/health/";

/** A stranger's traceparent is not believed: it would decide what is recorded, and put its requests into others' traces. */
const tracedRequest = (
  { requestId, method, headers, peerAddress }: HttpRequest,
  { trustedProxies = NO_PROXIES }: ListenerOptions,
): TracedRequest => ({
  requestId,
  method,
  parent: isTrusted(peerAddress, trustedProxies)
    ? { traceparent: headers.traceparent, tracestate: headers.tracestate }
    : null,
});

/** The answer; null when the caller is gone. */
async function answerSafely(options: ListenerOptions, request: HttpRequest): Promise<HttpResponse | null> {
  try {
    return await options.answer(request);
  } catch (error) {
    if (error instanceof RequestAborted) return null;
    options.logger.error("request failed unexpectedly", {
      requestId: request.requestId,
      error: describeFault(error),
    });
    return withCommonHeaders(encodeError(null, internalError(), request.requestId), {});
  }
}

function readRequest(
  message: IncomingMessage,
  time: RequestTime,
  requestId: string,
  { trustedProxies = NO_PROXIES }: ListenerOptions,
): HttpRequest {
  const url = message.url ?? "/";
  const mark = url.indexOf("?");
  return {
    requestId,
    method: message.method ?? "",
    path: mark === -1 ? url : url.slice(0, mark),
    query: mark === -1 ? "" : url.slice(mark + 1),
    headers: message.headers,
    peerAddress: message.socket.remoteAddress,
    sourceAddress: sourceAddress(
      message.socket.remoteAddress,
      message.headers["x-forwarded-for"],
      trustedProxies,
    ),
    message,
    allowMs: (milliseconds) => time.allow(milliseconds),
  };
}

function send(
  server: HttpServer,
  message: IncomingMessage,
  response: ServerResponse,
  answered: HttpResponse,
): void {
  if (response.destroyed) return;
  const { status, body, closesConnection = false } = answered;
  const headers: Record<string, string | number> = {
    ...answered.headers,
    "Content-Length": Buffer.byteLength(body),
  };
  if (closesConnection || !server.listening) headers.Connection = "close";
  response.writeHead(status, headers);
  if (!closesConnection) {
    response.end(body);
    return;
  }
  // Closing at once could reset the connection before the sender has read the answer, so what it still sends is thrown away.
  response.write(body);
  message.resume();
  const end = () => response.end();
  const timer = setTimeout(end, REFUSED_BODY_MS);
  message.once("close", () => {
    clearTimeout(timer);
    end();
  });
}

function shutDown(server: HttpServer, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), timeoutMs);
    // A connection may fall idle only after its request under way has been answered.
    const sweep = setInterval(() => server.closeIdleConnections(), 50);
    server.close(() => {
      clearTimeout(force);
      clearInterval(sweep);
      resolve();
    });
    server.closeIdleConnections();
  });
}

function ignore(): void {}
