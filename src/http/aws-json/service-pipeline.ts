import type { AuditRecorder, CallAudit } from "../../domain/audit/index.ts";
import { internalError, ServiceError } from "../../domain/errors.ts";
import { type ProvenCaller, requireOperationAllowed } from "../../domain/iam/index.ts";
import type { Services } from "../../domain/services.ts";
import type { InputMembers, ServiceOperation } from "../../operations/other-services/operation.ts";
import { serviceOperations } from "../../operations/other-services/registry.ts";
import { describeFault, type Logger } from "../../runtime/logger.ts";
import { auditedCall, requestParameters } from "./audited-call.ts";
import { decode } from "./decode.ts";
import { encodeError } from "./error-response.ts";
import type { MemberSchema, Schema, StructureSchema } from "./input-schema.ts";
import { originOf, type SignedAuthenticatorOptions } from "./signed-authenticator.ts";
import { validate } from "./validate.ts";
import { JSON_CONTENT_TYPE, type WireRequest, type WireResponse } from "./wire.ts";

/** Services beside the user-pool API that speak its wire: CloudTrail's LookupEvents, and this server's own. */
export interface ServicePipeline extends Pick<SignedAuthenticatorOptions, "clock" | "secureTransport"> {
  /** @throws ServiceError for a call without proof of who calls */
  readonly prove: (request: WireRequest, service: string) => Promise<ProvenCaller>;
  readonly services: Services;
  readonly logger: Logger;
  readonly audit: AuditRecorder;
}

/** The operation of another service that an X-Amz-Target header names. */
export const serviceOperation = (target: string | string[] | undefined): ServiceOperation | null =>
  typeof target === "string" && Object.hasOwn(serviceOperations, target)
    ? (serviceOperations[target] ?? null)
    : null;

const UNBOUNDED = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };

function structure(members: InputMembers): StructureSchema {
  const schemas = Object.entries(members).map(([name, { type, required = false }]): MemberSchema => {
    const path = name.charAt(0).toLowerCase() + name.slice(1);
    return { name, path, required, schema: schemaOf(type) };
  });
  return { type: "structure", hidden: false, members: schemas };
}

function schemaOf(type: InputMembers[string]["type"]): Schema {
  if (typeof type === "object")
    return { type: "list", ...UNBOUNDED, element: structure(type.listOf), hidden: false };
  if (type === "string") return { type, ...UNBOUNDED, pattern: null, enum: null, hidden: false };
  return type === "integer" ? { type, ...UNBOUNDED } : { type };
}

const schemas = new WeakMap<ServiceOperation, StructureSchema>();

function inputSchemaOf(operation: ServiceOperation): StructureSchema {
  const schema = schemas.get(operation) ?? structure(operation.input);
  schemas.set(operation, schema);
  return schema;
}

/** Answers one request: authenticate → decode → authorize → validate → invoke → encode. Never rejects. */
export async function dispatchService(
  pipeline: ServicePipeline,
  operation: ServiceOperation,
  request: WireRequest,
): Promise<WireResponse> {
  const { requestId } = request;
  const { services, logger } = pipeline;
  const { name, service, auditedAs } = operation;
  let audit: CallAudit | null = null;
  try {
    const caller = await pipeline.prove(request, service);
    const { principal, region } = caller;
    const { accountId } = principal;
    const schema = inputSchemaOf(operation);
    const input = decode(schema, request.body);
    const begun = () => {
      if (auditedAs === null) return null;
      const call = {
        source: auditedAs,
        operation: name,
        requestParameters: requestParameters(schema, input),
      };
      return pipeline.audit.begin(auditedCall(request, { principal, region, accountId }, call));
    };
    const origin = originOf(request, region, pipeline);
    const target = { service, resource: operation.resource?.(input, accountId) };
    const actions = operation.allowedToAll ? [] : [name, ...(operation.furtherActions?.(input) ?? [])];
    for (const action of actions)
      await requireOperationAllowed(services.store, principal, action, input, origin, target).catch(
        (refusal: unknown) => {
          audit = begun();
          throw refusal;
        },
      );
    validate(schema, input);
    const began = begun();
    audit = began;
    const output = await operation.invoke(input, {
      caller: principal,
      accountId,
      region,
      origin,
      services: began ? { ...services, store: began.over(services.store) } : services,
    });
    began?.succeeded();
    return answer(output, requestId);
  } catch (error) {
    if (error instanceof ServiceError) {
      (audit as CallAudit | null)?.refused(error);
      return encodeError(null, error, requestId);
    }
    logger.error("operation failed unexpectedly", { requestId, error: describeFault(error) });
    return encodeError(null, internalError(), requestId);
  }
}

const answer = (output: object, requestId: string): WireResponse => ({
  status: 200,
  headers: { "x-amzn-RequestId": requestId, "Content-Type": JSON_CONTENT_TYPE },
  body: JSON.stringify(output),
  operation: null,
  errorCode: null,
});
