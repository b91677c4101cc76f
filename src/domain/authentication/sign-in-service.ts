import type { AuthenticationResultType, ChallengeNameType } from "../../api/generated/shapes.ts";
import { after } from "../../runtime/clock.ts";
import { type Client, clientValidity, requireSecretHash } from "../clients/index.ts";
import {
  mfaMethodNotFound,
  missingRequiredParameter,
  passwordResetRequired,
  ServiceError,
  sessionExpired,
  sessionInvalid,
  sessionUsed,
  unsupportedChallenge,
  userDisabled,
  userNotConfirmed,
} from "../errors.ts";
import type { Services } from "../services.ts";
import type { Repositories } from "../store.ts";
import { issueTokens, newRefreshSession, type RefreshSession } from "../tokens/index.ts";
import { poolFactors, type UserPool } from "../user-pools/index.ts";
import { findUser, type User } from "../users/index.ts";
import type { Challenge, Verification } from "./challenge.ts";
import { openSignIn, sealSignIn } from "./challenge-session.ts";
import { challenges } from "./challenges/index.ts";
import { attemptProof, attemptSubject } from "./password-proof.ts";
import {
  type ChallengeName,
  nextStep,
  type Progress,
  type Refusal,
  type SignIn,
  type Step,
} from "./sign-in.ts";

/** Where a sign-in happens. */
export interface SignInPlace {
  readonly pool: UserPool;
  readonly client: Client;
}

export type SignInOutcome =
  | {
      readonly kind: "challenge";
      readonly name: ChallengeNameType;
      /** Absent where the challenge carries its state itself. */
      readonly session?: string;
      readonly parameters: Readonly<Record<string, string>>;
    }
  | { readonly kind: "tokens"; readonly result: AuthenticationResultType };

/** The end of a transaction: a challenge to send, or a session to sign tokens for. */
type Advanced =
  | Extract<SignInOutcome, { kind: "challenge" }>
  | { readonly kind: "complete"; readonly session: RefreshSession; readonly user: User };

const REFUSALS: Record<Refusal, () => ServiceError> = {
  disabled: userDisabled,
  "not-confirmed": userNotConfirmed,
  "reset-required": passwordResetRequired,
  "no-factor-possible": mfaMethodNotFound,
};

const stepFor = (pool: UserPool, user: User, progress: Progress): Step =>
  nextStep(progress, user, { mfa: pool.settings.MfaConfiguration ?? "OFF", offered: poolFactors(pool) });

function challengeFor(name: ChallengeName): Challenge {
  const challenge = challenges[name];
  if (!challenge)
    throw new ServiceError(
      "InvalidUserPoolConfigurationException",
      `The sign-in of this user goes on with ${name}, which this version of Cognate does not have yet; see docs/compatibility.md`,
    );
  return challenge;
}

/** Takes the next step of the progression inside a transaction: issues its challenge, or opens the session of its tokens. */
async function advance(
  services: Services,
  repositories: Repositories,
  { pool, client }: SignInPlace,
  user: User,
  progress: Progress,
): Promise<Advanced> {
  const step = stepFor(pool, user, progress);
  switch (step.kind) {
    case "refused":
      throw REFUSALS[step.reason]();
    case "complete": {
      const session = newRefreshSession(services, { pool, client, user });
      await repositories.refreshSessions.insert(session);
      await repositories.signInAttempts.clear(pool.key, attemptSubject(pool, user, user.username));
      return { kind: "complete", session, user };
    }
    case "challenge": {
      const nonce = services.identifiers.uuid();
      const issued = await challengeFor(step.name).issue(
        { services, pool, client, user },
        repositories,
        nonce,
      );
      const session = sealSignIn(services.keyEncryptionKey, pool, client, {
        proven: progress.proven,
        chosenFactor: progress.chosenFactor,
        nonce,
        userKey: user.key,
        challenge: step.name,
        secret: issued.secret,
        expiresAt: after(services.clock.now(), clientValidity(client.settings).sessionMs),
      });
      return { kind: "challenge", name: step.name, session, parameters: issued.parameters };
    }
  }
}

async function outcome(services: Services, place: SignInPlace, advanced: Advanced): Promise<SignInOutcome> {
  if (advanced.kind === "challenge") {
    services.wakeOutbox();
    return advanced;
  }
  const subject = { ...place, user: advanced.user };
  return {
    kind: "tokens",
    result: await issueTokens(services, subject, advanced.session, "with-refresh-token"),
  };
}

/**
 * Goes on after a first factor was proved. Call it as the `settle` of that proof: it clears the failure count when the sign-in is
 * complete and takes back the one reservation when it is not.
 * @returns what to do once the proof's turn is over
 */
