import type { OperationName } from "../../api/operation.ts";
import type { ServiceError } from "../../domain/errors.ts";
import { JSON_CONTENT_TYPE, type WireResponse } from "./wire.ts";

/** Codes whose text member is written with a capital M, unlike all others. */
const CAPITAL_MESSAGE: ReadonlySet<string> = new Set(["AccessDeniedException", "SerializationException"]);

/**
 * An error answer. Header and body name the same error, since clients read either; the header's name ends in a colon. An error
 * without a text has no message member at all.
 */
export function encodeError(
  operation: OperationName | null,
  error: ServiceError,
  requestId: string,
): WireResponse {
  const headers: Record<string, string> = {
    "x-amzn-RequestId": requestId,
    "Content-Type": JSON_CONTENT_TYPE,
    "x-amzn-errortype": `${error.code}:`,
  };
  const body: Record<string, string> = { __type: error.code };
  if (error.message !== "") {
    headers["x-amzn-errormessage"] = headerText(error.message);
    body[CAPITAL_MESSAGE.has(error.code) ? "Message" : "message"] = error.message;
  }
  return { status: error.status, headers, body: JSON.stringify(body), operation, errorCode: error.code };
}

/** Characters of a message that its header repeats; many clients refuse 16 KiB of headers. */
const HEADER_LENGTH = 2048;

/** A message as a header value: line breaks become spaces, what is not printable ASCII a question mark, since clients decode headers differently. */
function headerText(message: string): string {
  const line = message.slice(0, HEADER_LENGTH).replace(/[\r\n]+/g, " ");
  return line.replace(/[^\x20-\x7e]/gu, "?").trim();
}
