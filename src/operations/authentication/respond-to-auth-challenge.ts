import { respondToChallenge } from "../../domain/authentication/index.ts";
import { requireClient } from "../../domain/clients/index.ts";
import type { OperationHandler } from "../operation.ts";
import { authResponse } from "../wire/auth-response.ts";

export const respondToAuthChallenge: OperationHandler<"RespondToAuthChallenge"> = async (
  input,
  { services, sourceIp },
) => {
  const place = { ...(await requireClient(services.store, input.ClientId)), sourceIp };
  const responses = input.ChallengeResponses ?? {};
  const answer = { name: input.ChallengeName, session: input.Session, responses };
  return authResponse(await respondToChallenge(services, place, answer));
};
