import { invalidParameter } from "../../domain/errors.ts";
import { arnOf, createPrincipal } from "../../domain/iam/index.ts";
import {
  answering,
  namedPolicies,
  namedPrincipal,
  ON_PRINCIPAL,
  POLICIES,
  PRINCIPAL,
  policiesGiven,
} from "./named-principal.ts";
import type { ServiceOperation } from "./operation.ts";

/** In seconds, as IAM has it. */
const SHORTEST_SESSION = 3600;
const LONGEST_SESSION = 43_200;

/** A role, which those whom its trust policy names may take on. */
export const createRole: ServiceOperation = {
  ...ON_PRINCIPAL,
  name: "CreateRole",
  input: {
    ...PRINCIPAL,
    AssumeRolePolicyDocument: { type: "string", required: true },
    MaxSessionDuration: { type: "integer" },
    ...POLICIES,
  },
  furtherActions: policiesGiven,
  async invoke(input, context) {
    const who = namedPrincipal(input, context, "CreateRole", ["role"]);
    const maxSessionSeconds = Number(input.MaxSessionDuration ?? SHORTEST_SESSION);
    if (maxSessionSeconds < SHORTEST_SESSION || maxSessionSeconds > LONGEST_SESSION)
      throw invalidParameter(
        `MaxSessionDuration is a whole number from ${SHORTEST_SESSION} to ${LONGEST_SESSION}.`,
      );
    const trustPolicy = String(input.AssumeRolePolicyDocument);
    const settings = { ...who, policies: namedPolicies(input), trustPolicy, maxSessionSeconds };
    await answering(() => createPrincipal(context.services, settings));
    return { PrincipalArn: arnOf(who) };
  },
};
