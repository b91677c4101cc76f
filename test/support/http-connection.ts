import { connect, type Socket } from "node:net";

export interface RawAnswer {
  readonly status: number;
  /** Everything before the empty line, as received. */
  readonly head: string;
  readonly body: string;
}

/** The headers of an answer, names in lower case. */
export const headersOf = ({ head }: RawAnswer): Record<string, string> =>
  Object.fromEntries(
    head
      .split("\r\n")
      .slice(1)
      .map((line) => [
        line.slice(0, line.indexOf(":")).toLowerCase(),
        line.slice(line.indexOf(":") + 1).trim(),
      ]),
  );

/** The connection ended before the answer was complete. */
export class ConnectionLost extends Error {
  /** True when nothing of the answer had arrived. */
  readonly unanswered: boolean;

  constructor(unanswered: boolean, cause?: unknown) {
    super("The connection ended before the answer was complete", { cause });
    this.name = "ConnectionLost";
    this.unanswered = unanswered;
  }
}

interface Waiting {
  resolve(answer: RawAnswer): void;
  reject(fault: unknown): void;
}

const HEAD_END = Buffer.from("\r\n\r\n");
const EMPTY = Buffer.alloc(0);

/**
 * One keep-alive connection that sends bytes as they are and reads one answer at a time. Much lighter than a full client, so that a
 * load generator leaves the processor to the server, and lets a test send what no client would.
 */
export class HttpConnection {
  readonly #port: number;
  readonly #host: string;
  #socket: Socket | null = null;
  #received: Buffer = EMPTY;
  #waiting: Waiting | null = null;

  constructor(port: number, host = "127.0.0.1") {
    this.#port = port;
    this.#host = host;
  }

  /** Sends one whole request and waits for its answer; connects when need be. @throws ConnectionLost */
  send(request: Uint8Array | string): Promise<RawAnswer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#received = EMPTY;
      const socket = this.#socket ?? this.#open();
      socket.write(request);
    });
  }

  close(): void {
    this.#waiting = null;
    this.#socket?.destroy();
    this.#socket = null;
  }

  #open(): Socket {
    const socket = connect({ port: this.#port, host: this.#host, noDelay: true });
    this.#socket = socket;
    const lost = (fault?: unknown) => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.#endAtClose();
      const waiting = this.#waiting;
      this.#waiting = null;
      waiting?.reject(new ConnectionLost(this.#received.length === 0, fault));
    };
    socket.on("data", (chunk: Buffer) => this.#take(socket, chunk));
    socket.on("error", lost);
    socket.on("close", () => lost());
    return socket;
  }

  #take(socket: Socket, chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const parsed = parse(this.#received, "open");
    if (parsed === null || this.#waiting === null) return;
    const waiting = this.#waiting;
    this.#waiting = null;
    this.#received = EMPTY;
    if (/^connection: close/im.test(parsed.head)) {
      this.#socket = null;
      socket.destroy();
    }
    waiting.resolve(parsed);
  }

  /** An answer without a length ends with its connection. */
  #endAtClose(): void {
    const parsed = this.#received.length > 0 ? parse(this.#received, "closed") : null;
    if (parsed === null) return;
    this.#waiting?.resolve(parsed);
    this.#waiting = null;
  }
}

function parse(bytes: Buffer, connection: "open" | "closed"): RawAnswer | null {
  const end = bytes.indexOf(HEAD_END);
  if (end === -1) return null;
  const head = bytes.toString("latin1", 0, end);
  const status = Number(head.slice(9, 12));
  const rest = bytes.subarray(end + HEAD_END.length);
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  if (length !== undefined)
    return rest.length < Number(length)
      ? null
      : { status, head, body: rest.subarray(0, Number(length)).toString() };
  if (/^transfer-encoding: *chunked/im.test(head)) {
    const body = unchunked(rest);
    return body === null ? null : { status, head, body };
  }
  return connection === "closed" ? { status, head, body: rest.toString() } : null;
}

function unchunked(bytes: Buffer): string | null {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd === -1) return null;
    const size = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
    const start = lineEnd + 2;
    if (bytes.length < start + size + 2) return null;
    if (size === 0) return Buffer.concat(parts).toString();
    parts.push(bytes.subarray(start, start + size));
    at = start + size + 2;
  }
}

const SIGNATURE =
  "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/cognito-idp/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=0000000000000000000000000000000000000000000000000000000000000000";

/**
 * The bytes of a call as an AWS SDK sends it, with a signature that only development mode accepts. Text and bytes are sent as they
 * are, anything else as JSON.
 */
export function apiRequest(host: string, operation: string, input: unknown): Buffer {
  const isRaw = typeof input === "string" || input instanceof Uint8Array;
  const body = Buffer.from(isRaw ? input : JSON.stringify(input));
  const head = [
    "POST / HTTP/1.1",
    `Host: ${host}`,
    "Content-Type: application/x-amz-json-1.1",
    `X-Amz-Target: AWSCognitoIdentityProviderService.${operation}`,
    "X-Amz-Date: 20260101T000000Z",
    `Authorization: ${SIGNATURE}`,
    `Content-Length: ${body.length}`,
  ].join("\r\n");
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`), body]);
}

/** Calls operations of a server, each on a connection that is free; for loading data and for tests. */
export class ApiCaller {
  readonly #port: number;
  readonly #free: HttpConnection[] = [];
  readonly #all = new Set<HttpConnection>();

  constructor(port: number) {
    this.#port = port;
  }

  /** The answer with its status, whatever it is. @throws ConnectionLost */
  async answer(operation: string, input: unknown): Promise<RawAnswer> {
    const connection = this.#free.pop() ?? new HttpConnection(this.#port);
    this.#all.add(connection);
    const answer = await connection.send(apiRequest(`127.0.0.1:${this.#port}`, operation, input));
    this.#free.push(connection);
    return answer;
  }

  /** What the operation answers; fails when it refuses. */
  // biome-ignore lint/suspicious/noExplicitAny: answers are compared and passed on, not typed
  async call(operation: string, input: unknown): Promise<any> {
    const { status, body } = await this.answer(operation, input);
    if (status !== 200) throw new Error(`${operation}: ${status} ${body}`);
    return body === "" ? {} : JSON.parse(body);
  }

  close(): void {
    for (const connection of this.#all) connection.close();
  }
}
