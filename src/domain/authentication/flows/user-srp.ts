import { requireSecretHash } from "../../clients/index.ts";
import { missingRequiredParameter, sessionUsed } from "../../errors.ts";
import type { Services } from "../../services.ts";
import { NOBODY } from "../../users/index.ts";
import { claimAtStart, claimInAnswer } from "../device-claim.ts";
import type { Flow } from "../flow.ts";
import type { SignInOutcome, SignInPlace } from "../outcome.ts";
import { provePasswordFactor } from "../password-factor.ts";
import { beginSrp, checkSrpProof, openExchange, srpProof } from "../srp-exchange.ts";

/** USER_SRP_AUTH: the password is proved without being sent. PASSWORD_VERIFIER carries no Session, its state is SECRET_BLOCK. */
export const userSrp: Flow = {
  async begin(services, { pool, client, parameters }) {
    const { USERNAME: name, SRP_A: publicA, DEVICE_KEY: deviceKey } = parameters;
    if (!name) throw missingRequiredParameter("USERNAME");
    if (!publicA) throw missingRequiredParameter("SRP_A");
    const hash = { hash: parameters.SECRET_HASH, source: "SECRET_HASH" } as const;
    requireSecretHash(services, pool, client, hash, [name]);
    return {
      kind: "challenge",
      name: "PASSWORD_VERIFIER",
      parameters: await beginSrp(services, { pool, client }, name, publicA, deviceKey),
    };
  },
};

/**
 * The answer to PASSWORD_VERIFIER: counted and checked like a password, then the same progression.
 * @throws NotAuthorizedException, PasswordResetRequiredException, UserNotConfirmedException, InvalidParameterException
 */
export async function answerPasswordVerifier(
  services: Services,
  place: SignInPlace,
  responses: Readonly<Record<string, string>>,
): Promise<SignInOutcome> {
  const { pool, client } = place;
  const { USERNAME: username } = responses;
  if (!username) throw missingRequiredParameter("USERNAME");
  const proof = srpProof(responses);
  const exchange = openExchange(services, place, proof.secretBlock);
  const hash = { hash: responses.SECRET_HASH, source: "SECRET_HASH" } as const;
  requireSecretHash(services, pool, client, hash, [username, exchange.userIdForSrp]);
  const user = await services.store.users.byKey(exchange.userKey ?? NOBODY);
  const stored = await services.store.passwords.find(user?.key ?? NOBODY);
  return provePasswordFactor(
    services,
    place,
    { user, name: exchange.name, stored },
    claimInAnswer(responses) ?? claimAtStart(exchange.deviceKey ?? undefined),
    () => checkSrpProof(services, place, exchange, user, proof),
    async (repositories) => {
      if (!(await repositories.usedSessions.consume(exchange.nonce, exchange.expiresAt))) throw sessionUsed();
    },
  );
}
