import { type OperationName, operationFacts, operationNames } from "../../src/api/operation.ts";
import { decode } from "../../src/http/aws-json/decode.ts";
import { inputSchema } from "../../src/http/aws-json/input-schema.ts";
import type { Handlers } from "../../src/http/aws-json/pipeline.ts";
import { validate } from "../../src/http/aws-json/validate.ts";
import type { WireRequest } from "../../src/http/aws-json/wire.ts";
import type { OperationContext } from "../../src/operations/operation.ts";

/** What the edge makes of a body: decoded and validated, as an operation would get it. */
export function readInput(operation: OperationName, body: unknown): Record<string, unknown> {
  const bytes = Buffer.isBuffer(body)
    ? body
    : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  const schema = inputSchema(operation);
  const input = decode(schema, bytes);
  validate(schema, input);
  return input;
}

/** A registry in which every operation answers nothing, but for those given. */
export function handlersWith(given: Partial<Handlers>): Handlers {
  const nothing = operationNames.map((name) => [
    name,
    async () => (operationFacts[name].output === null ? undefined : {}),
  ]);
  return { ...(Object.fromEntries(nothing) as Handlers), ...given };
}

/** For tests whose operations use no service. */
export const noServices = {} as OperationContext["services"];

/** A POST from this machine to `localhost`. */
export function wireRequest(operation: string, body: unknown, given: Partial<WireRequest> = {}): WireRequest {
  return {
    requestId: "b69e68b4-3e60-491d-aea4-c54a9a911add",
    method: "POST",
    path: "/",
    query: "",
    peerAddress: "127.0.0.1",
    sourceAddress: "127.0.0.1",
    body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)),
    ...given,
    headers: {
      host: "localhost:9229",
      "x-amz-target": `AWSCognitoIdentityProviderService.${operation}`,
      ...given.headers,
    },
  };
}
