import { changePolicies } from "../../domain/iam/index.ts";
import { answering, namedPrincipal, ON_PRINCIPAL, PRINCIPAL } from "./named-principal.ts";
import type { ServiceOperation } from "./operation.ts";

/** Says anew who may take a role on. */
export const updateAssumeRolePolicy: ServiceOperation = {
  ...ON_PRINCIPAL,
  name: "UpdateAssumeRolePolicy",
  input: { ...PRINCIPAL, PolicyDocument: { type: "string", required: true } },
  async invoke(input, context) {
    const who = namedPrincipal(input, context, "UpdateAssumeRolePolicy", ["role"]);
    const trustPolicy = String(input.PolicyDocument);
    await answering(() => changePolicies(context.services, who, { trustPolicy }));
    return {};
  },
};
