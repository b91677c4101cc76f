import type { ChallengeNameType } from "../../api/generated/shapes.ts";
import { after } from "../../runtime/clock.ts";
import { requireSecretHash } from "../clients/index.ts";
import { type Device, deviceGroupKey } from "../devices/index.ts";
import {
  blockedBySecurity,
  incorrectUsernameOrPassword,
  mfaMethodNotFound,
  missingRequiredParameter,
  passwordResetRequired,
  type ServiceError,
  sessionExpired,
  sessionInvalid,
  sessionUsed,
  userDisabled,
  userNotConfirmed,
} from "../errors.ts";
import type { SendMessage } from "../messages/index.ts";
import type { Services } from "../services.ts";
import type { Repositories } from "../store.ts";
import {
  type AuthEvent,
  announceEvent,
  protectionMode,
  recordVerdict,
  type Verdict,
} from "../threat-protection/index.ts";
import { issueTokens, type RefreshSession, type SessionDevice, startSession } from "../tokens/index.ts";
import { postAuthentication, type TokenSource, transactionWithMessages } from "../triggers/index.ts";
import { deviceTracking, poolFactors, type UserPool, webAuthnSettings } from "../user-pools/index.ts";
import { findUser, type User, type UserKey } from "../users/index.ts";
import { codeSessionMs } from "../verification/index.ts";
import { attemptOf, attemptSubject, clearAttempts, originOfClaim, refundAttempt } from "./attempt-ledger.ts";
import type { Verification } from "./challenge.ts";
import { openSession, sealSession } from "./challenge-session.ts";
import { challenges } from "./challenges/index.ts";
import { nextRound } from "./custom-rounds.ts";
import { asClaimed, claimedDevice, type DeviceClaim, deviceOfClaim } from "./device-claim.ts";
import type { SignInOutcome, SignInPlace } from "./outcome.ts";
import { attemptProof } from "./password-proof.ts";
import { provedPasswordSetAt, requireSamePasswordSince } from "./proved-password.ts";
import {
  type CustomSignIn,
  deviceStanding,
  nextStep,
  type Opening,
  type Progress,
  type Refusal,
  type Round,
  type SignIn,
  type Step,
} from "./sign-in.ts";
import {
  afterVerdict,
  type ShownPassword,
  secondFactorFailed,
  signInPassed,
  signInStopped,
  turnAway,
  watchSignIn,
} from "./threat-watch.ts";

/** The end of a transaction: a challenge to send, a word from the pool's functions to wait for, or a session to sign tokens for. */
type Advanced =
  | Extract<SignInOutcome, { kind: "challenge" }>
  | { readonly kind: "custom"; readonly user: User; readonly progress: Progress }
  | {
      readonly kind: "complete";
      readonly session: RefreshSession;
      readonly user: User;
      readonly event: AuthEvent | null;
    };

/** What a sign-in is refused with. */
export const REFUSALS: Readonly<Record<Refusal, () => ServiceError>> = {
  disabled: userDisabled,
  "not-confirmed": userNotConfirmed,
  "reset-required": passwordResetRequired,
  "password-required": incorrectUsernameOrPassword,
  "no-factor-possible": mfaMethodNotFound,
  "too-risky": blockedBySecurity,
};

function stepFor(pool: UserPool, user: User, progress: Progress, device: Device | null): Step {
  const policy = {
    mfa: pool.settings.MfaConfiguration ?? "OFF",
    offered: poolFactors(pool),
    webAuthn: webAuthnSettings(pool).factorConfiguration,
  };
  return nextStep(progress, user, policy, deviceStanding(pool, device));
}

/** What a completed sign-in is tied to: one of the user's devices, or a new one for the client to confirm. */
function sessionDevice(services: Services, pool: UserPool, known: Device | null): SessionDevice | null {
  if (known) return { key: known.deviceKey, state: "confirmed" };
  return deviceTracking(pool) ? { key: services.identifiers.deviceKey(pool.region), state: "new" } : null;
}

/** The session of the tokens, and all that a success leaves behind. */
async function complete(
  services: Services,
  repositories: Repositories,
  { pool, client, sourceIp, userAgent }: SignInPlace,
  user: User,
  { assessed }: Progress,
  known: Device | null,
): Promise<RefreshSession> {
  const device = sessionDevice(services, pool, known);
  const subject = { pool, client, user };
  const seen = { sourceIp, userAgent };
  const session = await startSession(services, repositories, subject, device, seen, assessed?.eventId);
  const sighting = { at: session.signedInAt, ip: sourceIp ?? null };
  if (known) await repositories.devices.seen(user.key, known.deviceKey, sighting);
  await clearAttempts(services, repositories, pool, attemptSubject(pool, user, user.username));
  return session;
}

