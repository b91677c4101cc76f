import {
  ASSETS_PER_BRANDING,
  checkGivenBranding,
  givenAssets,
  updatedBranding,
} from "../../domain/branding/index.ts";
import { brandingDoesNotExist, invalidParameter, missingRequiredParameter } from "../../domain/errors.ts";
import type { OperationHandler } from "../operation.ts";
import { managedLoginBrandingType } from "../wire/branding-type.ts";
import { changeAppearance } from "./appearance-change.ts";

export const updateManagedLoginBranding: OperationHandler<"UpdateManagedLoginBranding"> = async (
  input,
  context,
) => {
  const { UserPoolId, ManagedLoginBrandingId } = input;
  if (UserPoolId === undefined) throw missingRequiredParameter("UserPoolId");
  if (ManagedLoginBrandingId === undefined) throw missingRequiredParameter("ManagedLoginBrandingId");
  checkGivenBranding(input);
  const given = givenAssets(input.Assets);
  const now = context.services.clock.now();
  return changeAppearance(context, UserPoolId, async ({ managedLoginBrandings }, pool) => {
    const current = await managedLoginBrandings.find(pool.key, ManagedLoginBrandingId);
    if (!current) throw brandingDoesNotExist();
    const branding = updatedBranding(current, input, now);
    await managedLoginBrandings.save(branding);
    if (input.UseCognitoProvidedValues) await managedLoginBrandings.removeAssets(branding);
    await managedLoginBrandings.putAssets(branding, given);
    const assets = await managedLoginBrandings.assets(branding);
    if (assets.length > ASSETS_PER_BRANDING)
      throw invalidParameter(`A style can have at most ${ASSETS_PER_BRANDING} assets.`);
    return { ManagedLoginBranding: managedLoginBrandingType(pool, branding, assets) };
  });
};
