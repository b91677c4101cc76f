import type { Invocation } from "../../domain/triggers/index.ts";

/** Bytes of what a function may answer; an event with all a pool can hold is far below. */
export const LARGEST_ANSWER = 1024 * 1024;

/** Reaches one function; one attempt within the limit, which never rejects. */
export interface FunctionTransport {
  invoke(event: object, mode: "request" | "event", timeoutMs: number): Promise<Invocation>;
  /** Ends what the transport keeps running. */
  close(): void;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * What a function's payload says. An error is an object with `errorMessage`, as Lambda reports it; some emulators forget the header
 * that says so, hence `errorType` beside it is enough.
 */
export function functionAnswer(body: string, said: "failed" | "answered" | "unknown"): Invocation {
  let payload: unknown;
  try {
    payload = body === "" ? null : JSON.parse(body);
  } catch {
    return said === "failed" ? { kind: "failed", message: body.slice(0, 1024) } : { kind: "not-json" };
  }
  const isError =
    said === "failed" ||
    (said === "unknown" && isRecord(payload) && "errorMessage" in payload && "errorType" in payload);
  if (!isError) return { kind: "answered", payload };
  const message = isRecord(payload) ? payload.errorMessage : undefined;
  return { kind: "failed", message: typeof message === "string" ? message : "null" };
}