/** Takes the next step of the progression inside a transaction: issues its challenge, or opens the session of its tokens. */
async function advance(
  services: Services,
  repositories: Repositories,
  send: SendMessage,
  place: SignInPlace,
  user: User,
  progress: Progress,
): Promise<Advanced> {
  const { pool, client } = place;
  const device = await claimedDevice(repositories, pool, user, progress);
  const step = stepFor(pool, user, progress, device);
  switch (step.kind) {
    case "refused":
      throw REFUSALS[step.reason]();
    case "custom":
      return {
        kind: "custom",
        user,
        progress: { ...progress, passwordSetAt: await provedPasswordSetAt(repositories, user.key, progress) },
      };
    case "complete":
      return {
        kind: "complete",
        session: await complete(services, repositories, place, user, progress, device),
        user,
        event: await signInPassed(repositories, user, progress),
      };
    case "challenge": {
      const nonce = services.identifiers.uuid();
      const context = { services, pool, client, user };
      const issued = await challenges[step.name].issue(context, repositories, send, nonce, progress);
      const session = sealSession(services.keyEncryptionKey, pool, client, {
        stage: "under-way",
        proven: progress.proven,
        chosenFactor: progress.chosenFactor,
        device: progress.device ?? null,
        rounds: progress.rounds,
        assessed: progress.assessed,
        nonce,
        userKey: user.key,
        challenge: step.name,
        secret: issued.secret,
        passwordSetAt: await provedPasswordSetAt(repositories, user.key, progress),
        factorSetUp: null,
        expiresAt: after(services.clock.now(), codeSessionMs(services, pool, client)),
      });
      return { kind: "challenge", name: step.name, session, parameters: issued.parameters };
    }
  }
}

/** For the client to confirm the device that it is on. */
function newDeviceMetadata(services: Services, { pool }: SignInPlace, { device }: RefreshSession) {
  if (device?.state !== "new") return {};
  return { NewDeviceMetadata: { DeviceKey: device.key, DeviceGroupKey: deviceGroupKey(services, pool) } };
}

/** The tokens of a finished sign-in, once its functions agree; a session that they stop never hands anything out. */
async function finish(
  services: Services,
  place: SignInPlace,
  { session, user, event }: Extract<Advanced, { kind: "complete" }>,
  source: TokenSource,
): Promise<SignInOutcome> {
  try {
    await postAuthentication(services, place, user, session.device?.state === "new");
    const issue = { source, call: place.call };
    const result = await issueTokens(services, { ...place, user }, session, "with-refresh-token", issue);
    announceEvent(services, place.pool, user, event);
    return { kind: "tokens", result: { ...result, ...newDeviceMetadata(services, place, session) } };
  } catch (fault) {
    await services.store.refreshSessions.revoke(session.id, services.clock.now());
    await signInStopped(services, place, user, event);
    throw fault;
  }
}

/** What every sign-in comes to after each transaction, whatever its flow: PostAuthentication and the tokens are only here. */
export async function outcome(
  services: Services,
  place: SignInPlace,
  advanced: Advanced,
  source: TokenSource = "Authentication",
): Promise<SignInOutcome> {
  switch (advanced.kind) {
    case "challenge":
      return advanced;
    case "complete":
      return finish(services, place, advanced, source);
    case "custom": {
      const { user, progress } = advanced;
      const round = await nextRound(services, place, { user, name: user.username }, progress);
      return round.kind === "challenge" ? round : grantCustom(services, place, user, progress);
    }
  }
}

/**
 * Turns a sign-in away whose risk is too high, alone or for want of a second factor.
 * @throws NotAuthorizedException
 */
async function requireAcceptable(
  services: Services,
  place: SignInPlace,
  user: User,
  progress: Progress,
  verdict: Verdict | null,
): Promise<void> {
  if (!verdict) return;
  const step = stepFor(place.pool, user, progress, null);
  const tooRisky = step.kind === "refused" && step.reason === "too-risky";
  const refusal = verdict.refusal ?? (tooRisky ? blockedBySecurity() : null);
  if (refusal) throw await turnAway(services, place, user, verdict, refusal, "risk");
}

