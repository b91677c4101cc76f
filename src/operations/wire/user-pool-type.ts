import type {
  GetUserPoolMfaConfigResponse,
  UserPoolDescriptionType,
  UserPoolType,
} from "../../api/generated/shapes.ts";
import {
  DEFAULT_ACR_LEVELS,
  smsMfaConfiguration,
  type UserPool,
  userPoolArn,
} from "../../domain/user-pools/index.ts";
import { timestamp } from "./timestamp.ts";

const dates = (pool: UserPool) => ({
  LastModifiedDate: timestamp(pool.modifiedAt),
  CreationDate: timestamp(pool.createdAt),
});

export const userPoolType = (pool: UserPool, estimatedNumberOfUsers: number): UserPoolType => ({
  Id: pool.id,
  AcrConfiguration: DEFAULT_ACR_LEVELS,
  ...pool.settings,
  ...dates(pool),
  ...pool.domains,
  EstimatedNumberOfUsers: estimatedNumberOfUsers,
  Arn: userPoolArn(pool),
});

export const userPoolDescription = (pool: UserPool): UserPoolDescriptionType => ({
  Id: pool.id,
  Name: pool.settings.Name,
  LambdaConfig: pool.settings.LambdaConfig ?? {},
  ...dates(pool),
});

/** Only what is configured, and always the mode. */
export function userPoolMfaConfig(pool: UserPool): GetUserPoolMfaConfigResponse {
  const { SmsMfaConfiguration: _, ...configured } = pool.mfa;
  const sms = smsMfaConfiguration(pool);
  return {
    ...(sms ? { SmsMfaConfiguration: sms } : {}),
    ...configured,
    MfaConfiguration: pool.settings.MfaConfiguration ?? "OFF",
  };
}
