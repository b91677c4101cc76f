import { ALL_CLIENTS, logoImage, styleSheet } from "../../domain/branding/index.ts";
import { requireClientOf } from "../../domain/clients/index.ts";
import { uiNeedsDomain } from "../../domain/errors.ts";
import { hasDomain } from "../../domain/user-pools/index.ts";
import type { OperationHandler } from "../operation.ts";
import { uiCustomizationType } from "../wire/ui-customization-type.ts";
import { changeAppearance } from "./appearance-change.ts";

/**
 * Style sheet and logo are set together: what is omitted goes, and a client with neither has the style of all clients again.
 * Source: Cognito's documentation of classic branding.
 */
export const setUiCustomization: OperationHandler<"SetUICustomization"> = async (input, context) => {
  const { services } = context;
  const clientId = input.ClientId ?? ALL_CLIENTS;
  const css = styleSheet(input.CSS);
  const image = logoImage(input.ImageFile);
  return changeAppearance(context, input.UserPoolId, async (repositories, pool) => {
    const client = clientId === ALL_CLIENTS ? null : await requireClientOf(repositories, pool, clientId);
    if (!hasDomain(pool)) throw uiNeedsDomain();
    const now = services.clock.now();
    const customization = {
      poolKey: pool.key,
      clientKey: client?.key ?? null,
      clientId,
      css,
      image,
      createdAt: now,
      modifiedAt: now,
    };
    if (css === null && image === null) await repositories.uiCustomizations.remove(pool.key, clientId);
    else await repositories.uiCustomizations.put(customization, image);
    return { UICustomization: uiCustomizationType(services, pool, customization) };
  });
};