/** The pool's functions are satisfied: the rest of the progression, which may still ask for a new password. */
export async function grantCustom(
  services: Services,
  place: SignInPlace,
  user: User,
  progress: Progress,
): Promise<SignInOutcome> {
  // What led here need not be remembered any more: the Session of a new password has other things to carry.
  const verdict = await watchSignIn(services, place, user, progress);
  const granted: Progress = {
    ...progress,
    proven: [...progress.proven, "CUSTOM"],
    rounds: undefined,
    assessed: progress.assessed ?? verdict?.assessment,
  };
  await requireAcceptable(services, place, user, granted, verdict);
  const advanced = await transactionWithMessages(services, place, async (repositories, send) => {
    const current = await repositories.users.lock(user.key);
    if (!current) throw incorrectUsernameOrPassword();
    await requireSamePasswordSince(repositories, user.key, progress);
    if (verdict) await recordVerdict(services, repositories, place, current, verdict);
    return advance(services, repositories, send, place, current, granted);
  });
  afterVerdict(services, place, user, verdict, advanced.kind);
  return outcome(services, place, advanced);
}

/**
 * Goes on after a first factor was proved. Call it as the `settle` of that proof: it clears the failure count when the sign-in is
 * complete and takes back the one reservation when it is not. What was checked is looked at again inside the transaction, so that
 * nothing is given for a user who was disabled, reset or deleted meanwhile.
 * @param claim the device that the client says to be
 * @param guard uses up what may be used once and checks what must not have changed; throws to refuse
 * @param shown what the proof showed of the password
 * @returns what to do once the proof's turn is over
 */
export async function continueSignIn(
  services: Services,
  place: SignInPlace,
  user: User,
  progress: Progress,
  claim: DeviceClaim,
  guard: (repositories: Repositories) => Promise<void>,
  shown?: ShownPassword,
): Promise<() => Promise<SignInOutcome>> {
  const { pool } = place;
  const origin = await originOfClaim(services, pool, user, claim);
  const attempt = attemptOf(services, pool, user, user.username, origin);
  const refuse = async (refusal: unknown): Promise<never> => {
    await refundAttempt(services.store, pool, attempt);
    throw refusal;
  };
  const device = await deviceOfClaim(services.store, pool, user.key, claim).catch(refuse);
  const verdict = await watchSignIn(services, place, user, progress, shown);
  const started = { ...progress, device: asClaimed(device), assessed: verdict?.assessment };
  const step = stepFor(pool, user, started, device);
  if (step.kind === "refused") {
    const cause = step.reason === "too-risky" ? "risk" : "standing";
    return refuse(await turnAway(services, place, user, verdict, REFUSALS[step.reason](), cause));
  }
  if (verdict?.refusal)
    return refuse(await turnAway(services, place, user, verdict, verdict.refusal, "risk"));
  const advanced = await transactionWithMessages(services, place, async (repositories, send) => {
    const current = await repositories.users.lock(user.key);
    if (!current) throw incorrectUsernameOrPassword();
    await guard(repositories);
    if (step.kind !== "complete") await refundAttempt(repositories, pool, attempt);
    if (verdict) await recordVerdict(services, repositories, place, current, verdict);
    return advance(services, repositories, send, place, current, started);
  });
  afterVerdict(services, place, user, verdict, advanced.kind);
  return () => outcome(services, place, advanced);
}

/** An answer to a challenge as it comes in. */
export interface ChallengeAnswer {
  readonly name: ChallengeNameType;
  readonly session: string | undefined;
  readonly responses: Readonly<Record<string, string>>;
}

/**
 * The state under a session that this challenge's answer may use.
 * @throws NotAuthorizedException: invalid, used, expired; InvalidParameterException without a session
 */
