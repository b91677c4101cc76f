import { digestsEqual, type KeyEncryptionKey } from "../../crypto/encryption-at-rest.ts";
import { parseForeignHash, verifyForeignHash } from "../../crypto/foreign-password-hash.ts";
import { hashPassword, verifyPassword, wastePasswordWork } from "../../crypto/password-hash.ts";
import { imaginedVerifier, srpVerifier } from "../../crypto/srp.ts";
import { type Instant, monotonicMs } from "../../runtime/clock.ts";
import type { Random } from "../../runtime/random.ts";
import { passwordRefused, passwordUsedBefore, rateExceeded } from "../errors.ts";
import { passwordRefusal, srpPoolName, type UserPool } from "../user-pools/index.ts";
import { comparable } from "./aliases.ts";
import type { ImportedHash } from "./imported-hash.ts";
import type { CompromisedPasswords, Passwords, StoredPassword } from "./ports.ts";
import type { User } from "./user.ts";

/** The part of a store, or of a transaction, that keeps passwords. */
interface PasswordRepositories {
  readonly passwords: Passwords;
}

export interface PasswordServices {
  readonly keyEncryptionKey: KeyEncryptionKey;
  readonly random: Random;
  readonly hashing: HashingSlots;
}

/** What it takes to keep a new password. */
export interface NewPasswordServices extends PasswordServices {
  readonly compromisedPasswords: CompromisedPasswords;
}

/** What the newest hash counts for in the mean time of a hash. */
const NEWEST_HASH_WEIGHT = 1 / 8;

/**
 * Bounds the memory-hard hashes in flight: `slots` at once and `queue` waiting, fewer where hashes take so long that the last of
 * them would wait longer than it may. What does not fit is refused rather than queued without end: a client that gets its answer
 * after it gave up has cost a hash for nothing.
 */
export class HashingSlots {
  readonly #slots: number;
  readonly #queue: number;
  readonly #longestWaitMs: number;
  readonly #nowMs: () => number;
  readonly #waiting: (() => void)[] = [];
  #busy = 0;
  /** How long a hash takes here and now, in milliseconds; 0 before the first. */
  #meanMs = 0;

  /** @param longestWaitMs that a hash waits for its turn, as far as can be told; there is always room for as many as run */
  constructor(
    slots: number,
    queue: number,
    longestWaitMs = Number.POSITIVE_INFINITY,
    nowMs: () => number = monotonicMs,
  ) {
    this.#slots = slots;
    this.#queue = queue;
    this.#longestWaitMs = longestWaitMs;
    this.#nowMs = nowMs;
  }

