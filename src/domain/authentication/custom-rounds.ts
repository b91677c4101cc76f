import { after } from "../../runtime/clock.ts";
import { clientValidity } from "../clients/index.ts";
import { incorrectUsernameOrPassword, unrecognizableLambdaOutput } from "../errors.ts";
import type { Services } from "../services.ts";
import {
  type ChallengeResult,
  type ClaimedUser,
  createAuthChallenge,
  defineAuthChallenge,
} from "../triggers/index.ts";
import { unknownUserFacts, usesAddressAsUsername } from "../users/index.ts";
import { sealSession } from "./challenge-session.ts";
import type { SignInOutcome, SignInPlace } from "./outcome.ts";
import type { CustomSignIn, Progress, Round } from "./sign-in.ts";

/** The longest Session that the API takes back. */
const LONGEST_SESSION = 2048;

/** What happened so far, in the form that functions see it. */
const sessionOf = (rounds: readonly Round[]): ChallengeResult[] =>
  rounds.map(([name, result, metadata]) => ({
    challengeName: name ?? "CUSTOM_CHALLENGE",
    challengeResult: result === 1,
    challengeMetadata: metadata,
  }));

/** Under which name the client goes on: for one that no user has, one that looks like a user's, the same every time. */
export const usernameFor = (services: Services, { pool }: SignInPlace, { user, name }: ClaimedUser): string =>
  user?.username ?? (usesAddressAsUsername(pool) ? unknownUserFacts(services, pool, name).sub : name);

/**
 * The text of a custom sign-in that waits for an answer.
 * @throws InvalidLambdaResponseException when functions gave more to remember than a Session may hold
 */
export function sealCustom(
  services: Services,
  { pool, client }: SignInPlace,
  { user, name }: ClaimedUser,
  waiting: Omit<CustomSignIn, "stage" | "userKey" | "name" | "expiresAt">,
): string {
  const session = sealSession(services.keyEncryptionKey, pool, client, {
    ...waiting,
    stage: "custom",
    userKey: user?.key ?? null,
    name,
    expiresAt: after(services.clock.now(), clientValidity(client.settings).sessionMs),
  });
  if (session.length > LONGEST_SESSION) {
    services.logger.warn("Functions gave a custom sign-in more to remember than a Session may hold", {
      userPoolId: pool.id,
      clientId: client.id,
    });
    throw unrecognizableLambdaOutput();
  }
  return session;
}

type Issued = Extract<SignInOutcome, { kind: "challenge" }>;
type Granted = { readonly kind: "granted" };

/**
 * Asks the pool's functions what is next: their question, or that they are satisfied.
 * @param askPassword issues PASSWORD_VERIFIER, where the sign-in has come to it
 * @throws NotAuthorizedException when they fail the sign-in
 */
export async function nextRound(
  services: Services,
  place: SignInPlace,
  claimed: ClaimedUser,
  progress: Progress,
  askPassword?: () => Promise<Issued>,
): Promise<Issued | Granted> {
  const rounds = progress.rounds ?? [];
  const decision = await defineAuthChallenge(services, place, claimed, sessionOf(rounds));
  if (decision.kind === "fail") throw incorrectUsernameOrPassword();
  if (decision.kind === "issue-tokens") return { kind: "granted" };
  if (decision.name === "PASSWORD_VERIFIER") {
    if (!askPassword) throw unrecognizableLambdaOutput();
    return askPassword();
  }
  const created = await createAuthChallenge(services, place, claimed, sessionOf(rounds));
  const session = sealCustom(services, place, claimed, {
    nonce: services.identifiers.uuid(),
    challenge: "CUSTOM_CHALLENGE",
    proven: progress.proven,
    chosenFactor: progress.chosenFactor,
    device: progress.device ?? null,
    passwordSetAt: progress.passwordSetAt ?? null,
    rounds,
    assessed: progress.assessed,
    privateParameters: created.privateParameters,
    metadata: created.metadata,
  });
  return {
    kind: "challenge",
    name: "CUSTOM_CHALLENGE",
    session,
    parameters: { ...created.publicParameters, USERNAME: usernameFor(services, place, claimed) },
  };
}
