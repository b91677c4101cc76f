import { requireClientOf } from "../../domain/clients/index.ts";
import { brandingDoesNotExist } from "../../domain/errors.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { managedLoginBrandingType } from "../wire/branding-type.ts";

export const describeManagedLoginBrandingByClient: OperationHandler<
  "DescribeManagedLoginBrandingByClient"
> = async (input, context) => {
  const { store } = context.services;
  const pool = await namedPool(context, input.UserPoolId);
  const client = await requireClientOf(store, pool, input.ClientId);
  const branding = await store.managedLoginBrandings.ofClient(client.key);
  if (!branding) throw brandingDoesNotExist();
  const assets = await store.managedLoginBrandings.assets(branding);
  return {
    ManagedLoginBranding: managedLoginBrandingType(pool, branding, assets, input.ReturnMergedResources),
  };
};
