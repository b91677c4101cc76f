import type { IncomingMessage } from "node:http";
import { requestTooLarge } from "../domain/errors.ts";

/** The caller went away before the whole request had arrived; nobody is left to answer. */
export class RequestAborted extends Error {
  override name = "RequestAborted";
}

const EMPTY = Buffer.alloc(0);

/**
 * Reads a request's body, holding at most `limit` bytes of it.
 * @throws RequestEntityTooLargeException as soon as the body is known to exceed the limit; the rest stays unread.
 * @throws RequestAborted when the connection ends early.
 */
export function readBody(message: IncomingMessage, limit: number): Promise<Buffer> {
  const announced = message.headers["content-length"];
  if (announced !== undefined && Number(announced) > limit) return Promise.reject(requestTooLarge());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const onData = (chunk: Buffer) => {
      length += chunk.length;
      if (length > limit) {
        message.pause();
        message.off("data", onData);
        chunks.length = 0;
        reject(requestTooLarge());
      } else chunks.push(chunk);
    };
    message.on("data", onData);
    message.once("end", () =>
      resolve(chunks.length === 1 ? (chunks[0] ?? EMPTY) : Buffer.concat(chunks, length)),
    );
    message.once("error", () => reject(new RequestAborted()));
    // Follows every request; only one that did not end was aborted, and making an error for each of the others costs time.
    message.once("close", () => {
      if (!message.complete) reject(new RequestAborted());
    });
  });
}
