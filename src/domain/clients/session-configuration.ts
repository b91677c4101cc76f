import type { ClientSSOSessionConfigType } from "../../api/generated/shapes.ts";
import { sessionTrackingOff, valueOutOfRange } from "../errors.ts";
import { requireTierWithSessions, sessionTracking, type UserPool } from "../user-pools/index.ts";
import type { Client } from "./client.ts";

const DEFAULT_MINUTES = 60;
const MINUTES = { min: 0, max: 129_600 };

/** For how long after a fresh sign-in the client takes an SSO session in place of another one, in minutes; 0 never does. */
export const ssoSessionConfiguration = (client: Client): ClientSSOSessionConfigType =>
  client.ssoSession ?? { MaxValidityMinutes: DEFAULT_MINUTES };

/**
 * The client after SetUserPoolClientSessionConfiguration, which replaces all.
 * @throws InvalidParameterException (0–129,600 minutes), FeatureUnavailableInTierException, OperationNotEnabledException where
 * the pool tracks no sessions
 */
export function withSsoSession(
  pool: UserPool,
  client: Client,
  { MaxValidityMinutes }: ClientSSOSessionConfigType,
): Client {
  if (MaxValidityMinutes < MINUTES.min || MaxValidityMinutes > MINUTES.max)
    throw valueOutOfRange("sSOSession.maxValidityMinutes", MaxValidityMinutes, MINUTES);
  requireTierWithSessions(pool);
  if (!sessionTracking(pool)) throw sessionTrackingOff();
  return { ...client, ssoSession: { MaxValidityMinutes } };
}
