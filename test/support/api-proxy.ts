import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What becomes of a request on its way. */
export interface ProxyRules {
  /** The body that is passed on; null for an operation that the server does not know. */
  request?(operation: string, body: string): string | null;
  /** Whether the answer is lost after the server did its work. */
  loses?(operation: string, body: string): boolean;
}

export interface ApiProxy {
  readonly url: string;
  close(): Promise<void>;
}

/** Stands before a server and is a worse one: an older one, or one behind a bad network. */
export async function startApiProxy(serverUrl: string, rules: ProxyRules): Promise<ApiProxy> {
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const given = Buffer.concat(pieces).toString();
    const target = String(request.headers["x-amz-target"]);
    const operation = target.split(".").at(-1) ?? "";
    const body = rules.request ? rules.request(operation, given) : given;
    const answer = await fetch(serverUrl, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": body === null ? `${target}OfAnotherDay` : target,
        "accept-encoding": "identity",
      },
      body: body ?? given,
    });
    const text = await answer.text();
    if (rules.loses?.(operation, given)) request.socket.destroy();
    else response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(text);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
