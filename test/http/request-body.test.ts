import { createServer, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ServiceError } from "../../src/domain/errors.ts";
import { readBody } from "../../src/http/request-body.ts";

const LIMIT = 5_000;

describe("a request's body", () => {
  let read: (message: IncomingMessage) => void = () => {};
  const server = createServer((message, response) => {
    read(message);
    message.once("close", () => response.destroy());
  });
  let port = 0;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    port = typeof address === "object" && address ? address.port : 0;
  });
  afterAll(() => new Promise<unknown>((resolve) => server.close(resolve)));

  /** What is read of a body that is sent in these pieces, each a chunk of the transfer encoding and so one of its own here too. */
  async function bodyOf(pieces: readonly Uint8Array[]): Promise<Buffer> {
    const body = new Promise<Buffer>((resolve, reject) => {
      read = (message) => readBody(message, LIMIT).then(resolve, reject);
    });
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (const piece of pieces) {
      socket.write(`${piece.length.toString(16)}\r\n`);
      socket.write(piece);
      socket.write("\r\n");
    }
    socket.write("0\r\n\r\n");
    try {
      return await body;
    } finally {
      socket.destroy();
    }
  }

  it("is what was sent, in however many pieces", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 16 }),
        async (pieces) => {
          expect(await bodyOf(pieces)).toEqual(Buffer.concat(pieces));
        },
      ),
      { numRuns: 60 },
    );
    const bytes = Uint8Array.from({ length: LIMIT }, (_, n) => n % 251);
    expect(await bodyOf(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(Buffer.from(bytes));
  });

  it("is refused with the first byte beyond the limit", async () => {
    const whole = new Uint8Array(LIMIT);
    expect((await bodyOf([whole])).length).toBe(LIMIT);
    const refusal = await bodyOf([whole, Uint8Array.of(1)]).catch((fault: unknown) => fault);
    expect(refusal).toBeInstanceOf(ServiceError);
  });
});
