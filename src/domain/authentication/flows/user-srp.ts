import { requireSecretHash } from "../../clients/index.ts";
import { missingRequiredParameter, sessionInvalid, sessionUsed } from "../../errors.ts";
import type { Services } from "../../services.ts";
import { NOBODY } from "../../users/index.ts";
import { claimAtStart, claimInAnswer } from "../device-claim.ts";
import type { Flow } from "../flow.ts";
import type { SignInOutcome, SignInPlace } from "../outcome.ts";
import { provePasswordFactor } from "../password-factor.ts";
import { type ChallengeAnswer, openAnswered } from "../sign-in-service.ts";
import { beginSrp, checkSrpProof, openExchange, srpProof } from "../srp-exchange.ts";

/** USER_SRP_AUTH: the password is proved without being sent. PASSWORD_VERIFIER carries no Session, its state is SECRET_BLOCK. */
export const userSrp: Flow = {
  kind: "named",
  migratesBy: null,
  check({ parameters }) {
    if (!parameters.SRP_A) throw missingRequiredParameter("SRP_A");
  },
  async begin(services, request) {
    const { SRP_A: publicA = "", DEVICE_KEY: deviceKey } = request.parameters;
    return {
      kind: "challenge",
      name: "PASSWORD_VERIFIER",
      parameters: await beginSrp(services, request, request.name, publicA, deviceKey),
    };
  },
};

/**
 * The answer to PASSWORD_VERIFIER: counted and checked like a password, then the same progression. The proof of a custom sign-in
 * needs that sign-in's Session; it is no sign-in by itself.
 * @throws NotAuthorizedException, PasswordResetRequiredException, UserNotConfirmedException, InvalidParameterException
 */
export async function answerPasswordVerifier(
  services: Services,
  place: SignInPlace,
  answer: ChallengeAnswer,
): Promise<SignInOutcome> {
  const { pool, client } = place;
  const { responses } = answer;
  const { USERNAME: username } = responses;
  if (!username) throw missingRequiredParameter("USERNAME");
  const proof = srpProof(responses);
  const exchange = openExchange(services, place, proof.secretBlock);
  const hash = { hash: responses.SECRET_HASH, source: "SECRET_HASH" } as const;
  requireSecretHash(services, pool, client, hash, [username, exchange.userIdForSrp]);
  const user = await services.store.users.byKey(exchange.userKey ?? NOBODY);
  const stored = await services.store.passwords.find(user?.key ?? NOBODY);
  const custom = exchange.custom === null ? null : await openAnswered(services, place, answer);
  if (custom && (custom.stage !== "custom" || custom.nonce !== exchange.custom)) throw sessionInvalid();
  return provePasswordFactor(
    services,
    place,
    { user, name: exchange.name, stored },
    claimInAnswer(responses) ?? claimAtStart(exchange.deviceKey ?? undefined),
    () => checkSrpProof(services, place, exchange, user, proof),
    async (repositories) => {
      for (const { nonce, expiresAt } of custom ? [exchange, custom] : [exchange])
        if (!(await repositories.usedSessions.consume(nonce, expiresAt))) throw sessionUsed();
    },
    custom?.stage === "custom" ? [...custom.rounds, ["PASSWORD_VERIFIER", 1, null]] : undefined,
  );
}
