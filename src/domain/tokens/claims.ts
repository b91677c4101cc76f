import type { Instant } from "../../runtime/clock.ts";
import type { Group } from "../groups/index.ts";
import type { GroupConfiguration } from "../triggers/index.ts";
import type { UserPool } from "../user-pools/index.ts";
import type { User } from "../users/index.ts";

/** What one sign-in gives its tokens, and what a refresh keeps. */
export interface TokenOrigin {
  /** UUID, the same in both tokens and through refreshes. */
  readonly eventId: string;
  /** UUID; absent where the client has token revocation off. */
  readonly originJti: string | null;
  readonly signedInAt: Instant;
  /** Null for a sign-in that is tied to no device. */
  readonly deviceKey: string | null;
}

export interface TokenTimes {
  readonly issuedAt: Instant;
  readonly validityMs: number;
}

const seconds = (instant: Instant): number => Math.floor(instant / 1000);

/** Scope of every token that the API itself issues. */
export const USER_ADMIN_SCOPE = "aws.cognito.signin.user.admin";

const BOOLEAN_CLAIMS = new Set(["email_verified", "phone_number_verified"]);

/** An attribute as its claim: the two flags are booleans, address an object, custom attributes always strings. */
function attributeClaim(name: string, value: string): unknown {
  if (BOOLEAN_CLAIMS.has(name)) return value === "true";
  if (name === "address") return { formatted: value };
  if (name === "updated_at") return Number(value);
  if (name === "identities") return identitiesClaim(value);
  return value;
}

/** The attribute holds JSON; in the token its members are strings, an absent issuer null. */
function identitiesClaim(value: string): unknown {
  const identities: unknown = JSON.parse(value);
  if (!Array.isArray(identities)) return [];
  return identities.map((identity: Record<string, unknown>) =>
    Object.fromEntries(
      Object.entries(identity).map(([name, member]) => [name, member === null ? null : String(member)]),
    ),
  );
}

/** The role of the best group; none when several best groups disagree. Lower precedence is better, null is worst. */
function preferredRole(groups: readonly Group[]): string | undefined {
  const withRole = groups.filter((group) => group.roleArn !== null);
  const best = Math.min(...withRole.map((group) => group.precedence ?? Number.POSITIVE_INFINITY));
  const roles = new Set(
    withRole
      .filter((group) => (group.precedence ?? Number.POSITIVE_INFINITY) === best)
      .map((group) => group.roleArn),
  );
  const [role] = roles;
  return roles.size === 1 && role ? role : undefined;
}

const groupNames = (groups: readonly Group[]) =>
  groups.length ? { "cognito:groups": groups.map((group) => group.name) } : {};

/** A user's groups as functions see them, and as the claims are made of. */
export const groupConfiguration = (groups: readonly Group[]): GroupConfiguration => ({
  groups: groups.map((group) => group.name),
  roles: [...new Set(groups.flatMap((group) => (group.roleArn === null ? [] : [group.roleArn])))],
  preferredRole: preferredRole(groups) ?? null,
});

function roleClaims(groups: readonly Group[]) {
  const { roles, preferredRole: preferred } = groupConfiguration(groups);
  return {
    ...(preferred ? { "cognito:preferred_role": preferred } : {}),
    ...(roles.length ? { "cognito:roles": roles } : {}),
  };
}

interface ClaimFacts {
  readonly pool: UserPool;
  readonly issuer: string;
  readonly clientId: string;
  readonly user: User;
  readonly groups: readonly Group[];
  readonly origin: TokenOrigin;
  readonly jti: string;
  readonly times: TokenTimes;
}

const revocationClaims = ({ origin, jti }: ClaimFacts) =>
  origin.originJti === null ? null : { origin_jti: origin.originJti, jti };

function timeClaims({ origin, times }: ClaimFacts) {
  const issued = seconds(times.issuedAt);
  return {
    auth_time: seconds(origin.signedInAt),
    exp: issued + times.validityMs / 1000,
    iat: issued,
  };
}

/** @param attributes those the client may read */
export function idTokenClaims(facts: ClaimFacts, attributes: Readonly<Record<string, string>>) {
  const { user, groups, origin } = facts;
  const revocation = revocationClaims(facts);
  return {
    sub: user.sub,
    ...groupNames(groups),
    ...roleClaims(groups),
    ...Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [name, attributeClaim(name, value)]),
    ),
    iss: facts.issuer,
    "cognito:username": user.username,
    ...(revocation ? { origin_jti: revocation.origin_jti } : {}),
    aud: facts.clientId,
    event_id: origin.eventId,
    token_use: "id",
    ...timeClaims(facts),
    ...(revocation ? { jti: revocation.jti } : {}),
  };
}

export function accessTokenClaims(facts: ClaimFacts) {
  const { user, groups, origin } = facts;
  const revocation = revocationClaims(facts);
  return {
    sub: user.sub,
    ...(origin.deviceKey === null ? {} : { device_key: origin.deviceKey }),
    ...groupNames(groups),
    iss: facts.issuer,
    client_id: facts.clientId,
    ...(revocation ? { origin_jti: revocation.origin_jti } : {}),
    event_id: origin.eventId,
    token_use: "access",
    scope: USER_ADMIN_SCOPE,
    ...timeClaims(facts),
    ...(revocation ? { jti: revocation.jti } : {}),
    username: user.username,
  };
}

interface ClientClaimFacts {
  readonly issuer: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly jti: string;
  readonly times: TokenTimes;
}

/** The access token of a program: the client is its own subject. */
export function clientTokenClaims({ issuer, clientId, scopes, jti, times }: ClientClaimFacts) {
  const issued = seconds(times.issuedAt);
  return {
    sub: clientId,
    token_use: "access",
    scope: scopes.join(" "),
    auth_time: issued,
    iss: issuer,
    exp: issued + times.validityMs / 1000,
    iat: issued,
    version: 2,
    jti,
    client_id: clientId,
  };
}
