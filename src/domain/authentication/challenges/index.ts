import type { Challenge } from "../challenge.ts";
import type { ChallengeName } from "../sign-in.ts";
import { emailOtp, smsMfa } from "./delivered-code.ts";
import { newPasswordRequired } from "./new-password-required.ts";
import { selectMfaType } from "./select-mfa-type.ts";

/** One line per challenge; null for one that this version cannot ask yet, whose sign-in is refused in clear words. */
export const challenges: Readonly<Record<ChallengeName, Challenge | null>> = {
  NEW_PASSWORD_REQUIRED: newPasswordRequired,
  EMAIL_OTP: emailOtp,
  SMS_MFA: smsMfa,
  SELECT_MFA_TYPE: selectMfaType,
  SOFTWARE_TOKEN_MFA: null,
  MFA_SETUP: null,
};
