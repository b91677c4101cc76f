import type { RecoveryOptionNameType } from "../../api/generated/shapes.ts";
import { contactAdministrator, noVerifiedAddress } from "../errors.ts";
import { type Destination, emailTo, smsTo } from "../messages/index.ts";
import type { Services } from "../services.ts";
import type { UserPool } from "../user-pools/index.ts";
import { comparable, isEmailAddress, isPhoneNumber, type User } from "../users/index.ts";

/** Without an AccountRecoverySetting: a verified phone first, then a verified e-mail address. */
const LEGACY_ORDER: readonly RecoveryOptionNameType[] = ["verified_phone_number", "verified_email"];

function recoveryOrder(pool: Pick<UserPool, "settings">): readonly RecoveryOptionNameType[] {
  const mechanisms = pool.settings.AccountRecoverySetting?.RecoveryMechanisms;
  if (!mechanisms?.length) return LEGACY_ORDER;
  return [...mechanisms]
    .sort((a, b) => (a.Priority ?? 0) - (b.Priority ?? 0))
    .map((mechanism) => mechanism.Name);
}

/** Who asks: a person is refused where only administrators recover accounts. */
export type RecoveryAsker = "user" | "administrator";

/**
 * Where a reset code goes: the first verified address in the pool's order, less the one that is the user's preferred second
 * factor, for a factor must not recover itself.
 * @throws InvalidParameterException, NotAuthorizedException
 */
export function recoveryDestination(
  pool: Pick<UserPool, "settings">,
  user: Pick<User, "attributes" | "mfa">,
  asker: RecoveryAsker,
): Destination {
  const order = recoveryOrder(pool);
  if (order[0] === "admin_only" && asker === "user") throw contactAdministrator();
  const { email, email_verified, phone_number: phone, phone_number_verified } = user.attributes;
  for (const option of order[0] === "admin_only" ? LEGACY_ORDER : order) {
    if (
      option === "verified_email" &&
      email &&
      email_verified === "true" &&
      user.mfa.preferred !== "EMAIL_OTP"
    )
      return emailTo(email);
    if (
      option === "verified_phone_number" &&
      phone &&
      phone_number_verified === "true" &&
      user.mfa.preferred !== "SMS_MFA"
    )
      return smsTo(phone);
  }
  throw noVerifiedAddress();
}

/** Where a code seems to go for a name that no user has: plausible, and the same every time. */
export function simulatedDestination(
  services: Pick<Services, "keyEncryptionKey">,
  pool: UserPool,
  name: string,
): Destination {
  if (isEmailAddress(name)) return emailTo(name);
  if (isPhoneNumber(name)) return smsTo(name);
  const digest = services.keyEncryptionKey
    .dataKey(pool.id, pool.wrappedDataKey)
    .mac("unknown-user", "delivery", comparable(pool, name));
  const letter = (byte: number) => String.fromCharCode(97 + (byte % 26));
  const byPhone = recoveryOrder(pool)[0] === "verified_phone_number" && pool.settings.SmsConfiguration;
  if (byPhone) return smsTo(`+1${String(digest.readUInt32BE(0)).padStart(10, "5")}`);
  return emailTo(`${letter(digest[0] ?? 0)}@${letter(digest[1] ?? 0)}`);
}
