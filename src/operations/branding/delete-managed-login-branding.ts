import { brandingDoesNotExist } from "../../domain/errors.ts";
import type { OperationHandler } from "../operation.ts";
import { changeAppearance } from "./appearance-change.ts";

export const deleteManagedLoginBranding: OperationHandler<"DeleteManagedLoginBranding"> = (input, context) =>
  changeAppearance(context, input.UserPoolId, async ({ managedLoginBrandings }, pool) => {
    if (!(await managedLoginBrandings.remove(pool.key, input.ManagedLoginBrandingId)))
      throw brandingDoesNotExist();
  });
