import type {
  GetUserPoolMfaConfigResponse,
  UserPoolDescriptionType,
  UserPoolType,
} from "../../api/generated/shapes.ts";
import {
  DEFAULT_ACR_LEVELS,
  type Replica,
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

/** @param replicas the present ones of several pools; absent from the answer for a pool that has none */
export const userPoolDescription = (
  pool: UserPool,
  replicas: readonly Replica[],
): UserPoolDescriptionType => {
  const regions = replicas.filter(({ poolKey }) => poolKey === pool.key).map(({ region }) => region);
  return {
    Id: pool.id,
    Name: pool.settings.Name,
    LambdaConfig: pool.settings.LambdaConfig ?? {},
    ...dates(pool),
    ...(regions.length ? { ReplicaRegions: regions } : {}),
  };
};

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
