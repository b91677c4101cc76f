import type { SessionDescriptionType } from "../../api/generated/shapes.ts";
import type { RefreshSession, UserSession } from "../../domain/tokens/index.ts";
import { timestamp } from "./timestamp.ts";

/**
 * Without a place on the map, of which this server knows nothing, and without an SSO session that it came from.
 * @param current the session that asks; null for an administrator
 */
export const sessionDescription = (
  { id, clientId, signedInAt, tracked }: UserSession,
  current: RefreshSession | null,
): SessionDescriptionType => ({
  SessionId: tracked.sessionId,
  SessionType: "TOKEN",
  ClientId: clientId,
  CreateDate: timestamp(signedInAt),
  LastActiveDate: timestamp(tracked.lastActiveAt),
  DeviceType: tracked.deviceType,
  ...(tracked.lastIp === null ? {} : { LastIPAddress: tracked.lastIp }),
  IsCurrentSession: id === current?.id,
});
