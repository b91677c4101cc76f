import { respondToChallenge } from "../../domain/authentication/index.ts";
import { requireClientOf } from "../../domain/clients/index.ts";
import { callWith, namedPool, sightingOf } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { administratorsUserContext } from "../user-context.ts";
import { authResponse } from "../wire/auth-response.ts";

export const adminRespondToAuthChallenge: OperationHandler<"AdminRespondToAuthChallenge"> = async (
  input,
  context,
) => {
  const { services } = context;
  const pool = await namedPool(context, input.UserPoolId);
  const client = await requireClientOf(services.store, pool, input.ClientId);
  const place = {
    pool,
    client,
    ...sightingOf(input.ContextData),
    userContext: administratorsUserContext(context, input.ContextData),
    call: callWith(context, input.ClientMetadata),
  };
  const responses = input.ChallengeResponses ?? {};
  const answer = { name: input.ChallengeName, session: input.Session, responses };
  return authResponse(await respondToChallenge(services, place, answer));
};
