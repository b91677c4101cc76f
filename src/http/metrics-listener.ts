import type { Clock } from "../runtime/clock.ts";
import type { Identifiers } from "../runtime/identifiers.ts";
import type { Logger } from "../runtime/logger.ts";
import { noMetrics } from "../runtime/metrics.ts";
import { type HttpRequest, type HttpResponse, jsonResponse, withCommonHeaders } from "./http-message.ts";
import { type Listener, listen } from "./listener.ts";

/** The text of all metrics, and its media type. */
export interface MetricsSource {
  readonly contentType: string;
  text(): Promise<string>;
}

export interface MetricsListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly source: MetricsSource;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly identifiers: Pick<Identifiers, "uuid">;
}

/** Serves GET /metrics and nothing else, on an address of its own: what it tells is for those who run the server. */
export function listenForMetrics({ source, ...options }: MetricsListenerOptions): Promise<Listener> {
  const answer = async ({ method, path }: HttpRequest): Promise<HttpResponse> => {
    if (path !== "/metrics") return jsonResponse(404, { message: "Not found." });
    if (method !== "GET") return jsonResponse(405, { message: "Method not allowed." }, { Allow: "GET" });
    const body = await source.text();
    return withCommonHeaders({ status: 200, headers: { "Content-Type": source.contentType }, body }, {});
  };
  return listen({ ...options, answer, tls: null, metrics: noMetrics });
}
