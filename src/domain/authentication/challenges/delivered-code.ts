import { digestsEqual } from "../../../crypto/encryption-at-rest.ts";
import {
  mfaCodeMismatch,
  mfaMethodNotFound,
  missingRequiredParameter,
  sessionInvalid,
} from "../../errors.ts";
import { type Destination, emailTo, maskedDestination, smsTo } from "../../messages/index.ts";
import { type MfaFactor, proveAddress } from "../../users/index.ts";
import { randomCode } from "../../verification/index.ts";
import type { Challenge, ChallengeContext } from "../challenge.ts";

/** A code is dead after this many wrong answers to its session; the session itself stays, and further answers count as wrong. */
const WRONG_ANSWERS = 5;

function digestOf({ services, pool }: ChallengeContext, nonce: string, code: string): Buffer {
  return services.keyEncryptionKey.dataKey(pool.id, pool.wrappedDataKey).mac("challenge-code", nonce, code);
}

interface DeliveredCodeKind {
  readonly name: "EMAIL_OTP" | "SMS_MFA";
  readonly factor: MfaFactor;
  readonly attribute: "email" | "phone_number";
  readonly responseName: string;
  readonly to: (address: string) => Destination;
}

/** A second factor that is a code sent to an address of the user: by e-mail or SMS alike. */
function deliveredCode(kind: DeliveredCodeKind): Challenge {
  return {
    name: kind.name,
    guessable: true,

    async issue(context, _repositories, send, nonce) {
      const { services, user } = context;
      const address = user.attributes[kind.attribute];
      if (!address) throw mfaMethodNotFound();
      const destination = kind.to(address);
      const code = randomCode(services.random);
      await send(user, { kind: "Authentication", destination, code });
      return {
        parameters: {
          CODE_DELIVERY_DELIVERY_MEDIUM: destination.channel,
          CODE_DELIVERY_DESTINATION: maskedDestination(destination),
          USER_ID_FOR_SRP: user.username,
        },
        secret: digestOf(context, nonce, code).toString("base64"),
      };
    },

    async verify(context, signIn, responses) {
      const { services, pool, user } = context;
      const code = responses[kind.responseName];
      if (!code) throw missingRequiredParameter(kind.responseName);
      const used = await services.store.usedSessions.find(signIn.nonce);
      const expected = Buffer.from(signIn.secret ?? "", "base64");
      const right = digestsEqual(digestOf(context, signIn.nonce, code), expected);
      if (!right || (used?.wrongAnswers ?? 0) >= WRONG_ANSWERS)
        return { kind: "rejected", error: mfaCodeMismatch() };
      return {
        kind: "proved",
        proof: kind.factor,
        async apply(repositories) {
          const current = await repositories.users.lock(user.key);
          if (!current) throw sessionInvalid();
          const address = user.attributes[kind.attribute];
          const attributes = await proveAddress(repositories.users, pool, current, kind.attribute, address);
          if (attributes === current.attributes) return current;
          const changed = { ...current, attributes, modifiedAt: services.clock.now() };
          await repositories.users.save(changed);
          return changed;
        },
      };
    },
  };
}

export const emailOtp = deliveredCode({
  name: "EMAIL_OTP",
  factor: "EMAIL_OTP",
  attribute: "email",
  responseName: "EMAIL_OTP_CODE",
  to: emailTo,
});

export const smsMfa = deliveredCode({
  name: "SMS_MFA",
  factor: "SMS_MFA",
  attribute: "phone_number",
  responseName: "SMS_MFA_CODE",
  to: smsTo,
});
