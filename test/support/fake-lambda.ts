import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** An event as a function receives it. */
export interface FunctionEvent {
  readonly version: string;
  readonly triggerSource: string;
  readonly region: string;
  readonly userPoolId: string;
  readonly userName: string;
  readonly callerContext: { readonly awsSdkVersion: string; readonly clientId: string };
  readonly request: Record<string, unknown>;
  response: Record<string, unknown>;
}

/** Gives back what Lambda would; `undefined` stands for the event itself. A thrown Error is the function's. */
type Handler = (event: FunctionEvent) => unknown;

/** Writes the HTTP answer itself. */
type RawHandler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** A Lambda endpoint in this process: functions are handlers of the test. */
export interface FakeLambda {
  readonly endpoint: string;
  /** Every event so far, in order of arrival. */
  readonly events: FunctionEvent[];
  /** Headers and path of every call so far. */
  readonly calls: { readonly url: string; readonly headers: IncomingMessage["headers"] }[];
  on(name: string, handler: Handler): void;
  raw(name: string, handler: RawHandler): void;
  /** Forgets handlers and events. A function without a handler gives the event back. */
  reset(): void;
  close(): Promise<void>;
}

export const arnOf = (name: string): string => `arn:aws:lambda:us-east-1:123456789012:function:${name}`;

/** The `triggers` of a configuration whose functions, by these names, are at the endpoint. */
export const mappedTo = (endpoint: string, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [arnOf(name), { lambda: { endpoint, functionName: name } }]));

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

export async function startFakeLambda(): Promise<FakeLambda> {
  const handlers = new Map<string, Handler>();
  const rawHandlers = new Map<string, RawHandler>();
  const events: FunctionEvent[] = [];
  const calls: FakeLambda["calls"] = [];

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await textOf(request);
    const name = decodeURIComponent(/functions\/([^/]+)\/invocations/.exec(request.url ?? "")?.[1] ?? "");
    const event: FunctionEvent = JSON.parse(body);
    events.push(structuredClone(event));
    calls.push({ url: request.url ?? "", headers: request.headers });
    const raw = rawHandlers.get(name);
    if (raw) {
      raw(request, response, body);
      return;
    }
    if (request.headers["x-amz-invocation-type"] === "Event") {
      response.writeHead(202).end();
      return;
    }
    try {
      const result = await handlers.get(name)?.(event);
      response.writeHead(200).end(JSON.stringify(result === undefined ? event : result));
    } catch (fault) {
      const { name: errorType, message: errorMessage } = fault as Error;
      response
        .writeHead(200, { "x-amz-function-error": "Unhandled" })
        .end(JSON.stringify({ errorType, errorMessage, trace: [] }));
    }
  }

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    events,
    calls,
    on: (name, handler) => void handlers.set(name, handler),
    raw: (name, handler) => void rawHandlers.set(name, handler),
    reset() {
      handlers.clear();
      rawHandlers.clear();
      events.length = 0;
      calls.length = 0;
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
