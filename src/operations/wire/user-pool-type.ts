import type {
  GetUserPoolMfaConfigResponse,
  UserPoolDescriptionType,
  UserPoolType,
} from "../../api/generated/shapes.ts";
import { type Replica, type UserPool, userPoolArn } from "../../domain/user-pools/index.ts";
import { timestamp } from "./timestamp.ts";

const dates = (pool: UserPool) => ({
  LastModifiedDate: timestamp(pool.modifiedAt),
  CreationDate: timestamp(pool.createdAt),
});

export const userPoolType = (pool: UserPool, estimatedNumberOfUsers: number): UserPoolType => ({
  Id: pool.id,
  ...pool.settings,
  ...dates(pool),
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

export const userPoolMfaConfig = (pool: UserPool): GetUserPoolMfaConfigResponse => ({
  ...pool.mfa,
  MfaConfiguration: pool.settings.MfaConfiguration ?? "OFF",
});
