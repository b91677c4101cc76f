import { createHmac } from "node:crypto";
import type { Invocation } from "../../domain/triggers/index.ts";
import type { Clock } from "../../runtime/clock.ts";
import { post } from "../bounded-post.ts";
import { type FunctionTransport, functionAnswer, LARGEST_ANSWER } from "./function-answer.ts";

/**
 * A function behind an HTTPS address. The signature covers the time and the body, so that neither a stranger nor a recorded call
 * passes for this server.
 */
export function webhookFunction(
  { url, secret }: { readonly url: string; readonly secret: string },
  clock: Clock,
): FunctionTransport {
  const address = new URL(url);
  return {
    async invoke(event, _mode, timeoutMs): Promise<Invocation> {
      const body = JSON.stringify(event);
      const timestamp = String(Math.floor(clock.now() / 1000));
      const signature = createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex");
      const headers = {
        "content-type": "application/json",
        "cognate-timestamp": timestamp,
        "cognate-signature": `v1=${signature}`,
      };
      const answer = await post({ url: address, headers, body }, { timeoutMs, bytes: LARGEST_ANSWER });
      if (answer.kind === "unreachable") return { kind: "refused", code: answer.reason, retryable: true };
      if (answer.kind !== "answer") return answer;
      if (answer.status < 300) return functionAnswer(answer.body, "unknown");
      // A refusal that the function means: its words in errorMessage. Anything else is the address's trouble.
      const failure = answer.status < 500 && functionAnswer(answer.body, "unknown");
      if (failure && failure.kind === "failed") return failure;
      if (failure && failure.kind === "answered" && saysWhy(failure.payload))
        return functionAnswer(answer.body, "failed");
      return { kind: "refused", code: `Http${answer.status}`, retryable: answer.status === 429 };
    },
    close() {},
  };
}

const saysWhy = (payload: unknown): boolean =>
  typeof payload === "object" && payload !== null && "errorMessage" in payload;
