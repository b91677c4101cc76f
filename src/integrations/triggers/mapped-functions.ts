import type { TriggerInvoker } from "../../domain/triggers/index.ts";
import { SECOND } from "../../runtime/clock.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { AwsSigner } from "../aws-call.ts";
import type { FunctionTransport } from "./function-answer.ts";
import { lambdaFunction } from "./lambda-function.ts";
import { type LocalFunctionParts, type LocalFunctionSettings, localFunction } from "./local-function.ts";
import { webhookFunction } from "./webhook-function.ts";

/** What the operator says an ARN stands for: one of these. */
export interface FunctionTarget {
  readonly lambda?: { readonly endpoint: string; readonly functionName?: string | undefined } | undefined;
  readonly webhook?: { readonly url: string; readonly secret: string } | undefined;
  readonly module?: LocalFunctionSettings | undefined;
  readonly python?: LocalFunctionSettings | undefined;
}

export interface FunctionParts extends LocalFunctionParts {
  readonly signer: AwsSigner;
  readonly logger: Logger;
  /** Milliseconds for one attempt whose answer is waited for. */
  readonly timeoutMs: number;
}

/** For calls that nobody waits for; shorter than the outbox hides a message from other nodes. */
const EVENT_TIMEOUT_MS = 30 * SECOND;

function transportOf(arn: string, target: FunctionTarget, parts: FunctionParts): FunctionTransport | null {
  const { lambda, webhook, module, python } = target;
  if (lambda) return lambdaFunction(arn, lambda, parts.signer);
  if (webhook) return webhookFunction(webhook, parts.clock);
  if (module) return localFunction("module", module, parts);
  if (python) return localFunction("python", python, parts);
  return null;
}

/**
 * The operator's map: an ARN that a pool names leads nowhere but where the map says, so that whoever may configure a pool cannot
 * make the server call an address of their choice.
 */
export function mappedFunctions(
  targets: Readonly<Record<string, FunctionTarget>>,
  parts: FunctionParts,
): TriggerInvoker & { close(): void } {
  const transports = new Map(
    Object.entries(targets).flatMap(([arn, target]) => {
      const transport = transportOf(arn, target, parts);
      return transport ? [[arn, transport] as const] : [];
    }),
  );
  return {
    async invoke(arn, event, mode) {
      const transport = transports.get(arn);
      if (!transport) {
        parts.logger.warn(
          "A pool names a function that is not mapped; add it to [triggers] of the configuration",
          {
            functionArn: arn,
          },
        );
        return { kind: "misconfigured" };
      }
      return transport.invoke(event, mode, mode === "event" ? EVENT_TIMEOUT_MS : parts.timeoutMs);
    },
    close() {
      for (const transport of transports.values()) transport.close();
    },
  };
}
