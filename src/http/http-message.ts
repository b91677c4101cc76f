import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { OperationName } from "../api/operation.ts";

/** A request whose body has not been read. */
export interface HttpRequest {
  /** UUID. */
  readonly requestId: string;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** What follows "?", still encoded; empty when there is none. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly peerAddress: string | undefined;
  /** The peer, or whom a trusted proxy names; canonical, null when unknown. */
  readonly sourceAddress: string | null;
  readonly message: IncomingMessage;
  /** Gives the request so many milliseconds from now in place of the usual time, for a body that may be large. */
  allowMs(milliseconds: number): void;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** For the log. */
  readonly operation?: OperationName | null;
  /** For the log. */
  readonly errorCode?: string | null;
  /** True when the rest of the request is unread, so that the connection cannot be used again. */
  readonly closesConnection?: boolean;
}

/** What every answer carries: its type is not to be guessed, and nothing is to be kept unless the answer says so. */
const COMMON = { "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store" };

/** A JSON answer of anything but the API itself. */
export function jsonResponse(
  status: number,
  content: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  return {
    status,
    headers: { "Content-Type": "application/json", ...COMMON, ...headers },
    body: content === undefined ? "" : JSON.stringify(content),
  };
}

/** An answer without a body. */
export function emptyResponse(status: number, headers: Readonly<Record<string, string>>): HttpResponse {
  return { status, headers: { ...COMMON, ...headers }, body: "" };
}

/** `response` with the headers every answer carries. */
export function withCommonHeaders(
  response: HttpResponse,
  headers: Readonly<Record<string, string>>,
): HttpResponse {
  return { ...response, headers: { ...COMMON, ...response.headers, ...headers } };
}
