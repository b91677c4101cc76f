import { claimedClientId, verifyForUser, verifyInSignIn } from "../../domain/authentication/index.ts";
import { requireClient } from "../../domain/clients/index.ts";
import { invalidParameter } from "../../domain/errors.ts";
import { authenticateAccessToken } from "../../domain/tokens/index.ts";
import type { OperationHandler } from "../operation.ts";

/** By access token, or by the Session of an MFA_SETUP challenge. */
export const verifySoftwareToken: OperationHandler<"VerifySoftwareToken"> = async (input, { services }) => {
  const proof = { code: input.UserCode, friendlyName: input.FriendlyDeviceName ?? null };
  if (input.AccessToken !== undefined) {
    const { pool, user } = await authenticateAccessToken(services, input.AccessToken);
    await verifyForUser(services, pool, user, proof);
    return { Status: "SUCCESS" };
  }
  if (input.Session === undefined) throw invalidParameter("Either AccessToken or Session is required.");
  const place = await requireClient(services.store, claimedClientId(input.Session));
  return { Status: "SUCCESS", Session: await verifyInSignIn(services, place, input.Session, proof) };
};
