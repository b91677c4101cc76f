import type { ContextDataType, UserContextDataType } from "../api/generated/shapes.ts";
import type { Client } from "../domain/clients/index.ts";
import { type EventContext, eventContext } from "../domain/threat-protection/index.ts";
import type { OperationContext } from "./operation.ts";

/** A backend that knows the client's secret may speak for its users' addresses, where the client says so. */
const speaksForUsers = ({ secrets, settings }: Client): boolean =>
  secrets.length > 0 && settings.EnablePropagateAdditionalUserContextData === true;

/** What a public call says of the user behind it. */
export const userContext = (
  { sourceIp, requestId }: OperationContext,
  client: Client,
  given?: UserContextDataType,
): EventContext =>
  eventContext({
    ipAddress: (speaksForUsers(client) && given?.IpAddress) || sourceIp,
    encodedData: given?.EncodedData,
    requestId,
  });

/** What an administrator's call says of the user behind it: its own address is the backend's and says nothing. */
export const administratorsUserContext = (
  { requestId }: OperationContext,
  given?: ContextDataType,
): EventContext =>
  eventContext({
    ipAddress: given?.IpAddress,
    encodedData: given?.EncodedData,
    headers: given?.HttpHeaders,
    requestId,
  });
