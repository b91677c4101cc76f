import type {
  GetUserPoolMfaConfigResponse,
  UserPoolDescriptionType,
  UserPoolType,
} from "../../api/generated/shapes.ts";
import { type UserPool, userPoolArn } from "../../domain/user-pools/index.ts";
import { timestamp } from "./timestamp.ts";

const dates = (pool: UserPool) => ({
  LastModifiedDate: timestamp(pool.modifiedAt),
  CreationDate: timestamp(pool.createdAt),
});

export const userPoolType = (pool: UserPool, estimatedNumberOfUsers: number): UserPoolType => ({
  Id: pool.id,
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

export const userPoolMfaConfig = (pool: UserPool): GetUserPoolMfaConfigResponse => ({
  ...pool.mfa,
  MfaConfiguration: pool.settings.MfaConfiguration ?? "OFF",
});
