import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import type { HttpRequest } from "../../src/http/http-message.ts";
import { type Listener, listen } from "../../src/http/listener.ts";
import { readBody } from "../../src/http/request-body.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { Identifiers } from "../../src/runtime/identifiers.ts";
import { silentLogger } from "../../src/runtime/logger.ts";
import { noMetrics } from "../../src/runtime/metrics.ts";
import { systemRandom } from "../../src/runtime/random.ts";

const REQUEST_MS = 200;

describe("the time that a request has", () => {
  let listener: Listener;
  afterEach(() => listener.close());

  async function serve(prepare: (request: HttpRequest) => void): Promise<void> {
    listener = await listen({
      host: "127.0.0.1",
      port: 0,
      answer: async (request) => {
        prepare(request);
        const body = await readBody(request.message, 1000);
        return { status: 200, headers: {}, body: `${body.length}` };
      },
      logger: silentLogger,
      metrics: noMetrics,
      tls: null,
      clock: systemClock,
      identifiers: new Identifiers(systemClock, systemRandom),
      timeouts: { requestMs: REQUEST_MS },
    });
  }

  /** What comes back to a body that takes so long for its last byte. */
  function send(milliseconds: number): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect(listener.port, "127.0.0.1");
      let answer = "";
      socket.setEncoding("utf8").on("data", (text) => {
        answer += text;
      });
      socket.once("close", () => resolve(answer)).on("error", () => {});
      socket.write("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\na");
      void sleep(milliseconds).then(() => socket.write("b"));
    });
  }

  it("ends with the words for it", async () => {
    await serve(() => {});
    expect(await send(REQUEST_MS * 3)).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n/);
    expect(await send(REQUEST_MS / 4)).toMatch(/^HTTP\/1.1 200 OK\r\n/);
  });

  it("is longer where the request is allowed more, and ends then", async () => {
    await serve((request) => request.allowMs(REQUEST_MS * 4));
    expect(await send(REQUEST_MS * 2)).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    expect(await send(REQUEST_MS * 6)).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n/);
  });
});
