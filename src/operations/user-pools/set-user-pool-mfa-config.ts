import { userPoolDoesNotExist } from "../../domain/errors.ts";
import { withMfaConfig } from "../../domain/user-pools/index.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { userPoolMfaConfig } from "../wire/user-pool-type.ts";

export const setUserPoolMfaConfig: OperationHandler<"SetUserPoolMfaConfig"> = async (input, context) => {
  const { store, clock } = context.services;
  await namedPool(context, input.UserPoolId);
  return store.transaction(async (repositories) => {
    const pool = await repositories.userPools.lock(input.UserPoolId);
    if (!pool) throw userPoolDoesNotExist(input.UserPoolId);
    const changed = { ...withMfaConfig(pool, input), modifiedAt: clock.now() };
    await repositories.userPools.save(changed);
    return userPoolMfaConfig(changed);
  });
};