  get running(): number {
    return this.#busy;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Whether one more would be refused now. */
  get full(): boolean {
    return this.#busy >= this.#slots && this.#waiting.length >= this.#room;
  }

  /** How many may wait now. */
  get #room(): number {
    if (this.#meanMs === 0) return this.#queue;
    const inTime = Math.floor((this.#longestWaitMs * this.#slots) / this.#meanMs);
    return Math.min(this.#queue, Math.max(this.#slots, inTime));
  }

  /** @throws TooManyRequestsException when the queue is full */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.full) throw rateExceeded();
    if (this.#busy >= this.#slots) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#busy++;
    const begunAt = this.#nowMs();
    try {
      return await work();
    } finally {
      const tookMs = this.#nowMs() - begunAt;
      this.#meanMs += (tookMs - this.#meanMs) * (this.#meanMs === 0 ? 1 : NEWEST_HASH_WEIGHT);
      const next = this.#waiting.shift();
      if (next) next();
      else this.#busy--;
    }
  }
}

/** What the seal holds. One credential, never a weaker copy beside a stronger one. */
type Credential = (
  | { readonly kind: "srp"; readonly salt: string; readonly verifier: string }
  | { readonly kind: "argon2id"; readonly phc: string }
  /** Another system's hash, until the first sign-in with the password puts the pool's own kind in its place. */
  | ({ readonly kind: "imported" } & ImportedHash)
) & {
  /** 1 when the password was a known one as it was set: SRP never shows it again. Under the seal, for it helps to guess. */
  readonly exposed?: 0 | 1;
};

/** Who a password belongs to; bound into the seal, so that a row's password is useless in another row. */
type Owner = Pick<User, "key" | "username">;

const SALT_BYTES = 16;
/** In base64. */
const VERIFIER_CHARACTERS = 512;
const place = (owner: Owner): string => `user_password|${owner.key}`;
const dataKey = (services: Pick<PasswordServices, "keyEncryptionKey">, pool: UserPool) =>
  services.keyEncryptionKey.dataKey(pool.id, pool.wrappedDataKey);
const srpIdentity = (pool: UserPool, owner: Owner) => ({ group: srpPoolName(pool.id), name: owner.username });

/** argon2id works on an HMAC under a pepper from the key-encryption key: a stolen database alone cannot be guessed against. */
const peppered = (services: PasswordServices, pool: UserPool, owner: Owner, password: string): Buffer =>
  dataKey(services, pool).mac("password-pepper", String(owner.key), password);

/** SRP clients disagree on salts that begin with a zero byte, so none does. */
function newSalt(random: Random): Buffer {
  const salt = random.bytes(SALT_BYTES);
  if (salt[0] === 0) salt[0] = 1 + random.below(255);
  return salt;
}

/** Derives and seals a password in the pool's form: about 0.6 ms (srp) or 12 ms (argon2id). */
export async function sealPassword(
  services: NewPasswordServices,
  pool: UserPool,
  owner: Owner,
  password: string,
): Promise<Uint8Array> {
  const salt = newSalt(services.random);
  const exposed = (await services.compromisedPasswords.includes(password)) ? 1 : 0;
  const credential: Credential =
    pool.passwordStorage === "srp"
      ? {
          kind: "srp",
          salt: salt.toString("hex"),
          verifier: srpVerifier(srpIdentity(pool, owner), password, salt).toString("base64"),
          exposed,
        }
      : {
          kind: "argon2id",
          phc: await services.hashing.run(() =>
            hashPassword(peppered(services, pool, owner, password), salt),
          ),
          exposed,
        };
  return sealCredential(services, pool, owner, credential);
}

function sealCredential(
  services: Pick<PasswordServices, "keyEncryptionKey">,
  pool: UserPool,
  owner: Owner,
  credential: Credential,
): Uint8Array {
  return dataKey(services, pool).seal("password", place(owner), Buffer.from(JSON.stringify(credential)));
}

/** Seals another system's hash as the user's password. The hash is one that `importedHashRefusal` accepts. */
export const sealImportedHash = (
  services: Pick<PasswordServices, "keyEncryptionKey">,
  pool: UserPool,
  owner: Owner,
  hash: ImportedHash,
): Uint8Array => sealCredential(services, pool, owner, { kind: "imported", ...hash });

/**
 * The password in the pool's own form, to be stored in place of another system's hash that it was just checked against; null when
 * the stored password has that form already.
 */
export async function sealedInPlaceOfImport(
  services: NewPasswordServices,
  pool: UserPool,
  owner: Owner,
  stored: StoredPassword,
  password: string,
): Promise<Uint8Array | null> {
  const { kind } = openCredential(services, pool, owner, stored);
  return kind === "imported" ? sealPassword(services, pool, owner, password) : null;
}

function openCredential(
  services: PasswordServices,
  pool: UserPool,
  owner: Owner,
  stored: StoredPassword,
): Credential {
  return JSON.parse(dataKey(services, pool).open("password", place(owner), stored.sealed).toString());
}

/** Salt and verifier for SRP; null when the pool keeps argon2id hashes, and for another system's hash. */
export function srpCredential(
  services: PasswordServices,
  pool: UserPool,
  owner: Owner,
  stored: StoredPassword,
): { salt: Buffer; verifier: Buffer } | null {
  const credential = openCredential(services, pool, owner, stored);
  return credential.kind === "srp"
    ? { salt: Buffer.from(credential.salt, "hex"), verifier: Buffer.from(credential.verifier, "base64") }
    : null;
}

/** Whether strangers knew the password when it was set. */
export const isExposedPassword = (
  services: PasswordServices,
  pool: UserPool,
  owner: Owner,
  stored: StoredPassword,
): boolean => openCredential(services, pool, owner, stored).exposed === 1;

/** A salt and UUID that look the same every time for a name that no user has. */
export function unknownUserFacts(
  services: PasswordServices,
  pool: UserPool,
  name: string,
): { salt: Buffer; sub: string } {
  const digest = dataKey(services, pool).mac("unknown-user", comparable(pool, name));
  const salt = digest.subarray(0, SALT_BYTES);
  if (salt[0] === 0) salt[0] = 1;
  const hex = digest.subarray(SALT_BYTES).toString("hex");
  return {
    salt,
    sub: `${hex.slice(0, 8)}-${hex.slice(8, 12)}-70${hex.slice(14, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`,
  };
}

/** A verifier of no password, the same every time, in a fraction of the time that one of a password takes. */
export const unknownUserVerifier = (services: PasswordServices, pool: UserPool, name: string): Buffer =>
  imaginedVerifier(dataKey(services, pool).mac("unknown-user", "verifier", comparable(pool, name)));

/** The work of opening a stored credential, for someone who has none: as much is sealed. */
export function pretendToOpen(services: PasswordServices, pool: UserPool, name: string): void {
  const salt = "0".repeat(2 * SALT_BYTES);
  const credential: Credential = { kind: "srp", salt, verifier: "0".repeat(VERIFIER_CHARACTERS) };
  dataKey(services, pool).seal("password", name, Buffer.from(JSON.stringify(credential)));
}

/** Whether the password is the stored one. Always does the full work. */
export async function passwordMatches(
  services: PasswordServices,
  pool: UserPool,
  owner: Owner,
  stored: StoredPassword,
  password: string,
): Promise<boolean> {
  const credential = openCredential(services, pool, owner, stored);
  if (credential.kind === "argon2id")
    return services.hashing.run(() =>
      verifyPassword(credential.phc, peppered(services, pool, owner, password)),
    );
  if (credential.kind === "imported") {
    const hash = parseForeignHash(credential.algorithm, credential.hash);
    return hash !== null && services.hashing.run(() => verifyForeignHash(hash, password));
  }
  const verifier = srpVerifier(srpIdentity(pool, owner), password, Buffer.from(credential.salt, "hex"));
  return digestsEqual(verifier, Buffer.from(credential.verifier, "base64"));
}

/** The work of passwordMatches for someone who has no password or does not exist, so that time does not tell. */
export async function pretendToMatch(
  services: PasswordServices,
  pool: UserPool,
  name: string,
  password: string,
): Promise<void> {
  const { salt, sub } = unknownUserFacts(services, pool, name);
  pretendToOpen(services, pool, name);
  if (pool.passwordStorage === "srp") srpVerifier({ group: srpPoolName(pool.id), name: sub }, password, salt);
  else await services.hashing.run(() => wastePasswordWork(Buffer.from(password), salt));
}

/** The words before the reason differ by operation. */
export type PasswordPrefix =
  | "Password did not conform with policy"
  | "Password did not conform with password policy"
  | "Password does not conform to policy";

/** @throws InvalidPasswordException with the first rule that the password breaks */
export function requirePolicy(pool: UserPool, password: string, prefix: PasswordPrefix): void {
  const refusal = passwordRefusal(pool.settings.Policies?.PasswordPolicy ?? {}, password);
  if (refusal) throw passwordRefused(prefix, refusal);
}

const historySize = (pool: UserPool): number =>
  pool.settings.Policies?.PasswordPolicy?.PasswordHistorySize ?? 0;

/**
 * The pool's history counts the current password and those before it.
 * @throws PasswordHistoryPolicyViolationException
 */
export async function requireUnused(
  services: PasswordServices & { readonly store: PasswordRepositories },
  pool: UserPool,
  user: User,
  password: string,
): Promise<void> {
  const size = historySize(pool);
  if (size === 0) return;
  const current = await services.store.passwords.find(user.key);
  const earlier = await services.store.passwords.history(user.key, size - 1);
  for (const stored of current ? [current, ...earlier] : earlier)
    if (await passwordMatches(services, pool, user, stored, password)) throw passwordUsedBefore();
}

/** Puts the password in place of the current one, which joins the history where the pool keeps one. */
export async function replacePassword(
  repositories: PasswordRepositories,
  pool: UserPool,
  user: Pick<User, "key">,
  password: { readonly sealed: Uint8Array; readonly setAt: Instant; readonly temporaryUntil: Instant | null },
): Promise<void> {
  const keep = historySize(pool);
  const current = keep > 0 ? await repositories.passwords.find(user.key) : null;
  if (current) await repositories.passwords.remember(user.key, current, keep);
  await repositories.passwords.put(user.key, password);
}
