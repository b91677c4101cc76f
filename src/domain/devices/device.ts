import type { DeviceRememberedStatusType } from "../../api/generated/shapes.ts";
import type { Instant } from "../../runtime/clock.ts";
import type { Services } from "../services.ts";
import type { UserPool } from "../user-pools/index.ts";
import type { User, UserKey } from "../users/index.ts";

export type DeviceStatus = DeviceRememberedStatusType;

/** A device that its user's client confirmed. */
export interface Device {
  /** Row key: devices are listed in its order. */
  readonly key: number;
  readonly userKey: UserKey;
  /** `<region>_` and a UUID. */
  readonly deviceKey: string;
  /** What takes the place of the pool's name in the device's SRP computation. */
  readonly groupKey: string;
  readonly name: string | null;
  readonly status: DeviceStatus;
  /** Salt and verifier, sealed: see device-secret.ts. */
  readonly sealedSecret: Uint8Array;
  /** Where its latest sign-in came from. */
  readonly lastIp: string | null;
  readonly createdAt: Instant;
  readonly modifiedAt: Instant;
  readonly lastAuthenticatedAt: Instant;
}

/** As the API model constrains DeviceKey; parameters of a sign-in are not constrained by it. */
const DEVICE_KEY = /^[\w-]+_[0-9a-f-]+$/;
const LONGEST_DEVICE_KEY = 55;

export const isDeviceKey = (text: string): boolean =>
  text.length <= LONGEST_DEVICE_KEY && DEVICE_KEY.test(text);

const GROUP_KEY_LENGTH = 8;

/** DeviceGroupKey of the devices that a pool's users confirm: `-` and eight characters, the same for all of them. */
export function deviceGroupKey(services: Pick<Services, "keyEncryptionKey">, pool: UserPool): string {
  const digest = services.keyEncryptionKey
    .dataKey(pool.id, pool.wrappedDataKey)
    .mac("device-group", pool.id)
    .toString("base64url");
  return `-${digest.slice(0, GROUP_KEY_LENGTH)}`;
}

/** The ARN's resource and the value of `dev:device_owner`. */
export const deviceOwner = (pool: UserPool, user: User): string => `${user.username}.${pool.id}`;

export const deviceArn = (pool: UserPool, user: User, { deviceKey }: Device): string =>
  `arn:aws:cognito-idp:${pool.region}:${pool.accountId}:owner/${deviceOwner(pool, user)}/device/${deviceKey}`;
