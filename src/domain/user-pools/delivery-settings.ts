import type { EmailConfigurationType, SmsConfigurationType } from "../../api/generated/shapes.ts";
import { invalidParameter } from "../errors.ts";
import type { UserPool } from "./user-pool.ts";

type Place = Pick<UserPool, "region" | "accountId">;

/** Other regions that pools of a region may send SMS from: Cognito's "legacy Amazon SNS alternate regions". */
const ALTERNATE_SNS_REGIONS: Readonly<Record<string, string>> = {
  "us-east-2": "us-east-1",
  "ap-south-1": "ap-southeast-1",
  "ap-northeast-2": "ap-northeast-1",
  "ca-central-1": "us-east-1",
  "eu-central-1": "eu-west-1",
  "eu-west-2": "eu-west-1",
};

const arnAccount = (arn: string): string => arn.split(":")[4] ?? "";

function requireOwnRole(arn: string, place: Place): void {
  if (arnAccount(arn) !== place.accountId) throw invalidParameter("Cross-account pass role is not allowed.");
}

/**
 * How a pool sends SMS: through SNS, whose region is the pool's unless said otherwise, or through End User Messaging.
 * @throws InvalidParameterException
 */
export function smsConfiguration(given: SmsConfigurationType, place: Place): SmsConfigurationType {
  const { SnsCallerArn, EumsSms } = given;
  if (EumsSms) {
    if (SnsCallerArn) throw invalidParameter("Only one of SnsCallerArn and EumsSms can be set.");
    requireOwnRole(EumsSms.CallerArn, place);
    const region = EumsSms.Region ?? place.region;
    if (region !== place.region)
      throw invalidParameter(`Invalid region ${region} for EumsSms. The region must be ${place.region}.`);
    return { ...given, EumsSms: { ...EumsSms, Region: region } };
  }
  if (!SnsCallerArn) throw invalidParameter("SnsCallerArn is required in SmsConfiguration.");
  requireOwnRole(SnsCallerArn, place);
  const region = given.SnsRegion ?? place.region;
  if (region !== place.region && region !== ALTERNATE_SNS_REGIONS[place.region])
    throw invalidParameter(`Invalid snsRegion. Allowed SNS region for ${place.region} is ${place.region}`);
  return { ...given, SnsRegion: region };
}

/**
 * How a pool sends e-mail: as Cognito unless the pool has a sender of its own, which is an identity of the same account.
 * @throws InvalidParameterException
 */
export function emailConfiguration(
  given: EmailConfigurationType | undefined,
  place: Place,
): EmailConfigurationType {
  const EmailSendingAccount = given?.EmailSendingAccount ?? "COGNITO_DEFAULT";
  const source = given?.SourceArn;
  if (EmailSendingAccount === "DEVELOPER" && !source)
    throw invalidParameter("SourceArn is required when EmailSendingAccount is DEVELOPER.");
  if (source && arnAccount(source) !== place.accountId)
    throw invalidParameter("Cognito is not allowed to use your email identity");
  return { ...given, EmailSendingAccount };
}
