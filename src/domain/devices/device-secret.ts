import type { DeviceSecretVerifierConfigType } from "../../api/generated/shapes.ts";
import { SRP_N, toBigInt, toJavaBytes } from "../../crypto/srp.ts";
import { invalidParameter, missingRequiredParameter } from "../errors.ts";
import type { Services } from "../services.ts";
import type { UserPool } from "../user-pools/index.ts";
import type { UserKey } from "../users/index.ts";
import type { Device } from "./device.ts";

/** What proves a device: the client keeps the password, the server the verifier. */
export interface DeviceSecret {
  readonly salt: Buffer;
  readonly verifier: Buffer;
}

/** Clients draw salts of 16 bytes; as Java writes integers that may be 17. */
const LONGEST_SALT = 64;
const LONGEST_VERIFIER = toJavaBytes(SRP_N).length;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

function integerBytes(name: string, text: string | undefined, longest: number): Buffer {
  if (!text) throw missingRequiredParameter(name);
  const bytes = Buffer.from(text, "base64");
  if (!BASE64.test(text) || bytes.length === 0 || bytes.length > longest)
    throw invalidParameter(`Invalid ${name} given.`);
  return bytes;
}

/**
 * Reads what ConfirmDevice is given. A verifier of 0 or 1 would be proved by anyone.
 * @throws InvalidParameterException
 */
export function parseDeviceSecret(config: DeviceSecretVerifierConfigType | undefined): DeviceSecret {
  const salt = integerBytes("Salt", config?.Salt, LONGEST_SALT);
  const verifier = toBigInt(integerBytes("PasswordVerifier", config?.PasswordVerifier, LONGEST_VERIFIER));
  if (verifier <= 1n || verifier >= SRP_N - 1n) throw invalidParameter("Invalid PasswordVerifier given.");
  return { salt, verifier: minimalBytes(verifier) };
}

function minimalBytes(value: bigint): Buffer {
  const bytes = toJavaBytes(value);
  return bytes[0] === 0 ? bytes.subarray(1) : bytes;
}

/** A sealed secret opens for its own device of its own user only. */
const place = (userKey: UserKey, deviceKey: string): string => `device|${userKey}|${deviceKey}`;
const dataKey = (services: Pick<Services, "keyEncryptionKey">, pool: UserPool) =>
  services.keyEncryptionKey.dataKey(pool.id, pool.wrappedDataKey);

export function sealDeviceSecret(
  services: Pick<Services, "keyEncryptionKey">,
  pool: UserPool,
  owner: Pick<Device, "userKey" | "deviceKey">,
  { salt, verifier }: DeviceSecret,
): Uint8Array {
  const content = JSON.stringify([salt.toString("base64"), verifier.toString("base64")]);
  return dataKey(services, pool).seal(
    "device-secret",
    place(owner.userKey, owner.deviceKey),
    Buffer.from(content),
  );
}

export function openDeviceSecret(
  services: Pick<Services, "keyEncryptionKey">,
  pool: UserPool,
  device: Pick<Device, "userKey" | "deviceKey" | "sealedSecret">,
): DeviceSecret {
  const content = dataKey(services, pool)
    .open("device-secret", place(device.userKey, device.deviceKey), device.sealedSecret)
    .toString();
  const [salt, verifier] = JSON.parse(content) as [string, string];
  return { salt: Buffer.from(salt, "base64"), verifier: Buffer.from(verifier, "base64") };
}
