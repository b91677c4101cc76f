import { sessionToken } from "../../domain/iam/index.ts";
import type { TokenAction } from "./operation.ts";
import { credentialsAnswer, duration, refuseParameters } from "./parameters.ts";

export const getSessionToken: TokenAction = (parameters, { caller, services }) => {
  refuseParameters(parameters, ["SerialNumber", "TokenCode"]);
  const seconds = duration(parameters, 900, 129_600);
  return { Credentials: credentialsAnswer(sessionToken(services, caller, seconds)) };
};
