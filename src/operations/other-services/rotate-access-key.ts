import { rotateAccessKey as rotate } from "../../domain/iam/index.ts";
import { answering, namedPrincipal, ON_PRINCIPAL, PRINCIPAL, shownKey } from "./named-principal.ts";
import type { ServiceOperation } from "./operation.ts";

/** A new access key in the place of one, which stops working at once: this call is the last that it may sign. */
export const rotateAccessKey: ServiceOperation = {
  ...ON_PRINCIPAL,
  name: "RotateAccessKey",
  input: { ...PRINCIPAL, AccessKeyId: { type: "string", required: true } },
  async invoke(input, context) {
    const who = namedPrincipal(input, context, "RotateAccessKey", ["user", "root"]);
    return shownKey(who, await answering(() => rotate(context.services, String(input.AccessKeyId), who)));
  },
};
