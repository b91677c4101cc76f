import { invalidParameter } from "../errors.ts";
import type { UserPool } from "../user-pools/index.ts";
import { isEmailAddress, isPhoneNumber } from "../users/index.ts";

/**
 * What the Username of a new user means in this pool: a name, or the address that becomes an attribute.
 * @throws InvalidParameterException when it has the wrong form for the pool
 */
export function addressInUsername(pool: UserPool, username: string): "email" | "phone_number" | null {
  const { UsernameAttributes: addresses, AliasAttributes: aliases } = pool.settings;
  if (addresses?.length) {
    if (addresses.includes("email") && isEmailAddress(username)) return "email";
    if (addresses.includes("phone_number") && isPhoneNumber(username)) return "phone_number";
    throw invalidParameter(
      addresses.length > 1
        ? "Username should be either an email or a phone number."
        : addresses[0] === "email"
          ? "Username should be an email."
          : "Username should be a phone number.",
    );
  }
  if (aliases?.includes("email") && isEmailAddress(username))
    throw invalidParameter(
      "Username cannot be of email format, since user pool is configured for email alias.",
    );
  if (aliases?.includes("phone_number") && isPhoneNumber(username))
    throw invalidParameter(
      "Username cannot be of phone number format, since user pool is configured for phone number alias.",
    );
  return null;
}
