import type { Invocation } from "../../domain/triggers/index.ts";
import { type AwsSigner, awsCall } from "../aws-call.ts";
import { type FunctionTransport, functionAnswer, LARGEST_ANSWER } from "./function-answer.ts";

/** Invoke's error code: in a header, or in the body of emulators; without either, the status. */
function errorCode(status: number, headers: Headers, body: string): string {
  const named = headers.get("x-amzn-errortype")?.split(":")[0];
  if (named) return named;
  try {
    const { __type, Type, code } = JSON.parse(body) as Record<string, unknown>;
    for (const one of [__type, code, Type])
      if (typeof one === "string" && /^[\w.#]{1,64}$/.test(one)) return one.replace(/^.*#/, "");
  } catch {
    // No JSON: the status says enough.
  }
  return status === 429 ? "TooManyRequestsException" : `Http${status}`;
}

/**
 * Lambda's Invoke, at AWS or anything that speaks it.
 * @param arn of the function, whose region the call is signed for
 */
export function lambdaFunction(
  arn: string,
  { endpoint, functionName }: { readonly endpoint: string; readonly functionName?: string | undefined },
  signer: AwsSigner,
): FunctionTransport {
  const name = encodeURIComponent(functionName ?? arn);
  const url = new URL(`${endpoint.replace(/\/+$/, "")}/2015-03-31/functions/${name}/invocations`);
  const region = arn.split(":")[3] || "us-east-1";
  return {
    async invoke(event, mode, timeoutMs): Promise<Invocation> {
      const headers = {
        "content-type": "application/json",
        "x-amz-invocation-type": mode === "event" ? "Event" : "RequestResponse",
      };
      const request = { url, headers, body: JSON.stringify(event) };
      const limits = { timeoutMs, bytes: LARGEST_ANSWER };
      const answer = await awsCall(signer, { region, service: "lambda" }, request, limits);
      if (answer.kind === "unreachable") return { kind: "refused", code: answer.reason, retryable: true };
      if (answer.kind !== "answer") return answer;
      const { status, body } = answer;
      if (status === 404) return { kind: "misconfigured" };
      // Of what Lambda refuses only throttling is worth another attempt.
      if (status >= 300)
        return {
          kind: "refused",
          code: errorCode(status, answer.headers, body),
          retryable: status === 429,
        };
      if (mode === "event") return { kind: "answered", payload: null };
      return functionAnswer(body, answer.headers.has("x-amz-function-error") ? "failed" : "unknown");
    },
    close() {},
  };
}
