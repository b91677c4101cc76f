import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What a proxy answers itself. */
export interface ProxyAnswer {
  readonly status: number;
  readonly code: string;
  readonly message?: string;
}

/** Sees each call before the server does; null lets it through, `drop` ends the connection after the server has answered. */
export type Interceptor = (
  target: string,
  input: Readonly<Record<string, unknown>>,
) => ProxyAnswer | "drop" | null;

export interface WireProxy {
  readonly url: string;
  /** The targets that were asked for, without their service's name, in order. */
  readonly calls: string[];
  intercept: Interceptor;
  close(): Promise<void>;
}

/** An endpoint in front of a server, for what a server of this kind does not do by itself: lack operations, be busy, break off. */
export async function startWireProxy(
  server: string,
  intercept: Interceptor = () => null,
): Promise<WireProxy> {
  const listener = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const target = String(request.headers["x-amz-target"] ?? "");
    proxy.calls.push(target.replace(/^.*\./, ""));
    const answer = proxy.intercept(target, body.length > 0 ? JSON.parse(body.toString()) : {});
    if (answer !== null && answer !== "drop") {
      const { status, code, message = code } = answer;
      const refusal = JSON.stringify({ __type: code, message });
      response.writeHead(status, {
        "content-type": "application/x-amz-json-1.1",
        "content-length": Buffer.byteLength(refusal),
        "x-amzn-requestid": randomUUID(),
        "x-amzn-errortype": `${code}:`,
        "x-amzn-errormessage": message,
      });
      response.end(refusal);
      return;
    }
    const { host: _, connection: __, "content-length": ___, ...headers } = request.headers;
    const passed = await fetch(new URL(request.url ?? "/", server), {
      method: request.method ?? "POST",
      headers: headers as Record<string, string>,
      ...(request.method === "POST" ? { body } : {}),
    });
    const text = await passed.text();
    if (answer === "drop") {
      request.socket.destroy();
      return;
    }
    const { connection: ____, date: _____, ...kept } = Object.fromEntries(passed.headers);
    response.writeHead(passed.status, kept);
    response.end(text);
  });
  await new Promise<void>((done) => listener.listen(0, "127.0.0.1", done));
  const proxy: WireProxy = {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    calls: [],
    intercept,
    close: () =>
      new Promise((done) => {
        listener.closeAllConnections();
        listener.close(() => done());
      }),
  };
  return proxy;
}

/** Amazon Cognito's answer to operations that are this server's own. */
export const withoutOwnOperations: Interceptor = (target) =>
  target.startsWith("CognateService.") ? { status: 400, code: "UnknownOperationException" } : null;