export async function openAnswered(
  services: Services,
  { pool, client }: SignInPlace,
  answer: ChallengeAnswer,
): Promise<SignIn | Opening | CustomSignIn> {
  if (!answer.session) throw missingRequiredParameter("Session");
  const state = openSession(services.keyEncryptionKey, pool, client, answer.session);
  if (state.stage === "confirmed" || state.challenge !== answer.name) throw sessionInvalid();
  if ((await services.store.usedSessions.find(state.nonce))?.consumed) throw sessionUsed();
  if (state.expiresAt <= services.clock.now()) throw sessionExpired();
  return state;
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
export async function applyAnswer(
  services: Services,
  place: SignInPlace,
  signIn: Progress & Pick<Opening | SignIn, "nonce" | "userKey" | "expiresAt">,
  proved: Extract<Verification, { kind: "proved" }>,
): Promise<Advanced> {
  const progress: Progress = {
    proven: proved.proof ? [...signIn.proven, proved.proof] : signIn.proven,
    chosenFactor: proved.chosenFactor ?? signIn.chosenFactor,
    device: proved.device ?? signIn.device ?? null,
    rounds: signIn.rounds,
    assessed: signIn.assessed,
  };
  const watched = await watchAnswer(services, place, signIn.userKey, progress);
  const advanced = await transactionWithMessages(services, place, async (repositories, send) => {
    if (!(await repositories.usedSessions.consume(signIn.nonce, signIn.expiresAt))) throw sessionUsed();
    if (signIn.userKey !== null) await requireSamePasswordSince(repositories, signIn.userKey, signIn);
    const user = await proved.apply(repositories);
    if (watched) await recordVerdict(services, repositories, place, user, watched.verdict);
    const assessed = watched?.verdict.assessment ?? progress.assessed;
    return advance(services, repositories, send, place, user, { ...progress, assessed });
  });
  if (watched) afterVerdict(services, place, watched.user, watched.verdict, advanced.kind);
  return advanced;
}

/**
 * What threat protection makes of an answer that proves the first factor; null where nobody watches, or the factor was weighed
 * before.
 * @throws NotAuthorizedException
 */
async function watchAnswer(
  services: Services,
  place: SignInPlace,
  userKey: UserKey | null,
  progress: Progress,
): Promise<{ readonly verdict: Verdict; readonly user: User } | null> {
  if (progress.assessed || userKey === null || protectionMode(place.pool) === "OFF") return null;
  const user = await services.store.users.byKey(userKey);
  const verdict = user && (await watchSignIn(services, place, user, progress));
  if (!verdict) return null;
  await requireAcceptable(services, place, user, { ...progress, assessed: verdict.assessment }, verdict);
  return { verdict, user };
}

/** What a PreTokenGeneration function is told of tokens that follow the answer to this challenge. */
const SOURCES: Partial<Record<SignIn["challenge"], TokenSource>> = {
  NEW_PASSWORD_REQUIRED: "NewPasswordChallenge",
  DEVICE_PASSWORD_VERIFIER: "AuthenticateDevice",
};

/** The challenges whose success functions see in a custom sign-in; a choice between factors is none. */
function withRound(rounds: readonly Round[], challenge: SignIn["challenge"]): readonly Round[] {
  return challenge === "SELECT_MFA_TYPE" || challenge === "MFA_SETUP"
    ? rounds
    : [...rounds, [challenge, 1, null]];
}

/**
 * Checks the answer to a challenge and goes on. A wrong answer is counted and leaves the session as it is.
 * @throws NotAuthorizedException (sessions, secret hash, lock-out), CodeMismatchException, InvalidParameterException,
 * InvalidPasswordException, PasswordHistoryPolicyViolationException, ResourceNotFoundException (the claimed device)
 */
export async function answerChallenge(
  services: Services,
  place: SignInPlace,
  signIn: SignIn,
  answer: ChallengeAnswer,
): Promise<SignInOutcome> {
  const challenge = challenges[signIn.challenge];
  const source = SOURCES[signIn.challenge];
  const answered = { ...signIn, rounds: signIn.rounds && withRound(signIn.rounds, signIn.challenge) };
  const user = await answeringUser(services, place, signIn, answer.responses);
  const context = { services, ...place, user };
  if (!challenge.guessable) {
    const verification = await challenge.verify(context, signIn, answer.responses);
    if (verification.kind === "rejected") throw verification.error;
    return outcome(services, place, await applyAnswer(services, place, answered, verification), source);
  }
  let verification: Verification | undefined;
  const claim = { key: signIn.device?.key };
  const origin = await originOfClaim(services, place.pool, user, claim);
  const attempt = attemptOf(services, place.pool, user, user.username, origin);
  const advanced = await attemptProof(
    services,
    place.pool,
    attempt,
    async () => {
      verification = await challenge.verify(context, signIn, answer.responses);
      if (verification.kind === "proved") return null;
      await services.store.usedSessions.countWrongAnswer(signIn.nonce, signIn.expiresAt);
      await secondFactorFailed(services, user, signIn);
      return verification.error;
    },
    async () => {
      if (verification?.kind !== "proved") throw sessionInvalid();
      let complete = false;
      try {
        const advanced = await applyAnswer(services, place, answered, verification);
        complete = advanced.kind === "complete";
        return advanced;
      } finally {
        // A right answer is no failure, also when another one was first; a complete sign-in has cleared the count.
        if (!complete) await refundAttempt(services.store, place.pool, attempt);
      }
    },
  );
  return outcome(services, place, advanced, source);
}
