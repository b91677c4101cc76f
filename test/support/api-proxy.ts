import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";

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

/** An address of this machine that does not look like one of it; null when it has none. */
export const outerAddress: string | null =
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ internal, family }) => !internal && family === "IPv4")?.address ?? null;

/**
 * Stands before a server and is a worse one: an older one, one behind a bad network, or one elsewhere.
 * @param address where it listens
 */
export async function startApiProxy(
  serverUrl: string,
  rules: ProxyRules = {},
  address = "127.0.0.1",
): Promise<ApiProxy> {
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
  await new Promise<void>((ready) => server.listen(0, address, ready));
  return {
    url: `http://${address}:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
