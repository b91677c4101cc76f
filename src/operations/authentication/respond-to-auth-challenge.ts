import { respondToChallenge } from "../../domain/authentication/index.ts";
import { requireClient } from "../../domain/clients/index.ts";
import { callWith } from "../caller.ts";
import type { OperationHandler } from "../operation.ts";
import { userContext } from "../user-context.ts";
import { authResponse } from "../wire/auth-response.ts";

export const respondToAuthChallenge: OperationHandler<"RespondToAuthChallenge"> = async (input, context) => {
  const { services, sourceIp, userAgent } = context;
  const client = await requireClient(services.store, input.ClientId);
  const place = {
    ...client,
    sourceIp,
    userAgent,
    userContext: userContext(context, client.client, input.UserContextData),
    call: callWith(context, input.ClientMetadata),
  };
  const responses = input.ChallengeResponses ?? {};
  const answer = { name: input.ChallengeName, session: input.Session, responses };
  return authResponse(await respondToChallenge(services, place, answer));
};
