import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as it came. */
export interface Recorded {
  readonly path: string;
  readonly target: string | undefined;
  readonly contentType: string | undefined;
  readonly signed: boolean;
  readonly body: string;
}

/** Stands before a server. What one program was answered can be answered to another, so that both can be compared to the byte. */
export interface Recorder {
  readonly url: string;
  /** From now on requests go to the server, and are remembered with what it answers. */
  record(): void;
  /** From now on each request gets what was answered to the one in its place. */
  replay(): void;
  /** Since `record` or `replay`. */
  readonly requests: readonly Recorded[];
  close(): Promise<void>;
}

interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** Headers of one connection. */
const OWN = new Set([
  "connection",
  "content-length",
  "keep-alive",
  "transfer-encoding",
  "content-encoding",
  "date",
]);
const FORWARDED = ["x-amz-target", "content-type", "authorization", "x-amz-date", "user-agent"];

export async function startRecorder(server: string): Promise<Recorder> {
  let answers: Answered[] = [];
  let requests: Recorded[] = [];
  let replaying = false;

  const forward = async (path: string, headers: IncomingHttpHeaders, body: string): Promise<Answered> => {
    const sent = FORWARDED.flatMap((name) => (headers[name] ? [[name, String(headers[name])]] : []));
    const response = await fetch(new URL(path, server), {
      method: "POST",
      headers: Object.fromEntries(sent),
      body,
    });
    return { status: response.status, headers: response.headers, body: await response.text() };
  };

  const listener = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString("utf8");
    const { headers, url: path = "/" } = incoming;
    const place = requests.length;
    requests.push({
      path,
      target: headers["x-amz-target"] as string | undefined,
      contentType: headers["content-type"],
      signed: headers.authorization !== undefined,
      body,
    });
    const answered = replaying ? answers[place] : await forward(path, headers, body);
    if (!replaying && answered) answers.push(answered);
    outgoing.statusCode = answered?.status ?? 599;
    for (const [name, value] of answered?.headers ?? []) if (!OWN.has(name)) outgoing.setHeader(name, value);
    outgoing.end(answered?.body ?? "more requests than were recorded");
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  return {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    record() {
      [answers, requests, replaying] = [[], [], false];
    },
    replay() {
      [requests, replaying] = [[], true];
    },
    get requests() {
      return requests;
    },
    async close() {
      listener.closeAllConnections();
      listener.close();
      await once(listener, "close");
    },
  };
}
