import { fromBase64Url } from "../../crypto/base64url.ts";
import { verifyRs256 } from "../../crypto/signing-key.ts";
import type { Client } from "../clients/index.ts";
import {
  accessTokenExpired,
  accessTokenInvalid,
  accessTokenRevoked,
  accessTokenScopeMissing,
  accessTokenSignatureWrong,
  userDisabled,
  userDoesNotExist,
} from "../errors.ts";
import type { Services } from "../services.ts";
import type { UserPool } from "../user-pools/index.ts";
import type { User } from "../users/index.ts";
import { USER_ADMIN_SCOPE } from "./claims.ts";
import type { RefreshSession } from "./ports.ts";

/** Who an access token stands for, checked against the database as it is now. */
export interface TokenBearer {
  readonly pool: UserPool;
  readonly client: Client;
  readonly user: User;
  readonly session: RefreshSession;
}

interface ParsedToken {
  readonly kid: string;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly signed: Buffer;
  readonly signature: Buffer;
}

function jsonObject(segment: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(segment, "base64url").toString());
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

/** RFC 7515 compact form with our header: RS256 and a kid. The key decides the algorithm; the header may only agree. */
function parse(token: string): ParsedToken | null {
  const segments = token.split(".");
  const [headerSegment, claimsSegment, signatureSegment] = segments;
  if (segments.length !== 3 || !headerSegment || !claimsSegment || signatureSegment === undefined)
    return null;
  const header = jsonObject(headerSegment);
  const claims = jsonObject(claimsSegment);
  if (!header || !claims || header.crit !== undefined) return null;
  if (header.alg !== "RS256" || typeof header.kid !== "string") return null;
  const signature = fromBase64Url(signatureSegment);
  if (!signature) return null;
  return { kid: header.kid, claims, signed: Buffer.from(`${headerSegment}.${claimsSegment}`), signature };
}

const textClaim = (claims: ParsedToken["claims"], name: string): string => {
  const value = claims[name];
  return typeof value === "string" ? value : "";
};

async function poolOf(services: Pick<Services, "store" | "issuer">, claims: ParsedToken["claims"]) {
  const issuer = textClaim(claims, "iss");
  const pool = await services.store.userPools.find(issuer.slice(issuer.lastIndexOf("/") + 1));
  return pool && services.issuer(pool) === issuer ? pool : null;
}

/**
 * The one place that accepts access tokens.
 * @throws NotAuthorizedException (invalid, wrong signature, expired, revoked, scope, disabled), UserNotFoundException, TooManyRequestsException
 */
export async function authenticateAccessToken(
  services: Pick<Services, "store" | "issuer" | "clock" | "tokenKeys" | "admitBearer">,
  token: string,
): Promise<TokenBearer> {
  const parsed = parse(token);
  if (parsed?.claims.token_use !== "access") throw accessTokenInvalid();
  const { claims } = parsed;
  const pool = await poolOf(services, claims);
  if (!pool) throw accessTokenInvalid();
  const key = await services.tokenKeys.verificationKey(pool, "access", parsed.kid);
  if (!key || !verifyRs256(key, parsed.signed, parsed.signature)) throw accessTokenSignatureWrong();
  // Whole seconds: 1e309 reads as Infinity, which never comes.
  if (!Number.isSafeInteger(claims.exp) || !Number.isSafeInteger(claims.iat)) throw accessTokenInvalid();
  if (Number(claims.exp) * 1000 <= services.clock.now()) throw accessTokenExpired();
  if (!textClaim(claims, "scope").split(" ").includes(USER_ADMIN_SCOPE)) throw accessTokenScopeMissing();
  const found = await services.store.refreshSessions.findWithUser(textClaim(claims, "event_id"));
  if (!found || found.user.poolKey !== pool.key) {
    const user = await services.store.users.bySub(pool.key, textClaim(claims, "sub"));
    throw user ? accessTokenRevoked() : userDoesNotExist();
  }
  services.admitBearer?.({ pool, user: found.user });
  if (!found.user.enabled) throw userDisabled();
  if (found.session.revokedAt !== null) throw accessTokenRevoked();
  const client = await services.store.clients.find(found.session.clientId);
  if (!client) throw accessTokenRevoked();
  return { pool, client, ...found };
}
