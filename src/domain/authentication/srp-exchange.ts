import { digestsEqual, SealBroken } from "../../crypto/encryption-at-rest.ts";
import {
  isPublicValue,
  type SrpIdentity,
  srpClaimSignature,
  srpServerKeys,
  srpSessionKeys,
} from "../../crypto/srp.ts";
import { after, type Instant } from "../../runtime/clock.ts";
import { type Client, clientValidity, hidesUserExistence } from "../clients/index.ts";
import { isDeviceKey } from "../devices/index.ts";
import {
  incorrectUsernameOrPassword,
  invalidParameter,
  missingRequiredParameter,
  type ServiceError,
  sessionExpired,
  userDoesNotExist,
} from "../errors.ts";
import type { Services } from "../services.ts";
import { srpPoolName, type UserPool } from "../user-pools/index.ts";
import {
  findUser,
  NOBODY,
  pretendToOpen,
  srpCredential,
  type User,
  type UserKey,
  unknownUserFacts,
  unknownUserVerifier,
} from "../users/index.ts";
import { stateBytes } from "./challenge-session.ts";
import type { ClientPlace } from "./outcome.ts";

/** 256 bits: enough for the server's secret exponent, and a quarter of the work of 1024. */
export const EXPONENT_BYTES = 32;
/** N has 768 hexadecimal digits; a longer A is no residue. */
const PUBLIC_A = /^[0-9a-fA-F]{1,768}$/;
/** `Tue Jan 7 08:05:09 UTC 2025`: English, the day without a leading zero, 24 hours. */
const TIMESTAMP =
  /^(Sun|Mon|Tue|Wed|Thu|Fri|Sat) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{1,2} \d{2}:\d{2}:\d{2} UTC \d{4}$/;

/** @throws InvalidParameterException for what is no residue, or one that makes the shared key known to anyone */
export function requirePublicA(publicA: string): string {
  if (!PUBLIC_A.test(publicA) || !isPublicValue(publicA)) throw invalidParameter("Invalid SRP_A value.");
  return publicA;
}

/** The server's state between the two requests: what SECRET_BLOCK holds under its seal. */
export interface SrpExchange {
  readonly nonce: string;
  /** Null for a name that no user has. */
  readonly userKey: UserKey | null;
  /** The name that was claimed, for counting failures. */
  readonly name: string;
  readonly userIdForSrp: string;
  readonly publicA: string;
  readonly publicB: string;
  /** Hexadecimal. */
  readonly b: string;
  /** The device that the client said to be in the first request. */
  readonly deviceKey: string | null;
  readonly expiresAt: Instant;
  /** The nonce of the custom sign-in that this proof belongs to, so that it cannot pass for a sign-in of its own; else null. */
  readonly custom: string | null;
}

const place = (client: Client): string => `srp_exchange|${client.id}`;

/** Salt and verifier of a user; stable false ones for a name that no user has, and for users without a verifier. */
async function credentialOf(services: Services, pool: UserPool, user: User | null, name: string) {
  const stored = await services.store.passwords.find(user?.key ?? NOBODY);
  const real =
    user && stored && pool.passwordStorage === "srp" ? srpCredential(services, pool, user, stored) : null;
  if (real && user) return { ...real, userIdForSrp: user.username };
  const claimed = user?.username ?? name;
  const { salt, sub } = unknownUserFacts(services, pool, claimed);
  return {
    salt,
    verifier: unknownUserVerifier(services, pool, claimed),
    userIdForSrp: user?.username ?? sub,
  };
}

/**
 * The first half: the client's A in, salt and B out, the state sealed into SECRET_BLOCK. Nothing is written.
 * @throws InvalidParameterException, UserNotFoundException (clients that do not hide who exists)
 */
