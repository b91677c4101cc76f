import type {
  AdminGetUserResponse,
  AttributeType,
  GetUserResponse,
  UserType,
} from "../../api/generated/shapes.ts";
import type { User } from "../../domain/users/index.ts";
import { timestamp } from "./timestamp.ts";

/** Attributes as the wire lists them: the sub first, then the others. */
export function attributeList(sub: string, attributes: Readonly<Record<string, string>>): AttributeType[] {
  return [
    { Name: "sub", Value: sub },
    ...Object.entries(attributes).map(([Name, Value]) => ({ Name, Value })),
  ];
}

/** Absent where MFA by SMS was not turned on by SetUserSettings. */
const mfaOptions = ({ mfa }: User) =>
  mfa.smsOption ? { MFAOptions: [{ DeliveryMedium: "SMS" as const, AttributeName: "phone_number" }] } : {};

/** Absent, not empty, for a user without second factors. */
export const mfaMembers = ({ mfa }: User) => ({
  ...(mfa.preferred ? { PreferredMfaSetting: mfa.preferred } : {}),
  ...(mfa.enabled.length ? { UserMFASettingList: [...mfa.enabled] } : {}),
});

const standing = (user: User) => ({
  UserCreateDate: timestamp(user.createdAt),
  UserLastModifiedDate: timestamp(user.modifiedAt),
  Enabled: user.enabled,
  UserStatus: user.status,
});

/** UserType says `Attributes`; only the names in `only` are shown when it is given. */
export function userType(user: User, only?: readonly string[]): UserType {
  const attributes = attributeList(user.sub, user.attributes);
  return {
    Username: user.username,
    Attributes: only?.length ? attributes.filter(({ Name }) => only.includes(Name)) : attributes,
    ...standing(user),
    ...mfaOptions(user),
  };
}

/** AdminGetUser says `UserAttributes`. */
export const adminGetUserResponse = (user: User): AdminGetUserResponse => ({
  Username: user.username,
  UserAttributes: attributeList(user.sub, user.attributes),
  ...standing(user),
  ...mfaOptions(user),
  ...mfaMembers(user),
});

/** GetUser shows no dates, status or Enabled, and only what the client may read. */
export const getUserResponse = (user: User, readable: Readonly<Record<string, string>>): GetUserResponse => ({
  Username: user.username,
  UserAttributes: attributeList(user.sub, readable),
  ...mfaOptions(user),
  ...mfaMembers(user),
});
