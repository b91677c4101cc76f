import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** Where servers in processes of their own send SMS to, as their webhook. */
export interface SmsGateway {
  readonly url: string;
  /** The digits in the first message to the number, once it has come; null when none does in time. */
  code(to: string, patienceMs: number): Promise<string | null>;
  stop(): Promise<void>;
}

export async function startSmsGateway(): Promise<SmsGateway> {
  const codes = new Map<string, string>();
  const server = createServer(async (message, response) => {
    let text = "";
    for await (const chunk of message) text += chunk;
    const { to, body } = JSON.parse(text);
    const code = /\d{6,}/.exec(body)?.[0];
    if (code !== undefined && !codes.has(to)) codes.set(to, code);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async code(to, patienceMs) {
      for (const end = performance.now() + patienceMs; performance.now() < end; await sleep(20)) {
        const code = codes.get(to);
        if (code !== undefined) return code;
      }
      return null;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
