import { deletePrincipal } from "../../domain/iam/index.ts";
import { answering, namedPrincipal, ON_PRINCIPAL, PRINCIPAL } from "./named-principal.ts";
import type { ServiceOperation } from "./operation.ts";

/** A role; credentials of its sessions end with it. */
export const deleteRole: ServiceOperation = {
  ...ON_PRINCIPAL,
  name: "DeleteRole",
  input: PRINCIPAL,
  async invoke(input, context) {
    const who = namedPrincipal(input, context, "DeleteRole", ["role"]);
    await answering(() => deletePrincipal(context.services, who));
    return {};
  },
};
