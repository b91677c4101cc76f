import type { MFAOptionType } from "../../api/generated/shapes.ts";
import { invalidParameter } from "../errors.ts";
import type { Services } from "../services.ts";
import type { UserPool } from "../user-pools/index.ts";
import type { User } from "../users/index.ts";
import { changeFactors } from "./mfa-preference.ts";

/** @throws InvalidParameterException for whatever is not a code by SMS to phone_number */
function wantsSms(options: readonly MFAOptionType[]): boolean {
  for (const { DeliveryMedium, AttributeName } of options) {
    if (DeliveryMedium !== "SMS") throw invalidParameter("DeliveryMedium of an MFA option must be SMS.");
    if (AttributeName !== "phone_number")
      throw invalidParameter("AttributeName of an MFA option must be phone_number.");
  }
  return options.length > 0;
}

/**
 * SetUserSettings and AdminSetUserSettings, the older way to turn MFA by SMS on, or off with no option. It acts like the newer one,
 * leaves the preferred factor alone unless that is turned off, and is shown as MFAOptions.
 * @throws InvalidParameterException
 */
export async function setMfaOptions(
  services: Pick<Services, "store" | "clock">,
  pool: UserPool,
  user: User,
  options: readonly MFAOptionType[],
): Promise<void> {
  const on = wantsSms(options);
  await changeFactors(services, pool, user, async (mfa, { turnOn, turnOff }) => {
    if (on) await turnOn("SMS_MFA");
    else turnOff("SMS_MFA");
    return { preferred: mfa.preferred, smsOption: on };
  });
}
