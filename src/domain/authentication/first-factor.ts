import { digestsEqual } from "../../crypto/encryption-at-rest.ts";
import { after } from "../../runtime/clock.ts";
import { hidesUserExistence, requireSecretHash } from "../clients/index.ts";
import {
  incorrectUsernameOrPassword,
  invalidParameter,
  mfaCodeMismatch,
  missingRequiredParameter,
  sessionInvalid,
  sessionUsed,
  userDoesNotExist,
} from "../errors.ts";
import { type Destination, emailTo, imaginedAddressee, maskedDestination, smsTo } from "../messages/index.ts";
import type { Services } from "../services.ts";
import { type ClaimedUser, transactionWithMessages } from "../triggers/index.ts";
import type { UserPool } from "../user-pools/index.ts";
import {
  findUser,
  isEmailAddress,
  isPhoneNumber,
  NOBODY,
  nextUserStatus,
  proveAddress,
  type User,
} from "../users/index.ts";
import { codeSessionMs, countAttempt, randomCode } from "../verification/index.ts";
import { attemptOf, attemptSubject, originOfClaim } from "./attempt-ledger.ts";
import type { Verification } from "./challenge.ts";
import { sealSession } from "./challenge-session.ts";
import { asClaimed, claimAtStart, claimInAnswer, deviceOfClaim } from "./device-claim.ts";
import { type Choice, choiceOf } from "./first-factor-choice.ts";
import type { SignInOutcome, SignInPlace } from "./outcome.ts";
import { provePasswordFactor } from "./password-factor.ts";
import { attemptProof, checkPassword, requireRoomToHash } from "./password-proof.ts";
import { type FirstChallengeName, firstChallenge, type Opening } from "./sign-in.ts";
import { applyAnswer, outcome } from "./sign-in-service.ts";
import { beginSrp } from "./srp-exchange.ts";
import { firstFactorFailed } from "./threat-watch.ts";
import { credentialRequestOptions, verifyPasskey, WEB_AUTHN_CHALLENGE_BYTES } from "./web-authn-sign-in.ts";

/** One-time passwords that stand alone have two digits more than those that follow a password. */
const OTP_DIGITS = 8;
const WRONG_ANSWERS = 5;

/** The factors that are a code sent to an address. */
const CODE_FACTORS = {
  EMAIL_OTP: { attribute: "email", response: "EMAIL_OTP_CODE", proof: "FIRST_EMAIL_OTP", to: emailTo },
  SMS_OTP: { attribute: "phone_number", response: "SMS_OTP_CODE", proof: "FIRST_SMS_OTP", to: smsTo },
} as const;

type CodeFactor = keyof typeof CODE_FACTORS;

function sessionFor(
  services: Services,
  { pool, client }: SignInPlace,
  choice: Choice,
  challenge: FirstChallengeName,
  nonce: string,
  secret: string | null,
): string {
  return sealSession(services.keyEncryptionKey, pool, client, {
    stage: "opening",
    nonce,
    userKey: choice.user?.key ?? null,
    name: choice.name,
    challenge,
    secret,
    expiresAt: after(services.clock.now(), codeSessionMs(services, pool, client)),
  });
}

function digestOf(services: Services, pool: UserPool, nonce: string, code: string): Buffer {
  return services.keyEncryptionKey.dataKey(pool.id, pool.wrappedDataKey).mac("challenge-code", nonce, code);
}

/** Where the code goes; for a name that no user has, where it seems to go. */
function destinationOf({ user, name }: Choice, factor: CodeFactor): Destination {
  const { attribute, to } = CODE_FACTORS[factor];
  if (user) return to(user.attributes[attribute] ?? "");
  return to(isEmailAddress(name) || isPhoneNumber(name) ? name : `${name.slice(0, 1)}@${name.slice(-1)}`);
}

