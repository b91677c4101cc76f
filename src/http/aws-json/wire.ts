import type { IncomingHttpHeaders } from "node:http";
import type { OperationName } from "../../api/operation.ts";

/** A request to the API, as received. */
export interface WireRequest {
  /** UUID. */
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  /** What follows "?" in the URL, still encoded; empty when there is none. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly peerAddress: string | undefined;
  /** Where the request comes from: the peer, or whom a trusted proxy names. In its canonical form; null when it is unknown. */
  readonly sourceAddress: string | null;
  readonly body: Buffer;
}

/** An answer of the API, ready to be sent. */
export interface WireResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Null when the request named none that exists. */
  readonly operation: OperationName | null;
  /** Bare exception name; null on success. */
  readonly errorCode: string | null;
}

export const JSON_CONTENT_TYPE = "application/x-amz-json-1.1";
