import { deleteAccessKey as remove } from "../../domain/iam/index.ts";
import { answering, namedPrincipal, ON_PRINCIPAL, PRINCIPAL } from "./named-principal.ts";
import type { ServiceOperation } from "./operation.ts";

/** Ends an access key, and all temporary credentials that go back to it. */
export const deleteAccessKey: ServiceOperation = {
  ...ON_PRINCIPAL,
  name: "DeleteAccessKey",
  input: { ...PRINCIPAL, AccessKeyId: { type: "string", required: true } },
  async invoke(input, context) {
    const who = namedPrincipal(input, context, "DeleteAccessKey", ["user", "root"]);
    await answering(() => remove(context.services, String(input.AccessKeyId), who));
    return {};
  },
};
