import { invalidParameter, resourceLimitExceeded } from "../../domain/errors.ts";
import {
  newUserPoolSettings,
  type PasswordStorage,
  type PoolKey,
  type UserPool,
} from "../../domain/user-pools/index.ts";
import type { OperationHandler } from "../operation.ts";
import { userPoolType } from "../wire/user-pool-type.ts";

/** A tag of this name chooses how the new pool keeps passwords, by any client of the API: `srp` or `argon2id`. */
const PASSWORD_STORAGE_TAG = "cognate:password-storage";

function passwordStorage(tags: Readonly<Record<string, string>>, fallback: PasswordStorage): PasswordStorage {
  const tag = tags[PASSWORD_STORAGE_TAG];
  if (tag === undefined) return fallback;
  if (tag !== "srp" && tag !== "argon2id")
    throw invalidParameter(`The tag ${PASSWORD_STORAGE_TAG} must be srp or argon2id.`);
  return tag;
}

/** Nodes that make pools at once can exceed the quota by as many. The pool's signing keys are made when they are first needed, so this does not wait for them. */
export const createUserPool: OperationHandler<"CreateUserPool"> = async (
  input,
  { services, region, accountId },
) => {
  const id = services.identifiers.userPoolId(region);
  const settings = newUserPoolSettings(input, { region, accountId });
  const now = services.clock.now();
  const pool: UserPool = {
    key: services.identifiers.key() as PoolKey,
    id,
    region,
    accountId,
    settings,
    mfa: {},
    passwordStorage: passwordStorage(input.UserPoolTags ?? {}, services.defaultPasswordStorage),
    wrappedDataKey: services.keyEncryptionKey.newDataKey(id),
    createdAt: now,
    modifiedAt: now,
  };
  await services.store.transaction(async ({ userPools }) => {
    const most = services.quotas.userPools;
    if ((await userPools.count({ region, accountId }, most)) >= most)
      throw resourceLimitExceeded("user pools");
    await userPools.insert(pool);
  });
  return { UserPool: userPoolType(pool, 0) };
};
