import { assumeRole as assume } from "../../domain/iam/index.ts";
import type { TokenAction } from "./operation.ts";
import { credentialsAnswer, duration, optionalText, refuseParameters, requiredText } from "./parameters.ts";

const ROLE_ARN = {
  name: "RoleArn",
  min: 20,
  max: 2048,
  pattern: /^\S+$/,
};
const SESSION_NAME = { name: "RoleSessionName", min: 2, max: 64, pattern: /^[\w+=,.@-]*$/ };
const POLICY = { name: "Policy", min: 1, max: 131_072, pattern: /^[\s\S]+$/ };
const EXTERNAL_ID = { name: "ExternalId", min: 2, max: 1224, pattern: /^[\w+=,.@:/-]*$/ };
const UNSUPPORTED = [
  "PolicyArns",
  "ProvidedContexts",
  "SerialNumber",
  "SourceIdentity",
  "Tags",
  "TokenCode",
  "TransitiveTagKeys",
];

export const assumeRole: TokenAction = async (parameters, { caller, origin, authority, services }) => {
  refuseParameters(parameters, UNSUPPORTED);
  const session = await assume(
    services,
    authority,
    caller,
    {
      roleArn: requiredText(parameters, ROLE_ARN),
      sessionName: requiredText(parameters, SESSION_NAME),
      seconds: duration(parameters, 900, 43_200),
      sessionPolicy: optionalText(parameters, POLICY),
      externalId: optionalText(parameters, EXTERNAL_ID),
    },
    origin,
  );
  return {
    AssumedRoleUser: { AssumedRoleId: session.assumedRoleId, Arn: session.arn },
    Credentials: credentialsAnswer(session.credentials),
    PackedPolicySize: session.packedPolicySize ?? undefined,
  };
};
