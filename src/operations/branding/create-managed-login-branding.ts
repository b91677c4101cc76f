import { checkGivenBranding, givenAssets, type ManagedLoginBranding } from "../../domain/branding/index.ts";
import { requireClientOf } from "../../domain/clients/index.ts";
import { brandingExists, resourceLimitExceeded } from "../../domain/errors.ts";
import type { OperationHandler } from "../operation.ts";
import { managedLoginBrandingType } from "../wire/branding-type.ts";
import { changeAppearance } from "./appearance-change.ts";

const BRANDINGS_PER_POOL = 20;

export const createManagedLoginBranding: OperationHandler<"CreateManagedLoginBranding"> = async (
  input,
  context,
) => {
  const { clock, identifiers } = context.services;
  checkGivenBranding(input);
  const assets = givenAssets(input.Assets);
  return changeAppearance(context, input.UserPoolId, async ({ managedLoginBrandings, clients }, pool) => {
    const client = await requireClientOf({ clients }, pool, input.ClientId);
    if (await managedLoginBrandings.ofClient(client.key)) throw brandingExists(client.id);
    if ((await managedLoginBrandings.count(pool.key)) >= BRANDINGS_PER_POOL)
      throw resourceLimitExceeded("managed login branding styles");
    const now = clock.now();
    const branding: ManagedLoginBranding = {
      poolKey: pool.key,
      id: identifiers.uuid(),
      clientKey: client.key,
      clientId: client.id,
      useProvidedValues: input.UseCognitoProvidedValues ?? false,
      settings: (input.Settings as ManagedLoginBranding["settings"] | undefined) ?? null,
      createdAt: now,
      modifiedAt: now,
    };
    if (!(await managedLoginBrandings.insert(branding))) throw brandingExists(client.id);
    await managedLoginBrandings.putAssets(branding, assets);
    return {
      ManagedLoginBranding: managedLoginBrandingType(
        pool,
        branding,
        await managedLoginBrandings.assets(branding),
      ),
    };
  });
};
