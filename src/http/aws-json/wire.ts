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

/** As people write it: an IPv4 address that an IPv6 socket shows is still one. */
export const sourceAddress = ({ peerAddress }: Pick<WireRequest, "peerAddress">): string | undefined =>
  peerAddress?.replace(/^::ffff:(?=[\d.]+$)/, "");

export const JSON_CONTENT_TYPE = "application/x-amz-json-1.1";
