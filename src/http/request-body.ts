import type { IncomingMessage } from "node:http";
import { requestTooLarge } from "../domain/errors.ts";

/** The caller went away before the whole request had arrived; nobody is left to answer. */
export class RequestAborted extends Error {
  override name = "RequestAborted";
}

const EMPTY = Buffer.alloc(0);
/** Of a body that comes in more than one chunk. */
const SMALLEST_BYTES = 1024;

/**
 * Reads a request's body, holding at most `limit` bytes of it.
 * @throws RequestEntityTooLargeException as soon as the body is known to exceed the limit; the rest stays unread.
 * @throws RequestAborted when the connection ends early.
 */
export function readBody(message: IncomingMessage, limit: number): Promise<Buffer> {
  const announced = message.headers["content-length"];
  if (announced !== undefined && Number(announced) > limit) return Promise.reject(requestTooLarge());
  return new Promise((resolve, reject) => {
    // Copied together as it comes: a chunk of its own for each of many single bytes would take hundreds of times their memory.
    let body: Buffer = EMPTY;
    let length = 0;
    const onData = (chunk: Buffer) => {
      const end = length + chunk.length;
      if (end > limit) {
        message.pause();
        message.off("data", onData);
        body = EMPTY;
        reject(requestTooLarge());
        return;
      }
      // Nearly every body is one chunk.
      if (length === 0) body = chunk;
      else {
        if (end > body.length) body = grown(body, length, end);
        chunk.copy(body, length);
      }
      length = end;
    };
    message.on("data", onData);
    message.once("end", () => resolve(body.length === length ? body : body.subarray(0, length)));
    message.once("error", () => reject(new RequestAborted()));
    // Follows every request; only one that did not end was aborted, and making an error for each of the others costs time.
    message.once("close", () => {
      if (!message.complete) reject(new RequestAborted());
    });
  });
}

function grown(bytes: Buffer, length: number, size: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(Math.max(size, 2 * length, SMALLEST_BYTES));
  bytes.copy(larger, 0, 0, length);
  return larger;
}
