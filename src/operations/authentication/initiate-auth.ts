import { beginSignIn } from "../../domain/authentication/index.ts";
import { requireClient } from "../../domain/clients/index.ts";
import { invalidParameter, ServiceError } from "../../domain/errors.ts";
import type { OperationHandler } from "../operation.ts";
import { userContext } from "../user-context.ts";
import { authResponse } from "../wire/auth-response.ts";

/** Of the four sign-in operations only this one declares no MFAMethodNotFoundException: it is an invalid parameter here. */
export const initiateAuth: OperationHandler<"InitiateAuth"> = async (input, context) => {
  const { services, sourceIp, userAgent, awsSdkVersion } = context;
  const place = await requireClient(services.store, input.ClientId);
  const request = {
    ...place,
    sourceIp,
    userAgent,
    userContext: userContext(context, place.client, input.UserContextData),
    call: { awsSdkVersion, validationData: input.ClientMetadata },
    parameters: input.AuthParameters ?? {},
    session: input.Session,
  };
  const outcome = await beginSignIn(services, "client", input.AuthFlow, request).catch((refusal: unknown) => {
    throw refusal instanceof ServiceError && refusal.code === "MFAMethodNotFoundException"
      ? invalidParameter(refusal.message)
      : refusal;
  });
  return authResponse(outcome);
};