async function sendOneTimePassword(
  services: Services,
  place: SignInPlace,
  choice: Choice,
  factor: CodeFactor,
): Promise<SignInOutcome> {
  const { pool } = place;
  const { user, name, available } = choice;
  await countAttempt(services, pool, attemptSubject(pool, user, name), "send-sign-in-code");
  const nonce = services.identifiers.uuid();
  const code = randomCode(services.random, OTP_DIGITS);
  const destination = destinationOf(choice, factor);
  await transactionWithMessages(services, place, (_repositories, send) =>
    send(user ?? imaginedAddressee(name), { kind: "Authentication", destination, code }),
  );
  return {
    kind: "challenge",
    name: factor,
    session: sessionFor(
      services,
      place,
      choice,
      factor,
      nonce,
      digestOf(services, pool, nonce, code).toString("base64"),
    ),
    parameters: {
      CODE_DELIVERY_DELIVERY_MEDIUM: destination.channel,
      CODE_DELIVERY_DESTINATION: maskedDestination(destination),
    },
    available,
  };
}

/**
 * Asks for the factor, or checks it at once where the same request brings its proof.
 * @param given AuthParameters or ChallengeResponses: PASSWORD, SRP_A
 * @param answered the session whose answer this is; a right password uses it up
 */
async function ask(
  services: Services,
  place: SignInPlace,
  choice: Choice,
  challenge: FirstChallengeName,
  given: Readonly<Record<string, string>>,
  answered: Opening | null,
): Promise<SignInOutcome> {
  const { available } = choice;
  const asked = (
    parameters: Readonly<Record<string, string>> = {},
    name: SignInOutcomeName = challenge,
    secret: string | null = null,
  ): SignInOutcome => ({
    kind: "challenge",
    name,
    session: sessionFor(services, place, choice, challenge, services.identifiers.uuid(), secret),
    parameters,
    available,
  });
  switch (challenge) {
    case "EMAIL_OTP":
    case "SMS_OTP":
      return sendOneTimePassword(services, place, choice, challenge);
    case "PASSWORD": {
      const { PASSWORD: password } = given;
      if (!password) return asked();
      requireRoomToHash(services, place.pool);
      const check = () => checkPassword(services, place.pool, choice, password);
      const device = (answered && claimInAnswer(given)) ?? claimAtStart(given.DEVICE_KEY);
      return provePasswordFactor(
        services,
        place,
        { ...choice, password },
        device,
        check,
        async ({ usedSessions }) => {
          if (answered && !(await usedSessions.consume(answered.nonce, answered.expiresAt)))
            throw sessionUsed();
        },
      );
    }
    case "PASSWORD_SRP":
      return given.SRP_A
        ? asked(
            await beginSrp(services, place, choice.name, given.SRP_A, given.DEVICE_KEY),
            "PASSWORD_VERIFIER",
          )
        : asked();
    case "WEB_AUTHN": {
      const toSign = services.random.bytes(WEB_AUTHN_CHALLENGE_BYTES).toString("base64url");
      const options = credentialRequestOptions(place, choice.passkeys, toSign);
      return asked({ CREDENTIAL_REQUEST_OPTIONS: options }, challenge, toSign);
    }
    case "SELECT_CHALLENGE":
      return asked();
  }
}

type SignInOutcomeName = Extract<SignInOutcome, { kind: "challenge" }>["name"];

/**
 * USER_AUTH: the user begins with the factor they choose among those the pool allows and they have.
 * @throws UserNotFoundException (clients that do not hide who exists), InvalidParameterException, NotAuthorizedException
 */
export async function beginChoice(
  services: Services,
  place: SignInPlace,
  { user, name }: ClaimedUser,
  parameters: Readonly<Record<string, string>>,
): Promise<SignInOutcome> {
  const { pool, client } = place;
  const { PREFERRED_CHALLENGE: preferred } = parameters;
  if (!user && !hidesUserExistence(client)) throw userDoesNotExist();
  const choice = await choiceOf(services, pool, name, user);
  return ask(services, place, choice, firstChallenge(choice.available, preferred), parameters, null);
}

/** A code that came back confirms the account and proves its address. */
function provedByCode(
  services: Services,
  { pool }: SignInPlace,
  user: User,
  factor: CodeFactor,
): Verification {
  const { attribute, proof } = CODE_FACTORS[factor];
  return {
    kind: "proved",
    proof,
    async apply(repositories) {
      const current = await repositories.users.lock(user.key);
      if (!current) throw sessionInvalid();
      const attributes = await proveAddress(
        repositories.users,
        pool,
        current,
        attribute,
        user.attributes[attribute],
      );
      const status =
        current.status === "UNCONFIRMED"
          ? nextUserStatus(current.status, "sign-up-confirmed")
          : current.status;
      const changed = { ...current, attributes, status: status ?? current.status };
      if (changed.status === current.status && attributes === current.attributes) return current;
      await repositories.users.save({ ...changed, modifiedAt: services.clock.now() });
      return changed;
    },
  };
}

