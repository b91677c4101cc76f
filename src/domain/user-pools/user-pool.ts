import type { GetUserPoolMfaConfigResponse, UserPoolType } from "../../api/generated/shapes.ts";
import type { Instant } from "../../runtime/clock.ts";
import type { PoolDomainNames } from "./pool-domain.ts";
import type { SessionConfiguration } from "./session-configuration.ts";

/** Row key of a pool; unlike the id it is small and never leaves the server. */
export type PoolKey = number & { readonly __brand: "PoolKey" };

/**
 * A pool's settings in the API's own shape, as DescribeUserPool returns them, without what is derived (id, ARN, dates, counts,
 * domain). The tags are kept in it too.
 */
export type UserPoolSettings = Omit<
  UserPoolType,
  | "Id"
  | "Arn"
  | "CreationDate"
  | "LastModifiedDate"
  | "EstimatedNumberOfUsers"
  | "Status"
  | "Domain"
  | "CustomDomain"
  | "SmsConfigurationFailure"
  | "EmailConfigurationFailure"
> & { readonly Name: string };

/** What SetUserPoolMfaConfig stores beside the pool's MfaConfiguration, in the API's shape. */
export type MfaSettings = Omit<GetUserPoolMfaConfigResponse, "MfaConfiguration">;

/**
 * How a pool keeps passwords. `srp`: a sealed SRP verifier, which serves SRP and password flows alike. `argon2id`: a keyed
 * argon2id hash and no verifier; SRP sign-in then fails as for a wrong password. Fixed when the pool is made.
 */
export type PasswordStorage = "srp" | "argon2id";

export interface UserPool {
  readonly key: PoolKey;
  /** `<region>_` and nine letters or digits. */
  readonly id: string;
  readonly region: string;
  readonly accountId: string;
  readonly settings: UserPoolSettings;
  readonly mfa: MfaSettings;
  /** Absent in a pool that never had a domain. */
  readonly domains?: PoolDomainNames;
  /** Absent until SetUserPoolSessionConfiguration. */
  readonly sessions?: SessionConfiguration;
  readonly passwordStorage: PasswordStorage;
  /** The pool's data key, wrapped by the key-encryption key. */
  readonly wrappedDataKey: Uint8Array;
  readonly createdAt: Instant;
  readonly modifiedAt: Instant;
}

/** The part of the pool id after the underscore: the "pool name" of the SRP computation. */
export const srpPoolName = (userPoolId: string): string => userPoolId.slice(userPoolId.indexOf("_") + 1);

export const userPoolArn = (pool: Pick<UserPool, "id" | "region" | "accountId">): string =>
  `arn:aws:cognito-idp:${pool.region}:${pool.accountId}:userpool/${pool.id}`;
