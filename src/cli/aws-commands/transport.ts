import { readFileSync } from "node:fs";
import { request as plainRequest } from "node:http";
import { failure } from "./faults.ts";

export interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

export interface TransportOptions {
  readonly verify: boolean;
  /** A file of certificates to trust. */
  readonly caBundle: string | undefined;
  /** Seconds; 0 waits without end. */
  readonly connectTimeout: number;
  readonly readTimeout: number;
}

/** No answer came. The message is the AWS CLI's. */
export class NoAnswer extends Error {
  /** The address refused or cannot be found. */
  readonly unreachable: boolean;

  constructor(message: string, unreachable: boolean) {
    super(message);
    this.unreachable = unreachable;
  }
}

/** Posts a body and waits for the whole answer. @throws NoAnswer */
export async function post(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  options: TransportOptions,
): Promise<Answer> {
  const secure = url.protocol === "https:";
  const request = secure ? (await import("node:https")).request : plainRequest;
  const trust = secure ? { rejectUnauthorized: options.verify, ca: certificates(options.caBundle) } : {};
  return await new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        method: "POST",
        headers: { ...headers, "content-length": String(Buffer.byteLength(body)) },
        agent: false,
        ...trust,
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.once("error", () =>
          fail(`Connection was closed before we received a valid response from endpoint URL: "${url}".`),
        );
        incoming.once("end", () => {
          clearTimeout(waiting);
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            body: Buffer.concat(chunks).toString("utf8"),
          });
        });
      },
    );
    const fail = (message: string, unreachable = false) => {
      clearTimeout(waiting);
      reject(new NoAnswer(message, unreachable));
      outgoing.destroy();
    };
    const within = (seconds: number, message: string) =>
      seconds > 0 ? setTimeout(() => fail(message, true), seconds * 1000) : undefined;
    let waiting = within(options.connectTimeout, `Connect timeout on endpoint URL: "${url}"`);
    outgoing.once("socket", (socket) => {
      socket.once(secure ? "secureConnect" : "connect", () => {
        clearTimeout(waiting);
        waiting = within(options.readTimeout, `Read timeout on endpoint URL: "${url}"`);
      });
    });
    outgoing.once("error", (fault: NodeJS.ErrnoException) => {
      if (/CERT|SSL|TLS/.test(fault.code ?? ""))
        fail(`SSL validation failed for ${url} ${fault.message}`, true);
      else if (fault.code === "ECONNRESET" || fault.code === "EPIPE")
        fail(`Connection was closed before we received a valid response from endpoint URL: "${url}".`);
      else fail(`Could not connect to the endpoint URL: "${url}"`, true);
    });
    outgoing.end(body);
  });
}

function certificates(path: string | undefined): Buffer | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch {
    throw failure(`Could not find a suitable TLS CA certificate bundle, invalid path: ${path}`);
  }
}
