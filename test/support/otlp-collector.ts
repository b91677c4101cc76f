import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface WireSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly Attribute[];
  readonly status?: { readonly code?: number };
}

interface Export {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[];
  }[];
}

/** A span as it was delivered. */
export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Null for the first of a trace. */
  readonly parentSpanId: string | null;
  readonly name: string;
  readonly kind: "internal" | "server" | "client" | "other";
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly failed: boolean;
  readonly nanoseconds: bigint;
  /** Of the resource: who delivered it. */
  readonly resource: Readonly<Record<string, unknown>>;
}

/** What takes traces by OTLP/HTTP with JSON, in this process. */
export interface OtlpCollector {
  /** To be given as the endpoint. */
  readonly endpoint: string;
  /** All so far. */
  spans(): CollectedSpan[];
  /** Every request so far, as it was sent: headers and body. */
  sent(): string;
  /** From now on every request is answered so. */
  answer(status: number): void;
  close(): Promise<void>;
}

const KINDS = ["other", "internal", "server", "client"] as const;
const ERROR = 2;

const valuesOf = (attributes: readonly Attribute[] = []) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

function spansOf({ resourceSpans }: Export): CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(({ traceId, spanId, parentSpanId, name, kind, status, ...span }) => ({
        traceId,
        spanId,
        parentSpanId: parentSpanId || null,
        name,
        kind: KINDS[kind] ?? "other",
        attributes: valuesOf(span.attributes),
        failed: status?.code === ERROR,
        nanoseconds: BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano),
        resource: valuesOf(resource.attributes),
      })),
    ),
  );
}

export async function startOtlpCollector(): Promise<OtlpCollector> {
  const collected: CollectedSpan[] = [];
  const requests: string[] = [];
  let status = 200;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    requests.push(`${JSON.stringify(request.headers)}\n${body}`);
    if (status === 200) collected.push(...spansOf(JSON.parse(body)));
    response.writeHead(status, { "content-type": "application/json" }).end("{}");
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
    spans: () => [...collected],
    sent: () => requests.join("\n"),
    answer(given) {
      status = given;
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
