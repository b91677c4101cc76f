import { associateForUser, associateInSignIn, claimedClientId } from "../../domain/authentication/index.ts";
import { requireClient } from "../../domain/clients/index.ts";
import { invalidParameter } from "../../domain/errors.ts";
import type { OperationHandler } from "../operation.ts";
import { tokenHolder } from "../token-holder.ts";

/** By access token, or by the Session of an MFA_SETUP challenge. */
export const associateSoftwareToken: OperationHandler<"AssociateSoftwareToken"> = async (input, context) => {
  const { services } = context;
  if (input.AccessToken !== undefined) {
    const { pool, user } = await tokenHolder(context, input.AccessToken);
    return { SecretCode: await associateForUser(services, pool, user) };
  }
  if (input.Session === undefined) throw invalidParameter("Either AccessToken or Session is required.");
  const place = await requireClient(services.store, claimedClientId(input.Session));
  const { secretCode, session } = await associateInSignIn(services, place, input.Session);
  return { SecretCode: secretCode, Session: session };
};
