import { newSelfSignedCertificate } from "../../crypto/self-signed-certificate.ts";
import type { Instant } from "../../runtime/clock.ts";
import { userPoolDoesNotExist } from "../errors.ts";
import type { Services } from "../services.ts";
import type { PoolKey, UserPool } from "./user-pool.ts";

/** The certificate of the key that a pool signs requests to SAML providers with. */
export interface SigningCertificate {
  readonly poolKey: PoolKey;
  /** X.509, DER */
  readonly certificate: Uint8Array;
  /** PKCS#8 DER, sealed under the pool's data key. */
  readonly sealedPrivateKey: Uint8Array;
  readonly createdAt: Instant;
}

const VALIDITY_YEARS = 10;

const place = (poolKey: PoolKey): string => `signing_certificate|${poolKey}`;

/**
 * The pool's certificate. It is made when it is first asked for, once: of nodes that make one at the same time the first to store
 * it decides.
 * @throws ResourceNotFoundException when the pool goes meanwhile
 */
export async function signingCertificate(
  services: Pick<Services, "store" | "keyEncryptionKey" | "clock" | "random">,
  pool: UserPool,
): Promise<SigningCertificate> {
  const { store, keyEncryptionKey, clock, random } = services;
  const stored = await store.signingCertificates.find(pool.key);
  if (stored) return stored;
  const createdAt = clock.now();
  const from = new Date(createdAt);
  const until = new Date(createdAt);
  until.setUTCFullYear(until.getUTCFullYear() + VALIDITY_YEARS);
  const made = await newSelfSignedCertificate(pool.id, { from, until }, random);
  const sealedPrivateKey = keyEncryptionKey
    .dataKey(pool.id, pool.wrappedDataKey)
    .seal("signing-certificate", place(pool.key), made.privateKey);
  const { certificate } = made;
  return store.transaction(async ({ userPools, signingCertificates }) => {
    if (!(await userPools.lock(pool.id))) throw userPoolDoesNotExist(pool.id);
    const first = await signingCertificates.find(pool.key);
    if (first) return first;
    const mine = { poolKey: pool.key, certificate, sealedPrivateKey, createdAt };
    await signingCertificates.insert(mine);
    return mine;
  });
}
