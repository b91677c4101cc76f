import { requirePool } from "../../domain/clients/index.ts";
import { userPoolDoesNotExist } from "../../domain/errors.ts";
import { SECOND } from "../../runtime/clock.ts";
import type { ServiceOperation } from "./operation.ts";

/**
 * New signing keys for a pool: published at once, signing ten minutes later. Those they replace stay published for as long as their
 * tokens may live. Answers with the keys that were made; `ActiveFrom` is in seconds since the epoch.
 */
export const rotateSigningKeys: ServiceOperation = {
  name: "RotateSigningKeys",
  service: "cognate",
  auditedAs: "cognate",
  input: { UserPoolId: { type: "string", required: true } },
  async invoke({ UserPoolId }, context) {
    const { store, tokenKeys } = context.services;
    const userPoolId = String(UserPoolId);
    const pool = await requirePool(store, context, userPoolId);
    const made = await tokenKeys.rotate(pool, null, store);
    if (!made) throw userPoolDoesNotExist(userPoolId);
    return {
      UserPoolId: pool.id,
      SigningKeys: made.map(({ kid, use, activeFrom }) => ({
        KeyId: kid,
        TokenUse: use,
        ActiveFrom: activeFrom / SECOND,
      })),
    };
  },
};
