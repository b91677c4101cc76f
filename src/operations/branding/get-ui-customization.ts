import { ALL_CLIENTS } from "../../domain/branding/index.ts";
import { requireClientOf } from "../../domain/clients/index.ts";
import { namedPool } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { uiCustomizationType } from "../wire/ui-customization-type.ts";

/** The client's own style, else that of all clients; without either an empty structure, by which Terraform knows that. */
export const getUiCustomization: OperationHandler<"GetUICustomization"> = async (input, context) => {
  const { services } = context;
  const { store } = services;
  const pool = await namedPool(context, input.UserPoolId);
  const styleOf = (id: string) => store.uiCustomizations.find(pool.key, id);
  const clientId = input.ClientId ?? ALL_CLIENTS;
  if (clientId !== ALL_CLIENTS) await requireClientOf(store, pool, clientId);
  const found = (await styleOf(clientId)) ?? (await styleOf(ALL_CLIENTS));
  return { UICustomization: found ? uiCustomizationType(services, pool, found) : {} };
};
