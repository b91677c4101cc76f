import { hidesUserExistence } from "../clients/index.ts";
import { incorrectUsernameOrPassword, ServiceError, userNotMigrated } from "../errors.ts";
import type { Services } from "../services.ts";
import { type MigratedUser, migratesUsers, userMigration } from "../triggers/index.ts";
import type { UserPool } from "../user-pools/index.ts";
import {
  checkAttributes,
  findUser,
  insertUser,
  isEmailAddress,
  isPhoneNumber,
  newUser,
  sealPassword,
  type User,
  withChanges,
} from "../users/index.ts";
import { attemptOf, clearAttempts } from "./attempt-ledger.ts";
import type { SignInPlace } from "./outcome.ts";
import { attemptProof } from "./password-proof.ts";

type AddressName = "email" | "phone_number";

/** Which address the name is, where this pool's users have names in that form. */
function addressOf(names: readonly string[] | undefined, name: string): AddressName | null {
  if (names?.includes("email") && isEmailAddress(name)) return "email";
  if (names?.includes("phone_number") && isPhoneNumber(name)) return "phone_number";
  return null;
}

/** Whom to store. A name that is an alias of the person says nothing of their username: the function must. */
function plannedUser(
  services: Services,
  { pool, client }: SignInPlace,
  name: string,
  migrated: MigratedUser,
): User {
  const { username, ...given } = migrated.attributes;
  if (!username && addressOf(pool.settings.AliasAttributes, name)) throw userNotMigrated(client.id);
  const address = addressOf(pool.settings.UsernameAttributes, name);
  const list = Object.entries(given).map(([Name, Value]) => ({ Name, Value }));
  const attributes = withChanges(address ? { [address]: name } : {}, checkedAttributes(pool, list));
  const user = newUser(services, pool, { username: username ?? name, status: migrated.status, attributes });
  const enabled = migrated.enableSmsMfa ? (["SMS_MFA"] as const) : [];
  return { ...user, mfa: { enabled, preferred: null } };
}

const checkedAttributes = (pool: UserPool, list: readonly { Name: string; Value: string }[]) =>
  checkAttributes(pool, list, { kind: "administrator" }, "creation");

/** Stores the user; one whom another request migrated first is that one. */
async function store(
  services: Services,
  place: SignInPlace,
  name: string,
  migrated: MigratedUser,
  password: string | null,
): Promise<User> {
  const { pool, client } = place;
  const user = plannedUser(services, place, name, migrated);
  const keepsPassword = password !== null && migrated.status === "CONFIRMED";
  const sealed = keepsPassword ? await sealPassword(services, pool, user, password) : null;
  const result = await services.store.transaction(async (repositories) => {
    const inserted = await insertUser(repositories, pool, user, migrated.aliasConflict);
    if (inserted !== "inserted") return inserted;
    if (sealed)
      await repositories.passwords.put(user.key, { sealed, setAt: user.createdAt, temporaryUntil: null });
    return inserted;
  });
  const stored = result === "inserted" ? user : await findUser(services.store.users, pool, name);
  if (!stored) throw userNotMigrated(client.id);
  return stored;
}

/** What a caller reads when the other directory gave no user: nothing about who exists, where the client hides it. */
function refusalOf({ client }: SignInPlace, refusal: ServiceError): ServiceError {
  if (hidesUserExistence(client)) return incorrectUsernameOrPassword();
  return refusal.code === "UnexpectedLambdaException" ? refusal : userNotMigrated(client.id);
}

async function migrate(
  services: Services,
  place: SignInPlace,
  name: string,
  password: string | null,
): Promise<User | ServiceError> {
  try {
    const migrated = await userMigration(services, place, name, password);
    if (!migrated) return refusalOf(place, userNotMigrated(place.client.id));
    return await store(services, place, name, migrated, password);
  } catch (fault) {
    if (!(fault instanceof ServiceError)) throw fault;
    services.logger.warn("A user was not migrated", {
      userPoolId: place.pool.id,
      clientId: place.client.id,
      errorCode: fault.code,
    });
    return refusalOf(place, fault);
  }
}

/**
 * A sign-in with a password under a name that no user has: asks the pool's UserMigration function, and stores the user whom it
 * knows. Null where the pool has none. Each time counts as an attempt on the name, for the other directory's passwords are
 * guessed here.
 * @throws UserNotFoundException, NotAuthorizedException, UnexpectedLambdaException
 */
export async function migrateSigningIn(
  services: Services,
  place: SignInPlace,
  name: string,
  password: string,
): Promise<User | null> {
  if (!migratesUsers(place)) return null;
  const { pool } = place;
  const attempt = attemptOf(services, pool, null, name);
  let user: User | null = null;
  await attemptProof(
    services,
    pool,
    attempt,
    async () => {
      // Another request with this name may have had its turn just before.
      const migrated =
        (await findUser(services.store.users, pool, name)) ??
        (await migrate(services, place, name, password));
      if (migrated instanceof ServiceError) return migrated;
      user = migrated;
      return null;
    },
    () => clearAttempts(services, services.store, pool, attempt.subject),
  );
  return user;
}

/** The same for a forgotten password: null when the other directory does not know the name either. */
export async function migrateForgotten(
  services: Services,
  place: SignInPlace,
  name: string,
): Promise<User | null> {
  if (!migratesUsers(place)) return null;
  const migrated = await migrate(services, place, name, null);
  if (!(migrated instanceof ServiceError)) return migrated;
  if (hidesUserExistence(place.client)) return null;
  throw migrated;
}
