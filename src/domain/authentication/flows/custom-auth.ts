import { hidesUserExistence, requireSecretHash } from "../../clients/index.ts";
import {
  customAuthNotConfigured,
  incorrectUsernameOrPassword,
  invalidParameter,
  missingRequiredParameter,
  sessionInvalid,
  sessionUsed,
  userDisabled,
  userDoesNotExist,
} from "../../errors.ts";
import type { Services } from "../../services.ts";
import { type ClaimedUser, verifyAuthChallengeResponse } from "../../triggers/index.ts";
import type { UserPool } from "../../user-pools/index.ts";
import { findUser, type User } from "../../users/index.ts";
import { nextRound, sealCustom, usernameFor } from "../custom-rounds.ts";
import { asClaimed, claimAtStart, deviceOfClaim } from "../device-claim.ts";
import type { Flow } from "../flow.ts";
import type { SignInOutcome, SignInPlace } from "../outcome.ts";
import type { CustomSignIn, Progress, Round } from "../sign-in.ts";
import { grantCustom } from "../sign-in-service.ts";
import { beginSrp } from "../srp-exchange.ts";

/** The guide spells the parameter both ways. */
const firstChallenge = (parameters: Readonly<Record<string, string>>): string | undefined =>
  parameters.CHALLENGE_NAME ?? parameters.ChallengeName;

/** Names the functions that the pool lacks, before anyone is looked up. */
function requireFunctions({ pool }: SignInPlace): void {
  const { DefineAuthChallenge, CreateAuthChallenge, VerifyAuthChallengeResponse } =
    pool.settings.LambdaConfig ?? {};
  // A pool whose DefineAuthChallenge never asks CUSTOM_CHALLENGE needs no other function.
  if (!DefineAuthChallenge || Boolean(CreateAuthChallenge) !== Boolean(VerifyAuthChallengeResponse))
    throw customAuthNotConfigured();
}

/** The functions' question, or the rest of the sign-in once they are satisfied; a name that no user has never gets further. */
async function goOn(
  services: Services,
  place: SignInPlace,
  claimed: ClaimedUser,
  progress: Progress,
  askPassword?: Parameters<typeof nextRound>[4],
): Promise<SignInOutcome> {
  const round = await nextRound(services, place, claimed, progress, askPassword);
  if (round.kind === "challenge") return round;
  if (!claimed.user) throw incorrectUsernameOrPassword();
  return grantCustom(services, place, claimed.user, progress);
}

/** The device that the client says to be: asked to prove itself once the functions are satisfied. */
const deviceOf = async (services: Services, pool: UserPool, user: User | null, key: string | undefined) =>
  user && asClaimed(await deviceOfClaim(services.store, pool, user.key, claimAtStart(key)));

/** CUSTOM_AUTH: the pool's functions decide what is asked; with CHALLENGE_NAME=SRP_A the password comes first. */
export const customAuth: Flow = {
  kind: "named",
  migratesBy: null,
  check(request) {
    requireFunctions(request);
    const { parameters } = request;
    const first = firstChallenge(parameters);
    if (first !== undefined && first !== "SRP_A") throw invalidParameter("Invalid CHALLENGE_NAME.");
    if (first === "SRP_A" && !parameters.SRP_A) throw missingRequiredParameter("SRP_A");
  },
  async begin(services, request) {
    const { pool, user, name, client, parameters } = request;
    const hidden = hidesUserExistence(client);
    if (!user && !hidden) throw userDoesNotExist();
    if (user && !user.enabled && !hidden) throw userDisabled();
    const claimed = { user, name };
    const { SRP_A: publicA = "", DEVICE_KEY: deviceKey } = parameters;
    if (firstChallenge(parameters) === undefined) {
      const device = await deviceOf(services, pool, user, deviceKey);
      return goOn(services, request, claimed, { proven: [], chosenFactor: null, device, rounds: [] });
    }
    const progress = { proven: [], chosenFactor: null, rounds: [["SRP_A", 1, null] as const] };
    const nonce = services.identifiers.uuid();
    return goOn(services, request, claimed, progress, async () => ({
      kind: "challenge",
      name: "PASSWORD_VERIFIER",
      parameters: await beginSrp(services, request, name, publicA, deviceKey, nonce),
      session: sealCustom(services, request, claimed, {
        ...progress,
        nonce,
        challenge: "PASSWORD_VERIFIER",
        privateParameters: {},
        metadata: null,
      }),
    }));
  },
};

/**
 * The answer to CUSTOM_CHALLENGE. Each Session is good for one answer, right or wrong, so that answers to one question cannot be
 * tried side by side: only the functions count them, by the rounds. A wrong answer is no error and no failed sign-in.
 * @throws NotAuthorizedException, InvalidParameterException, and what functions make of the sign-in
 */
export async function answerCustomChallenge(
  services: Services,
  place: SignInPlace,
  signIn: CustomSignIn,
  responses: Readonly<Record<string, string>>,
): Promise<SignInOutcome> {
  const { pool, client } = place;
  const { USERNAME: username, ANSWER: answer } = responses;
  if (!username) throw missingRequiredParameter("USERNAME");
  if (!answer) throw missingRequiredParameter("ANSWER");
  const user = signIn.userKey === null ? null : await services.store.users.byKey(signIn.userKey);
  const claimed = { user, name: signIn.name };
  const expected = usernameFor(services, place, claimed);
  const hash = { hash: responses.SECRET_HASH, source: "SECRET_HASH" } as const;
  requireSecretHash(services, pool, client, hash, [username, expected]);
  const named = await findUser(services.store.users, pool, username);
  if (named?.key !== user?.key || (!user && username !== expected && username !== signIn.name))
    throw sessionInvalid();
  if (signIn.userKey !== null && !user) throw sessionInvalid();
  if (!(await services.store.usedSessions.consume(signIn.nonce, signIn.expiresAt))) throw sessionUsed();
  const right = await verifyAuthChallengeResponse(services, place, claimed, signIn.privateParameters, answer);
  const round: Round = [null, right ? 1 : 0, signIn.metadata];
  const device = signIn.device ?? (await deviceOf(services, pool, user, responses.DEVICE_KEY));
  return goOn(services, place, claimed, { ...signIn, device, rounds: [...signIn.rounds, round] });
}
