import { beginSignIn } from "../../domain/authentication/index.ts";
import { requireClientOf } from "../../domain/clients/index.ts";
import { namedPool, sightingOf } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { administratorsUserContext } from "../user-context.ts";
import { authResponse } from "../wire/auth-response.ts";

export const adminInitiateAuth: OperationHandler<"AdminInitiateAuth"> = async (input, context) => {
  const { services } = context;
  const pool = await namedPool(context, input.UserPoolId);
  const client = await requireClientOf(services.store, pool, input.ClientId);
  const request = {
    pool,
    client,
    ...sightingOf(input.ContextData),
    userContext: administratorsUserContext(context, input.ContextData),
    call: { awsSdkVersion: context.awsSdkVersion, validationData: input.ClientMetadata },
    parameters: input.AuthParameters ?? {},
    session: input.Session,
  };
  return authResponse(await beginSignIn(services, "administrator", input.AuthFlow, request));
};
