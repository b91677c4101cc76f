import { unrecognizableLambdaOutput } from "../errors.ts";
import type { ClaimChanges, TokenChanges } from "../triggers/index.ts";

/** Claims that no function may set or leave out, in either token. What a function says about them is passed over in silence. */
const PROTECTED: ReadonlySet<string> = new Set([
  "acr",
  "amr",
  "at_hash",
  "aud",
  "auth_time",
  "azp",
  "client_id",
  "device_key",
  "event_id",
  "exp",
  "iat",
  "identities",
  "iss",
  "jti",
  "nbf",
  "nonce",
  "origin_jti",
  "sub",
  "token_use",
  "username",
  "version",
]);
/** May be left out, but set only by the groups of the answer. */
const GROUP_CLAIMS = ["cognito:groups", "cognito:roles", "cognito:preferred_role"] as const;
/** Claims and scopes of both tokens together. */
const MOST_CLAIMS_AND_SCOPES = 5000;

export type Claims = Readonly<Record<string, unknown>>;

const isGroupClaim = (name: string): boolean => (GROUP_CLAIMS as readonly string[]).includes(name);
const isReserved = (name: string): boolean => name.startsWith("cognito:") && !isGroupClaim(name);

const maySuppress = (name: string): boolean => !PROTECTED.has(name) && !isReserved(name);
const maySet = (name: string): boolean =>
  maySuppress(name) && !isGroupClaim(name) && !name.startsWith("dev:");

/** Groups first, then what is set, then what is left out, which wins. */
function changed(
  claims: Claims,
  { set, suppress }: ClaimChanges,
  groups: Claims,
  isSettable: (name: string, value: unknown) => boolean,
): Map<string, unknown> {
  const result = new Map(Object.entries(claims));
  for (const [name, value] of Object.entries(groups))
    if (value === undefined) result.delete(name);
    else result.set(name, value);
  for (const [name, value] of Object.entries(set)) if (isSettable(name, value)) result.set(name, value);
  for (const name of suppress) if (maySuppress(name)) result.delete(name);
  return result;
}

const orAbsent = (list: readonly string[]) => (list.length ? list : undefined);

/** The ID token's claims with a function's changes. */
export function changedIdClaims(claims: Claims, changes: TokenChanges): Claims {
  const { groups } = changes;
  const groupClaims = groups && {
    "cognito:groups": orAbsent(groups.groups),
    "cognito:roles": orAbsent(groups.roles),
    "cognito:preferred_role": groups.preferredRole ?? undefined,
  };
  return Object.fromEntries(changed(claims, changes.id, groupClaims ?? {}, maySet));
}

/** The access token's claims with a function's changes; `aud` may be added when it names the token's own client. */
export function changedAccessClaims(claims: Claims, changes: TokenChanges): Claims {
  const { groups, access } = changes;
  const groupClaims = groups && { "cognito:groups": orAbsent(groups.groups) };
  // `scope` changes by the two lists of scopes only.
  const isSettable = (name: string, value: unknown): boolean =>
    name === "aud" ? value === claims.client_id : name !== "scope" && maySet(name);
  const suppress = access.suppress.filter((name) => name !== "scope");
  const result = changed(claims, { set: access.set, suppress }, groupClaims ?? {}, isSettable);
  const scopes = new Set(
    String(claims.scope ?? "")
      .split(" ")
      .filter(Boolean),
  );
  for (const scope of access.scopesToAdd) scopes.add(scope);
  for (const scope of access.scopesToSuppress) scopes.delete(scope);
  if (scopes.size > 0) result.set("scope", [...scopes].join(" "));
  else result.delete("scope");
  return Object.fromEntries(result);
}

/** @throws InvalidLambdaResponseException for more claims and scopes than one answer may bring about */
export function requireBounded(id: Claims, access: Claims): void {
  const scopes = String(access.scope ?? "").split(" ").length;
  if (Object.keys(id).length + Object.keys(access).length + scopes > MOST_CLAIMS_AND_SCOPES)
    throw unrecognizableLambdaOutput();
}
