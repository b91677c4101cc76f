import { userPoolDoesNotExist } from "../../domain/errors.ts";
import { requireNoImport } from "../../domain/user-imports/index.ts";
import { extendSchema } from "../../domain/user-pools/index.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";

export const addCustomAttributes: OperationHandler<"AddCustomAttributes"> = async (input, context) => {
  const { store, clock } = context.services;
  await namedPool(context, input.UserPoolId);
  await store.transaction(async (repositories) => {
    const pool = await repositories.userPools.lock(input.UserPoolId);
    if (!pool) throw userPoolDoesNotExist(input.UserPoolId);
    await requireNoImport(repositories, pool);
    const SchemaAttributes = extendSchema(pool.settings.SchemaAttributes ?? [], input.CustomAttributes);
    const settings = { ...pool.settings, SchemaAttributes };
    await repositories.userPools.save({ ...pool, settings, modifiedAt: clock.now() });
  });
  return {};
};
