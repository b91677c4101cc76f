import { type OperationName, operationFacts } from "../../api/operation.ts";
import { JSON_CONTENT_TYPE, type WireResponse } from "./wire.ts";

/** A successful answer: JSON without undefined members, or an empty body where the model has no output shape. */
export function encode(operation: OperationName, output: unknown, requestId: string): WireResponse {
  return {
    status: 200,
    headers: { "x-amzn-RequestId": requestId, "Content-Type": JSON_CONTENT_TYPE },
    body: operationFacts[operation].output === null ? "" : JSON.stringify(output),
    operation,
    errorCode: null,
  };
}