async function answerCode(
  services: Services,
  place: SignInPlace,
  opening: Opening,
  user: User | null,
  factor: CodeFactor,
  { code, deviceKey }: { readonly code: string; readonly deviceKey: string | undefined },
): Promise<SignInOutcome> {
  const { pool } = place;
  const origin = await originOfClaim(services, pool, user, { key: deviceKey });
  const advanced = await attemptProof(
    services,
    pool,
    attemptOf(services, pool, user, opening.name, origin),
    async () => {
      const used = await services.store.usedSessions.find(opening.nonce);
      const right = digestsEqual(
        digestOf(services, pool, opening.nonce, code),
        Buffer.from(opening.secret ?? "", "base64"),
      );
      if (right && user && (used?.wrongAnswers ?? 0) < WRONG_ANSWERS) return null;
      await services.store.usedSessions.countWrongAnswer(opening.nonce, opening.expiresAt);
      firstFactorFailed(services, place, user, "other");
      return mfaCodeMismatch();
    },
    async () => {
      const proved = user && provedByCode(services, place, user, factor);
      if (!user || proved?.kind !== "proved") throw mfaCodeMismatch();
      const device = asClaimed(await deviceOfClaim(services.store, pool, user.key, claimAtStart(deviceKey)));
      return applyAnswer(services, place, { ...opening, proven: [], chosenFactor: null, device }, proved);
    },
  );
  return outcome(services, place, advanced);
}

/**
 * The answer to a challenge before the first factor is proved.
 * @throws NotAuthorizedException, CodeMismatchException, InvalidParameterException
 */
export async function answerOpening(
  services: Services,
  place: SignInPlace,
  opening: Opening,
  responses: Readonly<Record<string, string>>,
): Promise<SignInOutcome> {
  const { pool, client } = place;
  const { USERNAME: username } = responses;
  if (!username) throw missingRequiredParameter("USERNAME");
  const user = await services.store.users.byKey(opening.userKey ?? NOBODY);
  const hash = { hash: responses.SECRET_HASH, source: "SECRET_HASH" } as const;
  requireSecretHash(services, pool, client, hash, user ? [username, user.username] : [username]);
  const named = await findUser(services.store.users, pool, username);
  if (named?.key !== user?.key || (!user && username !== opening.name)) throw sessionInvalid();
  const choice = await choiceOf(services, pool, opening.name, user);
  switch (opening.challenge) {
    case "EMAIL_OTP":
    case "SMS_OTP": {
      const code = responses[CODE_FACTORS[opening.challenge].response];
      if (!code) throw missingRequiredParameter(CODE_FACTORS[opening.challenge].response);
      const given = { code, deviceKey: responses.DEVICE_KEY };
      return answerCode(services, place, opening, user, opening.challenge, given);
    }
    case "PASSWORD": {
      if (!responses.PASSWORD) throw missingRequiredParameter("PASSWORD");
      if (!choice.available.includes("PASSWORD")) throw incorrectUsernameOrPassword();
      return ask(services, place, choice, "PASSWORD", responses, opening);
    }
    case "PASSWORD_SRP":
      if (!responses.SRP_A) throw missingRequiredParameter("SRP_A");
      return ask(services, place, choice, "PASSWORD_SRP", responses, opening);
    case "WEB_AUTHN": {
      if (!responses.CREDENTIAL) throw missingRequiredParameter("CREDENTIAL");
      const verification = await verifyPasskey(services, place, opening, user, responses.CREDENTIAL);
      if (verification.kind === "rejected") throw verification.error;
      const progress = { ...opening, proven: [], chosenFactor: null };
      return outcome(services, place, await applyAnswer(services, place, progress, verification));
    }
    case "SELECT_CHALLENGE": {
      if (!responses.ANSWER) throw missingRequiredParameter("ANSWER");
      const chosen = choice.available.find((factor) => factor === responses.ANSWER);
      if (!chosen) throw invalidParameter("Invalid answer given for SELECT_CHALLENGE.");
      return ask(services, place, choice, chosen, responses, opening);
    }
  }
}
