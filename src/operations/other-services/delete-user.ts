import { deletePrincipal } from "../../domain/iam/index.ts";
import { answering, namedPrincipal, ON_PRINCIPAL, PRINCIPAL } from "./named-principal.ts";
import type { ServiceOperation } from "./operation.ts";

/** A user, with its access keys and all temporary credentials that go back to them. */
export const deleteUser: ServiceOperation = {
  ...ON_PRINCIPAL,
  name: "DeleteUser",
  input: PRINCIPAL,
  async invoke(input, context) {
    const who = namedPrincipal(input, context, "DeleteUser", ["user"]);
    await answering(() => deletePrincipal(context.services, who));
    return {};
  },
};
