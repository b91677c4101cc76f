import { updatedTerms } from "../../domain/branding/index.ts";
import { termsDoNotExist, termsExist } from "../../domain/errors.ts";
import type { OperationHandler } from "../operation.ts";
import { termsType } from "../wire/branding-type.ts";
import { changeAppearance } from "./appearance-change.ts";

export const updateTerms: OperationHandler<"UpdateTerms"> = async (input, context) => {
  const now = context.services.clock.now();
  return changeAppearance(context, input.UserPoolId, async ({ terms }, pool) => {
    const current = await terms.find(pool.key, input.TermsId);
    if (!current) throw termsDoNotExist();
    const updated = updatedTerms(current, input, now);
    const namesake = await terms.ofClient(current.clientKey, updated.name);
    if (namesake && namesake.id !== current.id) throw termsExist(updated.name, current.clientId);
    await terms.save(updated);
    return { Terms: termsType(pool, updated) };
  });
};
