import { changePolicies } from "../../domain/iam/index.ts";
import {
  answering,
  namedPolicies,
  namedPrincipal,
  ON_PRINCIPAL,
  POLICIES,
  PRINCIPAL,
} from "./named-principal.ts";
import type { ServiceOperation } from "./operation.ts";

/** Puts policies in the place of all that a user or a role has; an empty list takes everything away. */
export const putPolicies: ServiceOperation = {
  ...ON_PRINCIPAL,
  name: "PutPolicies",
  input: { ...PRINCIPAL, Policies: { ...POLICIES.Policies, required: true } },
  async invoke(input, context) {
    const who = namedPrincipal(input, context, "PutPolicies", ["user", "role"]);
    const policies = namedPolicies(input);
    await answering(() => changePolicies(context.services, who, { policies }));
    return {};
  },
};
