import { beginSignIn } from "../../domain/authentication/index.ts";
import { requireClient } from "../../domain/clients/index.ts";
import type { OperationHandler } from "../operation.ts";
import { authResponse } from "../wire/auth-response.ts";

export const initiateAuth: OperationHandler<"InitiateAuth"> = async (input, { services }) => {
  const place = await requireClient(services.store, input.ClientId);
  const request = { ...place, parameters: input.AuthParameters ?? {} };
  return authResponse(await beginSignIn(services, "client", input.AuthFlow, request));
};