export async function continueSignIn(
  services: Services,
  place: SignInPlace,
  user: User,
  progress: Progress,
): Promise<() => Promise<SignInOutcome>> {
  const { pool } = place;
  const subject = attemptSubject(pool, user, user.username);
  const step = stepFor(pool, user, progress);
  if (step.kind === "refused") {
    await services.store.signInAttempts.refund(pool.key, subject);
    throw REFUSALS[step.reason]();
  }
  const advanced = await services.store.transaction(async (repositories) => {
    if (step.kind === "challenge") await repositories.signInAttempts.refund(pool.key, subject);
    return advance(services, repositories, place, user, progress);
  });
  return () => outcome(services, place, advanced);
}

/** An answer to a challenge as it comes in. */
export interface ChallengeAnswer {
  readonly name: ChallengeNameType;
  readonly session: string | undefined;
  readonly responses: Readonly<Record<string, string>>;
}

async function openSession(
  services: Services,
  { pool, client }: SignInPlace,
  answer: ChallengeAnswer,
): Promise<SignIn> {
  if (!answer.session) throw missingRequiredParameter("Session");
  const signIn = openSignIn(services.keyEncryptionKey, pool, client, answer.session);
  if (signIn.challenge !== answer.name) throw sessionInvalid();
  if ((await services.store.usedSessions.find(signIn.nonce))?.consumed) throw sessionUsed();
  if (signIn.expiresAt <= services.clock.now()) throw sessionExpired();
  return signIn;
}

/** USERNAME may be any name of the user; SECRET_HASH is over what was sent or over the real username. */
async function answeringUser(
  services: Services,
  { pool, client }: SignInPlace,
  signIn: SignIn,
  responses: Readonly<Record<string, string>>,
): Promise<User> {
  const username = responses.USERNAME;
  if (!username) throw missingRequiredParameter("USERNAME");
  const user = await services.store.users.byKey(signIn.userKey);
  const hash = { hash: responses.SECRET_HASH, source: "SECRET_HASH" } as const;
  requireSecretHash(services, pool, client, hash, user ? [username, user.username] : [username]);
  const named = user && (await findUser(services.store.users, pool, username));
  if (!named || named.key !== user.key) throw sessionInvalid();
  if (!user.enabled) throw userDisabled();
  return user;
}

/** Of several right answers to one session the first one wins; its effect and the next step are one transaction. */
async function applyAnswer(
  services: Services,
  place: SignInPlace,
  signIn: SignIn,
  proved: Extract<Verification, { kind: "proved" }>,
): Promise<Advanced> {
  return services.store.transaction(async (repositories) => {
    if (!(await repositories.usedSessions.consume(signIn.nonce, signIn.expiresAt))) throw sessionUsed();
    const user = await proved.apply(repositories);
    return advance(services, repositories, place, user, {
      proven: proved.proof ? [...signIn.proven, proved.proof] : signIn.proven,
      chosenFactor: proved.chosenFactor ?? signIn.chosenFactor,
    });
  });
}

/**
 * Checks the answer to a challenge and goes on. A wrong answer is counted and leaves the session as it is.
 * @throws NotAuthorizedException (sessions, secret hash, lock-out), CodeMismatchException, InvalidParameterException,
 * InvalidPasswordException, PasswordHistoryPolicyViolationException
 */
export async function answerChallenge(
  services: Services,
  place: SignInPlace,
  answer: ChallengeAnswer,
): Promise<SignInOutcome> {
  if (!Object.hasOwn(challenges, answer.name)) throw unsupportedChallenge();
  const signIn = await openSession(services, place, answer);
  const challenge = challengeFor(signIn.challenge);
  const user = await answeringUser(services, place, signIn, answer.responses);
  const context = { services, ...place, user };
  if (!challenge.guessable) {
    const verification = await challenge.verify(context, signIn, answer.responses);
    if (verification.kind === "rejected") throw verification.error;
    return outcome(services, place, await applyAnswer(services, place, signIn, verification));
  }
  let verification: Verification | undefined;
  const advanced = await attemptProof(
    services,
    place.pool,
    attemptSubject(place.pool, user, user.username),
    async () => {
      verification = await challenge.verify(context, signIn, answer.responses);
      if (verification.kind === "proved") return null;
      await services.store.usedSessions.countWrongAnswer(signIn.nonce, signIn.expiresAt);
      return verification.error;
    },
    async () => {
      if (verification?.kind !== "proved") throw sessionInvalid();
      return applyAnswer(services, place, signIn, verification);
    },
  );
  return outcome(services, place, advanced);
}
