import { type HttpResponse, jsonResponse } from "./http-message.ts";

/** The process runs: answered without asking anything else. */
export const live = (): HttpResponse => jsonResponse(200, { status: "ok" });

/** The process can serve: 503 while `ready` says no or fails, so that a load balancer sends requests elsewhere. */
export async function readiness(ready: () => Promise<boolean>): Promise<HttpResponse> {
  const isReady = await ready().catch(() => false);
  return isReady ? jsonResponse(200, { status: "ok" }) : jsonResponse(503, { status: "unavailable" });
}
