import type { Challenge } from "../challenge.ts";
import type { ChallengeName } from "../sign-in.ts";
import { emailOtp, smsMfa } from "./delivered-code.ts";
import { devicePasswordVerifier } from "./device-password-verifier.ts";
import { deviceSrpAuth } from "./device-srp-auth.ts";
import { mfaSetup } from "./mfa-setup.ts";
import { newPasswordRequired } from "./new-password-required.ts";
import { selectMfaType } from "./select-mfa-type.ts";
import { softwareTokenMfa } from "./software-token-mfa.ts";

/** One line per challenge. */
export const challenges: Readonly<Record<ChallengeName, Challenge>> = {
  NEW_PASSWORD_REQUIRED: newPasswordRequired,
  EMAIL_OTP: emailOtp,
  SMS_MFA: smsMfa,
  SELECT_MFA_TYPE: selectMfaType,
  SOFTWARE_TOKEN_MFA: softwareTokenMfa,
  MFA_SETUP: mfaSetup,
  DEVICE_SRP_AUTH: deviceSrpAuth,
  DEVICE_PASSWORD_VERIFIER: devicePasswordVerifier,
};
