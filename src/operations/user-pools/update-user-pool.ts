import { userPoolDoesNotExist } from "../../domain/errors.ts";
import { requireNoImport } from "../../domain/user-imports/index.ts";
import { updatedUserPoolSettings } from "../../domain/user-pools/index.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const updateUserPool: OperationHandler<"UpdateUserPool"> = async (input, context) => {
  const { store, clock } = context.services;
  await namedPool(context, input.UserPoolId);
  await store.transaction(async (repositories) => {
    const pool = await repositories.userPools.lock(input.UserPoolId);
    if (!pool) throw userPoolDoesNotExist(input.UserPoolId);
    await requireNoImport(repositories, pool);
    const settings = updatedUserPoolSettings(pool, input);
    const { WebAuthnConfiguration } = pool.mfa;
    // Passkeys are no second factor: how they are taken stays when MFA goes.
    const withoutMfa = WebAuthnConfiguration ? { WebAuthnConfiguration } : {};
    const mfa = settings.MfaConfiguration === "OFF" ? withoutMfa : pool.mfa;
    await repositories.userPools.save({ ...pool, settings, mfa, modifiedAt: clock.now() });
  });
  return {};
};
