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

/** A user, who has no access key yet. */
export const createUser: ServiceOperation = {
  ...ON_PRINCIPAL,
  name: "CreateUser",
  input: { ...PRINCIPAL, ...POLICIES },
  furtherActions: policiesGiven,
  async invoke(input, context) {
    const who = namedPrincipal(input, context, "CreateUser", ["user"]);
    const settings = { ...who, policies: namedPolicies(input), trustPolicy: null, maxSessionSeconds: 3600 };
    await answering(() => createPrincipal(context.services, settings));
    return { PrincipalArn: arnOf(who) };
  },
};
