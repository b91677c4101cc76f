import type { IdentityProviderTypeType } from "../../api/generated/shapes.ts";
import type { Instant } from "../../runtime/clock.ts";
import type { PoolKey } from "../user-pools/index.ts";
import type { UserKey } from "./user.ts";

/** How a provider's assertion names someone: by its subject, or by the value of another claim. */
export interface ProviderSubject {
  readonly providerName: string;
  /** `Cognito_Subject` for the provider's own unique identifier. */
  readonly attributeName: string;
  readonly value: string;
}

/** The attribute name that stands for the unique identifier in whatever a provider asserts. */
export const SUBJECT = "Cognito_Subject";

/** Someone at another provider who signs in as a user of this pool; unique in the pool. */
export interface LinkedIdentity extends ProviderSubject {
  readonly poolKey: PoolKey;
  readonly userKey: UserKey;
  readonly providerType: IdentityProviderTypeType;
  /** A SAML provider's entity ID; null for the others. */
  readonly issuer: string | null;
  /** Whether the user was made by signing in with it; false for one that was linked. */
  readonly primary: boolean;
  readonly linkedAt: Instant;
}

export interface LinkedIdentities {
  /** False when the pool has this identity. */
  insert(identity: LinkedIdentity): Promise<boolean>;
  find(poolKey: PoolKey, subject: ProviderSubject): Promise<LinkedIdentity | null>;
  /** In the order of linking. */
  ofUser(userKey: UserKey): Promise<LinkedIdentity[]>;
  /** False when the pool has no such identity. */
  remove(poolKey: PoolKey, subject: ProviderSubject): Promise<boolean>;
}

/** The user's attributes with `identities` as it is now: compact JSON, absent for a user without any. */
export function withIdentities(
  { identities: _, ...others }: Readonly<Record<string, string>>,
  linked: readonly LinkedIdentity[],
): Record<string, string> {
  if (linked.length === 0) return others;
  const identities = linked.map((identity) => ({
    userId: identity.value,
    providerName: identity.providerName,
    providerType: identity.providerType,
    issuer: identity.issuer,
    primary: identity.primary,
    dateCreated: identity.linkedAt,
  }));
  return { ...others, identities: JSON.stringify(identities) };
}
