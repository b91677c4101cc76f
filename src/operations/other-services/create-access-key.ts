import { createAccessKey as createAccountKey, createUserKey } from "../../domain/iam/index.ts";
import { answering, namedPrincipal, ON_PRINCIPAL, PRINCIPAL, shownKey } from "./named-principal.ts";
import type { ServiceOperation } from "./operation.ts";

/** An access key for a user, or for the account itself by the account itself. The answer alone shows its secret. */
export const createAccessKey: ServiceOperation = {
  ...ON_PRINCIPAL,
  name: "CreateAccessKey",
  input: PRINCIPAL,
  async invoke(input, context) {
    const { services } = context;
    const who = namedPrincipal(input, context, "CreateAccessKey", ["user", "root"]);
    const settings = { ...who, policies: [], trustPolicy: null, maxSessionSeconds: 3600 };
    const made = await answering(() =>
      who.kind === "root" ? createAccountKey(services, settings) : createUserKey(services, who),
    );
    return shownKey(who, made);
  },
};
