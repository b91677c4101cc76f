import { termsDoNotExist } from "../../domain/errors.ts";
import type { OperationHandler } from "../operation.ts";
import { changeAppearance } from "./appearance-change.ts";

export const deleteTerms: OperationHandler<"DeleteTerms"> = (input, context) =>
  changeAppearance(context, input.UserPoolId, async ({ terms }, pool) => {
    if (!(await terms.remove(pool.key, input.TermsId))) throw termsDoNotExist();
  });