export async function beginSrp(
  services: Services,
  { pool, client }: ClientPlace,
  name: string,
  publicA: string,
  deviceKey: string | undefined,
  custom: string | null = null,
) {
  requirePublicA(publicA);
  const user = await findUser(services.store.users, pool, name);
  if (!user && !hidesUserExistence(client)) throw userDoesNotExist();
  const { salt, verifier, userIdForSrp } = await credentialOf(services, pool, user, name);
  const b = services.random.bytes(EXPONENT_BYTES);
  const { publicB } = srpServerKeys(verifier, b);
  const exchange: SrpExchange = {
    nonce: services.identifiers.uuid(),
    userKey: user?.key ?? null,
    name,
    userIdForSrp,
    publicA,
    publicB,
    b: b.toString("hex"),
    deviceKey: deviceKey !== undefined && isDeviceKey(deviceKey) ? deviceKey : null,
    expiresAt: after(services.clock.now(), clientValidity(client.settings).sessionMs),
    custom,
  };
  const secretBlock = services.keyEncryptionKey
    .dataKey(pool.id, pool.wrappedDataKey)
    .seal("challenge-session", place(client), stateBytes(exchange));
  return {
    SALT: salt.toString("hex"),
    SECRET_BLOCK: secretBlock.toString("base64"),
    SRP_B: publicB,
    USERNAME: userIdForSrp,
    USER_ID_FOR_SRP: userIdForSrp,
  };
}

/** @throws NotAuthorizedException for a block that this pool did not give to this client, or one whose time is up */
export function openExchange(
  services: Services,
  { pool, client }: ClientPlace,
  secretBlock: string,
): SrpExchange {
  try {
    const exchange: SrpExchange = JSON.parse(
      services.keyEncryptionKey
        .dataKey(pool.id, pool.wrappedDataKey)
        .open("challenge-session", place(client), Buffer.from(secretBlock, "base64"))
        .toString(),
    );
    if (exchange.expiresAt <= services.clock.now()) throw sessionExpired();
    return exchange;
  } catch (fault) {
    if (fault instanceof SealBroken) throw incorrectUsernameOrPassword();
    throw fault;
  }
}

/** The client's proof as it comes in. */
export interface SrpProof {
  readonly secretBlock: string;
  /** base64 */
  readonly signature: string;
  readonly timestamp: string;
}

/** @throws InvalidParameterException for a response that is missing or malformed */
export function srpProof(responses: Readonly<Record<string, string>>): SrpProof {
  const {
    PASSWORD_CLAIM_SECRET_BLOCK: secretBlock,
    PASSWORD_CLAIM_SIGNATURE: signature,
    TIMESTAMP: timestamp,
  } = responses;
  if (!secretBlock) throw missingRequiredParameter("PASSWORD_CLAIM_SECRET_BLOCK");
  if (!signature) throw missingRequiredParameter("PASSWORD_CLAIM_SIGNATURE");
  if (!timestamp) throw missingRequiredParameter("TIMESTAMP");
  if (!TIMESTAMP.test(timestamp))
    throw invalidParameter("TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.");
  return { secretBlock, signature, timestamp };
}

/** Whether the signature is made with one of the keys that a right password leads to. */
export function provesPassword(
  keys: readonly Uint8Array[],
  identity: SrpIdentity,
  { secretBlock, signature, timestamp }: SrpProof,
): boolean {
  const block = Buffer.from(secretBlock, "base64");
  const given = Buffer.from(signature, "base64");
  return keys.some((key) => digestsEqual(srpClaimSignature(key, identity, block, timestamp), given));
}

/** The second half: whether the client knew the password. The same work for users and for names that no user has. */
export async function checkSrpProof(
  services: Services,
  { pool }: ClientPlace,
  exchange: SrpExchange,
  user: User | null,
  proof: SrpProof,
): Promise<ServiceError | null> {
  const { verifier } = await credentialOf(services, pool, user, exchange.name);
  // A user's rows were read twice.
  if (!user) pretendToOpen(services, pool, exchange.name);
  const keys = { b: Buffer.from(exchange.b, "hex"), publicB: exchange.publicB };
  const identity = { group: srpPoolName(pool.id), name: exchange.userIdForSrp };
  const right = provesPassword(srpSessionKeys(exchange.publicA, verifier, keys), identity, proof);
  return right && user ? null : incorrectUsernameOrPassword();
}
