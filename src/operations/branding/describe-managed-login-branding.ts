import { brandingDoesNotExist } from "../../domain/errors.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { managedLoginBrandingType } from "../wire/branding-type.ts";

export const describeManagedLoginBranding: OperationHandler<"DescribeManagedLoginBranding"> = async (
  input,
  context,
) => {
  const { managedLoginBrandings } = context.services.store;
  const pool = await namedPool(context, input.UserPoolId);
  const branding = await managedLoginBrandings.find(pool.key, input.ManagedLoginBrandingId);
  if (!branding) throw brandingDoesNotExist();
  const assets = await managedLoginBrandings.assets(branding);
  return {
    ManagedLoginBranding: managedLoginBrandingType(pool, branding, assets, input.ReturnMergedResources),
  };
};
